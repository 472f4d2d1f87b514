/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/dns_network_kit.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_message.h"
#include "dns/dns_name.h"

/* ---- The world -------------------------------------------------------------------------- */

void
kit_default_options(struct dns_options *options)
{
	*options = (struct dns_options){
	    .attempts = 3,
	    .max_timeouts = 3,
	    .max_inflight = 64,
	    .timeout_ns = 5000 * KIT_MS,
	    .initial_probe_ns = 10000 * KIT_MS,
	    .max_probe_ns = 3600000 * KIT_MS,
	    .probe_factor = 3,
	    .tcp_idle_ns = 30000 * KIT_MS,
	    .edns_udp_size = 1232,
	    .randomize_case = true,
	};
}

static void
after_exchanges(void *arg)
{
	struct dns_kit *kit = arg;

	kit->settled++;
	if (kit->after)
		kit->after(kit);
}

static void
on_freed(void *arg)
{
	struct dns_kit *kit = arg;

	ck_assert(!kit->is_freed);
	kit->is_freed = true;
	lvn_private_lock_free(kit->lock);
}

static void
open_kit(struct dns_kit *kit, uint64_t seed, struct dns_network_setup setup)
{
	setup.options = &kit->options;
	setup.after_exchanges = after_exchanges;
	setup.freed = on_freed;
	setup.arg = kit;
	memset(kit, 0, sizeof(*kit));
	kit->sim = levin_sim_new(seed, NULL);
	kit->base = levin_sim_base_new(kit->sim, NULL);
	kit->lock = lvn_private_lock_new();
	kit_default_options(&kit->options);
	setup.base = kit->base;
	setup.lock = kit->lock;
	kit->network = lvn_dns_network_new(&setup);
	ck_assert_ptr_nonnull(kit->network);
}

void
kit_open(struct dns_kit *kit, uint64_t seed)
{
	open_kit(kit, seed, (struct dns_network_setup){.base = NULL});
}

void
kit_open_idle(struct dns_kit *kit, uint64_t seed)
{
	open_kit(kit, seed, (struct dns_network_setup){.is_idle_without_questions = true});
}

void
kit_open_with(struct dns_kit *kit, uint64_t seed, kit_new_stream_fn *new_stream)
{
	open_kit(kit, seed, (struct dns_network_setup){.new_stream = new_stream});
}

void
kit_close(struct dns_kit *kit)
{
	if (kit->network) {
		lvn_private_lock_acquire(kit->lock);
		lvn_dns_network_free_locked(kit->network);
		lvn_private_lock_release(kit->lock);
	}
	for (unsigned i = 0; i < kit->server_count; i++)
		kit_stop_server(&kit->servers[i]);
	event_base_loop(kit->base, EVLOOP_NONBLOCK);
	ck_assert(kit->is_freed);
	ck_assert_uint_eq(levin_sim_count_descriptors(kit->sim), 0);
	event_base_free(kit->base);
	levin_sim_free(kit->sim);
}

/* ---- Servers ---------------------------------------------------------------------------- */

static void
on_query(evutil_socket_t fd, short what, void *arg)
{
	struct kit_server *server = arg;
	struct kit_query *query = &server->last;
	unsigned at = server->queries < 64 ? server->queries : 63;
	ssize_t size;

	(void)what;
	query->from_size = sizeof(query->from);
	size = levin_sim_recvfrom((int)fd, query->message, sizeof(query->message),
	    (struct sockaddr *)&query->from, &query->from_size);
	if (size < LVN_DNS_HEADER_SIZE)
		return;
	query->server = server;
	query->stream = NULL;
	query->size = (size_t)size;
	query->number = ++server->queries;
	server->came_ns[at] = levin_sim_now_ns(server->kit->sim);
	server->ids[at] = (uint16_t)(query->message[0] << 8 | query->message[1]);
	server->ports[at] = ntohs(((struct sockaddr_in *)&query->from)->sin_port);
	server->answer(query);
}

void
kit_start_server(struct kit_server *server, kit_answer_fn *answer)
{
	server->answer = answer;
	if (!answer || server->readable)
		return;
	server->fd = levin_sim_datagram_socket(server->kit->sim, server->address);
	ck_assert_int_ge(server->fd, 0);
	server->readable =
	    event_new(server->kit->base, server->fd, EV_READ | EV_PERSIST, on_query, server);
	ck_assert_int_eq(event_add(server->readable, NULL), 0);
}

static void
stop_listening(struct kit_server *server)
{
	for (unsigned i = 0; i < KIT_STREAMS_MAX; i++) {
		if (server->streams[i])
			bufferevent_free(server->streams[i]);
		server->streams[i] = NULL;
	}
	if (!server->acceptable)
		return;
	event_free(server->acceptable);
	levin_sim_close(server->listener);
	server->acceptable = NULL;
}

void
kit_stop_server(struct kit_server *server)
{
	stop_listening(server);
	if (!server->readable)
		return;
	event_free(server->readable);
	levin_sim_close(server->fd);
	server->readable = NULL;
}

/* ---- By TCP ----------------------------------------------------------------------------- */

static void
on_message(struct bufferevent *stream, void *arg)
{
	struct kit_server *server = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	struct kit_query *query = &server->last;
	unsigned char length[2];

	while (evbuffer_copyout(input, length, 2) == 2) {
		query->size = (size_t)length[0] << 8 | length[1];
		ck_assert_uint_le(query->size, sizeof(query->message));
		if (evbuffer_get_length(input) < 2 + query->size)
			return;
		evbuffer_drain(input, 2);
		evbuffer_remove(input, query->message, query->size);
		query->server = server;
		query->stream = stream;
		query->number = ++server->queries_by_tcp;
		server->answer_by_tcp(query);
		if (server->hung_up == stream)
			return;
	}
}

static void
end_stream(struct kit_server *server, struct bufferevent *stream)
{
	for (unsigned i = 0; i < KIT_STREAMS_MAX; i++) {
		if (server->streams[i] == stream)
			server->streams[i] = NULL;
	}
	bufferevent_free(stream);
}

static void
on_stream_end(struct bufferevent *stream, short what, void *arg)
{
	(void)what;
	end_stream(arg, stream);
}

static void
on_sent(struct bufferevent *stream, void *arg)
{
	end_stream(arg, stream);
}

void
kit_hang_up(const struct kit_query *query)
{
	query->server->hung_up = query->stream;
	bufferevent_disable(query->stream, EV_READ);
	bufferevent_setcb(query->stream, NULL, on_sent, on_stream_end, query->server);
	bufferevent_trigger(query->stream, EV_WRITE, BEV_OPT_DEFER_CALLBACKS);
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct kit_server *server = arg;
	struct bufferevent *stream;
	int fd = levin_sim_accept((int)listener);

	(void)what;
	if (fd < 0)
		return;
	stream = bufferevent_socket_new(server->kit->base, fd, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_uint_lt(server->connections, KIT_STREAMS_MAX);
	server->streams[server->connections++] = stream;
	bufferevent_setcb(stream, on_message, NULL, on_stream_end, server);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

void
kit_listen(struct kit_server *server, kit_answer_fn *answer)
{
	server->answer_by_tcp = answer;
	if (server->acceptable)
		return;
	server->listener = levin_sim_listener_at(server->kit->sim, server->address, 100);
	ck_assert_int_ge(server->listener, 0);
	server->acceptable = event_new(
	    server->kit->base, server->listener, EV_READ | EV_PERSIST, on_acceptable, server);
	ck_assert_int_eq(event_add(server->acceptable, NULL), 0);
}

void
kit_add_address(struct dns_kit *kit, const char *address)
{
	struct sockaddr_storage storage;
	int size = sizeof(storage);

	ck_assert_int_eq(
	    evutil_parse_sockaddr_port(address, (struct sockaddr *)&storage, &size), 0);
	lvn_private_lock_acquire(kit->lock);
	ck_assert_int_eq(
	    lvn_dns_network_add_locked(kit->network, (struct sockaddr *)&storage, (unsigned)size),
	    0);
	lvn_private_lock_release(kit->lock);
}

struct kit_server *
kit_add_server(struct dns_kit *kit, kit_answer_fn *answer)
{
	static const char *const addresses[KIT_SERVERS_MAX] = {
	    "10.0.0.1:53", "10.0.0.2:53", "10.0.0.3:53", "10.0.0.4:53"};
	struct kit_server *server = &kit->servers[kit->server_count];

	server->kit = kit;
	server->address = addresses[kit->server_count++];
	kit_start_server(server, answer);
	kit_add_address(kit, server->address);
	return server;
}

void
kit_set_link(const struct kit_server *server, const struct levin_sim_link *link)
{
	char host[16];

	snprintf(host, sizeof(host), "%.*s", (int)strcspn(server->address, ":"), server->address);
	ck_assert_int_eq(levin_sim_set_link(server->kit->sim, NULL, host, link), 0);
	ck_assert_int_eq(levin_sim_set_link(server->kit->sim, host, NULL, link), 0);
}

/* ---- Replies ---------------------------------------------------------------------------- */

static size_t
question_size(const struct kit_query *query)
{
	size_t at = LVN_DNS_HEADER_SIZE;

	while (at < query->size && query->message[at] != 0)
		at += query->message[at] + 1U;
	return at + 5 - LVN_DNS_HEADER_SIZE;
}

bool
kit_has_edns(const struct kit_query *query)
{
	return query->message[11] == 1;
}

size_t
kit_begin_reply(const struct kit_query *query, unsigned flags, uint8_t *reply)
{
	size_t size = LVN_DNS_HEADER_SIZE + question_size(query);

	memcpy(reply, query->message, size);
	reply[2] = (uint8_t)(0x80 | query->message[2] | flags >> 8);
	reply[3] = (uint8_t)(0x80 | flags);
	memset(reply + 6, 0, 6);
	return size;
}

size_t
kit_add_address_record(uint8_t *reply, size_t size, unsigned last_byte)
{
	static const uint8_t record[] = {
	    0xc0, LVN_DNS_HEADER_SIZE, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2};

	memcpy(reply + size, record, sizeof(record));
	reply[size + sizeof(record)] = (uint8_t)last_byte;
	reply[7]++;
	return size + sizeof(record) + 1;
}

void
kit_send(const struct kit_query *query, const void *reply, size_t size)
{
	unsigned char length[2] = {(unsigned char)(size >> 8), (unsigned char)size};

	if (query->stream) {
		bufferevent_write(query->stream, length, sizeof(length));
		bufferevent_write(query->stream, reply, size);
		return;
	}
	levin_sim_sendto(query->server->fd, reply, size, (const struct sockaddr *)&query->from,
	    query->from_size);
}

static unsigned
number_of(const struct kit_server *server)
{
	return (unsigned)(server - server->kit->servers) + 1;
}

void
kit_answer(const struct kit_query *query)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, 0, reply);

	size = kit_add_address_record(reply, size, number_of(query->server));
	kit_send(query, reply, size);
}

void
kit_answer_nothing(const struct kit_query *query)
{
	(void)query;
}

static void
answer_now(void *arg)
{
	struct kit_query *query = arg;

	if (query->server->readable)
		kit_answer(query);
}

void
kit_answer_late(const struct kit_query *query)
{
	struct dns_kit *kit = query->server->kit;
	struct kit_query *copy = &kit->late[kit->late_count++ % KIT_LATE_MAX];

	*copy = *query;
	levin_sim_at(kit->sim, query->server->delay_ns, answer_now, copy);
}

void
kit_answer_in_lower_case(const struct kit_query *query)
{
	struct kit_query lower = *query;

	for (size_t i = LVN_DNS_HEADER_SIZE; i < lower.size; i++) {
		if (lower.message[i] >= 'A' && lower.message[i] <= 'Z')
			lower.message[i] |= 0x20;
	}
	kit_answer(&lower);
}

static void
answer_flags(const struct kit_query *query, unsigned flags)
{
	uint8_t reply[512];
	size_t size = kit_begin_reply(query, flags, reply);

	kit_send(query, reply, size);
}

void
kit_answer_servfail(const struct kit_query *query)
{
	answer_flags(query, DNS_RCODE_SERVFAIL);
}

void
kit_answer_refused(const struct kit_query *query)
{
	answer_flags(query, DNS_RCODE_REFUSED);
}

void
kit_answer_nxdomain(const struct kit_query *query)
{
	answer_flags(query, DNS_RCODE_NXDOMAIN);
}

void
kit_answer_truncated(const struct kit_query *query)
{
	answer_flags(query, DNS_FLAG_TRUNCATED);
}

/* ---- Questions -------------------------------------------------------------------------- */

static void
on_done(void *arg, const struct dns_outcome *outcome)
{
	struct kit_question *question = arg;
	struct dns_kit *kit = question->kit;

	question->ended++;
	question->exchange = NULL;
	question->status = outcome->status;
	question->rcode = outcome->rcode;
	question->server = outcome->server;
	question->took_ns = outcome->took_ns;
	question->by_tcp = outcome->by_tcp;
	question->ended_ns = levin_sim_now_ns(kit->sim);
	question->size = outcome->size;
	if (outcome->status == 0) {
		ck_assert_uint_ge(outcome->size, LVN_DNS_HEADER_SIZE);
		memcpy(question->message, outcome->message, outcome->size);
		question->flags = (unsigned)question->message[2] << 8 | question->message[3];
	}
	kit->open_questions--;
	if (question->on_end)
		question->on_end(question);
}

static bool
try_to_start(struct dns_kit *kit, struct kit_question *question, const char *name, unsigned type,
    unsigned flags)
{
	struct dns_question asked = {.type = (uint16_t)type, .dns_class = DNS_CLASS_IN};
	void (*on_end)(struct kit_question *) = question->on_end;

	memset(question, 0, offsetof(struct kit_question, message));
	question->kit = kit;
	question->on_end = on_end;
	question->started_ns = levin_sim_now_ns(kit->sim);
	ck_assert_int_eq(lvn_dns_name_parse(name, strlen(name), &asked.name), 0);
	lvn_private_lock_acquire(kit->lock);
	question->exchange =
	    lvn_dns_exchange_start_locked(kit->network, &asked, flags, on_done, question);
	lvn_private_lock_release(kit->lock);
	ck_assert_uint_eq(question->ended, 0);
	kit->open_questions += question->exchange != NULL;
	return question->exchange != NULL;
}

bool
kit_try_start(struct dns_kit *kit, struct kit_question *question, const char *name)
{
	return try_to_start(kit, question, name, DNS_TYPE_A, 0);
}

void
kit_start_with(struct dns_kit *kit, struct kit_question *question, const char *name, unsigned type,
    unsigned flags)
{
	ck_assert(try_to_start(kit, question, name, type, flags));
}

void
kit_start(struct dns_kit *kit, struct kit_question *question, const char *name)
{
	kit_start_with(kit, question, name, DNS_TYPE_A, 0);
}

void
kit_cancel(struct kit_question *question)
{
	lvn_private_lock_acquire(question->kit->lock);
	lvn_dns_exchange_cancel_locked(question->exchange);
	lvn_private_lock_release(question->kit->lock);
	question->exchange = NULL;
	question->kit->open_questions--;
}

void
kit_run(struct dns_kit *kit)
{
	while (kit->open_questions > 0)
		ck_assert_int_eq(event_base_loop(kit->base, EVLOOP_ONCE), 0);
}

static void
break_loop(void *arg)
{
	event_base_loopbreak(arg);
}

void
kit_run_for(struct dns_kit *kit, int64_t span_ns)
{
	levin_sim_at(kit->sim, span_ns, break_loop, kit->base);
	event_base_loop(kit->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void
kit_ask(struct dns_kit *kit, struct kit_question *question, const char *name)
{
	kit_start(kit, question, name);
	kit_run(kit);
}

unsigned
kit_address_in(const struct kit_question *question)
{
	/* The record is the last one, without EDNS. */
	if (question->status != 0 || question->message[7] == 0)
		return 0;
	return question->message[question->size - 1];
}
