/* SPDX-License-Identifier: BSD-3-Clause */
#include "fuzz/dns_world.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <string.h>

#include "differential/dns_script.h"
#include "fuzz/dns_truth.h"

#define MS INT64_C(1000000)

enum { STREAMS_MAX = 16, LATE_MAX = 64, QUERY_MAX = 512 };

enum kind { RIGHT, OLD, LOWER_CASE, TRUNCATING, SLOW, SILENT, CLOSED, FAILING, LYING, KINDS };
enum tcp_kind { TCP_RIGHT, TCP_REFUSED, TCP_CLOSING, TCP_SILENT, TCP_KINDS };

struct server {
	const char *address;
	const char *host;
	enum kind kind;
	enum tcp_kind tcp_kind;
	int rcode; /* of FAILING */
	int64_t delay_ns;
	int fd; /* -1: closed */
	struct event *readable;
	int listener;
	struct event *acceptable;
	struct bufferevent *streams[STREAMS_MAX];
};

/* A reply that is under way in a server. */
struct late {
	bool is_used;
	struct server *server;
	struct sockaddr_storage to;
	socklen_t to_size;
	struct script_message reply;
};

static struct {
	struct levin_sim *sim;
	struct event_base *base;
	dns_pick_fn *pick;
	struct server servers[DNS_WORLD_SERVERS];
	int elsewhere; /* a socket that is no server's */
	struct late late[LATE_MAX];
} world;

/* ---- Replies ---------------------------------------------------------------------------- */

static void
add_records(struct script_message *reply, const struct script_query *query, struct dns_truth truth)
{
	char other[TRUTH_NAME_SIZE];
	const char *owner = NULL;
	unsigned char address[16];

	if (query->type == TYPE_PTR) {
		dns_truth_pointer(query->name, other);
		script_add_name(reply, NULL, TYPE_PTR, TRUTH_TTL, other);
		return;
	}
	if (truth.has_alias) {
		dns_truth_alias(query->name, other);
		script_add_name(reply, NULL, TYPE_CNAME, TRUTH_TTL, other);
		owner = other;
	}
	for (unsigned i = 1; i <= truth.count; i++) {
		dns_truth_address(query->name, query->type, i, address);
		script_add(reply, SECTION_ANSWER, owner, query->type, TRUTH_TTL, address,
		    query->type == TYPE_A ? 4 : 16);
	}
}

/* Empty where no server replies. */
static void
reply_truly(struct script_message *reply, const struct script_query *query, bool by_tcp)
{
	static const int rcodes[] = {
	    [TRUTH_NO_NAME] = 3, [TRUTH_SERVFAIL] = 2, [TRUTH_REFUSED] = 5};
	struct dns_truth truth = dns_truth_of(query->name, query->type);

	reply->size = 0;
	if (truth.kind == TRUTH_SILENCE)
		return;
	if (truth.needs_tcp && !by_tcp) {
		script_begin(reply, query, FLAG_TRUNCATED);
		return;
	}
	script_begin(reply, query, truth.kind < TRUTH_SILENCE ? rcodes[truth.kind] : 0);
	if (truth.kind == TRUTH_RECORDS)
		add_records(reply, query, truth);
	else if (truth.kind == TRUTH_NO_NAME || truth.kind == TRUTH_NO_DATA)
		script_add_soa(reply, 60, 60);
}

static void
add_poison(struct script_message *reply, int section, const char *owner)
{
	static const unsigned char address[16] = {66, 66, 66, 66};

	script_add(reply, section, owner, TYPE_A, TRUTH_TTL, address, 4);
	script_add(reply, section, owner, TYPE_AAAA, TRUTH_TTL, address, 16);
}

/* A reply that must not count. */
static void
reply_falsely(struct script_message *reply, const struct script_query *query)
{
	struct script_query other = *query;
	size_t question_end;

	script_begin(reply, query, 0);
	question_end = (size_t)reply->size;
	add_poison(reply, SECTION_ANSWER, NULL);
	switch (world.pick(9)) {
	case 0:
		reply->bytes[world.pick(2)] ^= (unsigned char)(1 + world.pick(255));
		break;
	case 1:
		reply->bytes[2] &= 0x7f;
		break;
	case 2:
		other.message.bytes[13] = (unsigned char)(other.message.bytes[13] + 1);
		script_begin(reply, &other, 0);
		add_poison(reply, SECTION_ANSWER, NULL);
		break;
	case 3:
		reply->bytes[question_end - 3]++;
		break;
	case 4:
		reply->bytes[question_end - 1]++;
		break;
	case 5:
		reply->bytes[5] = (unsigned char)(2 * world.pick(2));
		break;
	case 6:
		reply->bytes[2] |= 0x28;
		break;
	case 7:
		reply->size = (int)world.pick(12);
		break;
	default:
		reply->size = 12 + (int)world.pick(question_end - 12);
		break;
	}
}

/* ---- UDP -------------------------------------------------------------------------------- */

static void
send_now(void *arg)
{
	struct late *late = arg;

	late->is_used = false;
	if (late->server->fd >= 0)
		levin_sim_sendto(late->server->fd, late->reply.bytes, (size_t)late->reply.size,
		    (struct sockaddr *)&late->to, late->to_size);
}

/* A full memory of the server is a loss. */
static void
send_later(struct server *server, const struct script_message *reply,
    const struct sockaddr_storage *to, socklen_t to_size)
{
	for (int i = 0; i < LATE_MAX; i++) {
		struct late *late = &world.late[i];

		if (late->is_used)
			continue;
		*late = (struct late){true, server, *to, to_size, *reply};
		levin_sim_at(world.sim, server->delay_ns, send_now, late);
		return;
	}
}

static void
send_lies(const struct server *server, const struct script_query *query,
    const struct sockaddr_storage *to, socklen_t to_size)
{
	struct script_message reply;

	for (size_t i = 1 + world.pick(3); i > 0; i--) {
		reply_falsely(&reply, query);
		levin_sim_sendto(server->fd, reply.bytes, (size_t)reply.size,
		    (const struct sockaddr *)to, to_size);
	}
	/* From elsewhere: right but for the sender. */
	script_begin(&reply, query, 0);
	add_poison(&reply, SECTION_ANSWER, NULL);
	levin_sim_sendto(
	    world.elsewhere, reply.bytes, (size_t)reply.size, (const struct sockaddr *)to, to_size);
}

static void
change_to_lower_case(struct script_message *reply)
{
	for (int at = 12; reply->bytes[at]; at += reply->bytes[at] + 1) {
		for (int i = 1; i <= reply->bytes[at]; i++)
			reply->bytes[at + i] = (unsigned char)tolower(reply->bytes[at + i]);
	}
}

static bool
has_edns(const struct script_query *query)
{
	return query->message.bytes[11] != 0;
}

static void
reply_by_udp(struct server *server, const struct script_query *query,
    const struct sockaddr_storage *to, socklen_t to_size)
{
	struct script_message reply;

	reply_truly(&reply, query, false);
	switch (server->kind) {
	case SILENT:
		return;
	case OLD:
		if (has_edns(query))
			script_begin(&reply, query, 1);
		break;
	case LOWER_CASE:
		if (reply.size > 0)
			change_to_lower_case(&reply);
		break;
	case TRUNCATING:
		script_begin(&reply, query, FLAG_TRUNCATED);
		break;
	case FAILING:
		script_begin(&reply, query, server->rcode);
		break;
	case LYING:
		send_lies(server, query, to, to_size);
		if (world.pick(2))
			return;
		/* Records of others, which nobody has asked for. */
		if (reply.size > 0 && reply.size < QUERY_MAX)
			add_poison(&reply, SECTION_ADDITIONAL, "elsewhere.test");
		break;
	default:
		break;
	}
	if (reply.size == 0)
		return;
	if (server->kind == SLOW)
		send_later(server, &reply, to, to_size);
	else
		levin_sim_sendto(server->fd, reply.bytes, (size_t)reply.size,
		    (const struct sockaddr *)to, to_size);
}

static void
on_query(evutil_socket_t fd, short what, void *arg)
{
	struct script_query query = {.number = 0};
	struct sockaddr_storage from;
	socklen_t from_size = sizeof(from);
	ssize_t size = levin_sim_recvfrom(
	    (int)fd, query.message.bytes, QUERY_MAX, (struct sockaddr *)&from, &from_size);

	(void)what;
	/* A datagram that the link has cut is no query. */
	if (size <= 12 + 5)
		return;
	query.message.size = (int)size;
	for (int at = 12; query.message.bytes[at]; at += query.message.bytes[at] + 1) {
		if (at + query.message.bytes[at] + 6 > (int)size)
			return;
	}
	script_read_query(&query);
	reply_by_udp(arg, &query, &from, from_size);
}

static void
close_udp(struct server *server)
{
	if (server->fd < 0)
		return;
	event_free(server->readable);
	levin_sim_close(server->fd);
	server->fd = -1;
}

/* Without memory the server stays closed. */
static void
open_udp(struct server *server)
{
	if (server->fd >= 0)
		return;
	server->fd = levin_sim_datagram_socket(world.sim, server->address);
	if (server->fd < 0)
		return;
	server->readable =
	    event_new(world.base, server->fd, EV_READ | EV_PERSIST, on_query, server);
	event_add(server->readable, NULL);
}

/* ---- TCP -------------------------------------------------------------------------------- */

static void
end_stream(struct server *server, struct bufferevent *stream)
{
	for (int i = 0; i < STREAMS_MAX; i++) {
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
reply_by_tcp(struct bufferevent *stream, const struct script_query *query)
{
	struct script_message reply;
	unsigned char framed[2 + sizeof(reply.bytes)];

	reply_truly(&reply, query, true);
	if (reply.size == 0)
		return;
	framed[0] = (unsigned char)(reply.size >> 8);
	framed[1] = (unsigned char)reply.size;
	memcpy(framed + 2, reply.bytes, (size_t)reply.size);
	/* All or nothing, if memory is short. */
	bufferevent_write(stream, framed, 2 + (size_t)reply.size);
}

static void
on_stream(struct bufferevent *stream, void *arg)
{
	struct server *server = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	unsigned char length[2];

	if (server->tcp_kind == TCP_CLOSING) {
		end_stream(server, stream);
		return;
	}
	while (evbuffer_copyout(input, length, 2) == 2) {
		struct script_query query = {.number = 0};

		query.message.size = length[0] << 8 | length[1];
		if (evbuffer_get_length(input) < 2 + (size_t)query.message.size)
			return;
		evbuffer_drain(input, 2);
		evbuffer_remove(input, query.message.bytes, (size_t)query.message.size);
		script_read_query(&query);
		if (server->tcp_kind != TCP_SILENT)
			reply_by_tcp(stream, &query);
	}
}

static void
on_acceptable(evutil_socket_t listener, short what, void *arg)
{
	struct server *server = arg;
	struct bufferevent *stream = NULL;
	int fd = levin_sim_accept((int)listener);
	int i = 0;

	(void)what;
	if (fd < 0)
		return;
	while (i < STREAMS_MAX && server->streams[i])
		i++;
	if (i < STREAMS_MAX)
		stream = bufferevent_socket_new(world.base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!stream) {
		levin_sim_close(fd);
		return;
	}
	server->streams[i] = stream;
	bufferevent_setcb(stream, on_stream, NULL, on_stream_end, server);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

static void
close_tcp(struct server *server)
{
	for (int i = 0; i < STREAMS_MAX; i++) {
		if (server->streams[i])
			end_stream(server, server->streams[i]);
	}
	if (server->listener < 0)
		return;
	event_free(server->acceptable);
	levin_sim_close(server->listener);
	server->listener = -1;
}

static void
open_tcp(struct server *server)
{
	if (server->listener >= 0)
		return;
	server->listener = levin_sim_listener_at(world.sim, server->address, 100);
	if (server->listener < 0)
		return;
	server->acceptable =
	    event_new(world.base, server->listener, EV_READ | EV_PERSIST, on_acceptable, server);
	event_add(server->acceptable, NULL);
}

/* ---- The world -------------------------------------------------------------------------- */

const char *
dns_world_address(int server)
{
	return world.servers[server].address;
}

static unsigned
disturbance_of(const struct server *server)
{
	static const unsigned by_kind[KINDS] = {[SLOW] = DISTURBS_TIME,
	    [SILENT] = DISTURBS_TIME,
	    [CLOSED] = DISTURBS_TIME,
	    [FAILING] = DISTURBS_ERROR,
	    [LYING] = DISTURBS_TIME};

	return by_kind[server->kind] |
	       (server->tcp_kind == TCP_RIGHT ? 0u : (unsigned)DISTURBS_TCP);
}

unsigned
dns_world_change_server(int which)
{
	static const int rcodes[] = {1, 2, 4, 5, 6};
	struct server *server = &world.servers[which];

	server->kind = (enum kind)world.pick(KINDS);
	server->tcp_kind = world.pick(3) ? TCP_RIGHT : (enum tcp_kind)world.pick(TCP_KINDS);
	server->rcode = rcodes[world.pick(sizeof(rcodes) / sizeof(rcodes[0]))];
	server->delay_ns = (int64_t)(1 + world.pick(9000)) * MS;
	if (server->kind == CLOSED)
		close_udp(server);
	else
		open_udp(server);
	if (server->tcp_kind == TCP_REFUSED)
		close_tcp(server);
	else
		open_tcp(server);
	/* What was being done is not done any more. */
	return disturbance_of(server) | DISTURBS_TIME | DISTURBS_TCP;
}

unsigned
dns_world_change_link(int which)
{
	const char *host = world.servers[which].host;
	struct levin_sim_link link = {.latency_max_ns = (int64_t)world.pick(200) * MS};
	unsigned disturbs = 0;

	if (world.pick(2)) {
		link.loss_permille = (unsigned)world.pick(700);
		link.refuse_permille = world.pick(4) ? 0 : (unsigned)world.pick(500);
		link.truncate_permille = world.pick(4) ? 0 : (unsigned)world.pick(500);
		link.is_down = world.pick(8) == 0;
		disturbs =
		    DISTURBS_TIME | DISTURBS_TCP | (link.truncate_permille ? DISTURBS_ERROR : 0u);
	}
	link.duplicate_permille = (unsigned)world.pick(500);
	link.reorder_permille = (unsigned)world.pick(500);
	levin_sim_set_link(world.sim, NULL, host, &link);
	levin_sim_set_link(world.sim, host, NULL, &link);
	return disturbs;
}

void
dns_world_open(struct levin_sim *sim, struct event_base *base, dns_pick_fn *pick)
{
	static const char *const addresses[DNS_WORLD_SERVERS][2] = {{"192.0.2.1:53", "192.0.2.1"},
	    {"192.0.2.2:53", "192.0.2.2"}, {"[2001:db8::3]:53", "2001:db8::3"}};

	memset(&world, 0, sizeof(world));
	world.sim = sim;
	world.base = base;
	world.pick = pick;
	world.elsewhere = levin_sim_datagram_socket(sim, "192.0.2.66:53");
	for (int i = 0; i < DNS_WORLD_SERVERS; i++) {
		struct server *server = &world.servers[i];

		server->address = addresses[i][0];
		server->host = addresses[i][1];
		server->fd = server->listener = -1;
		open_udp(server);
		open_tcp(server);
	}
}

void
dns_world_close(void)
{
	for (int i = 0; i < DNS_WORLD_SERVERS; i++) {
		close_udp(&world.servers[i]);
		close_tcp(&world.servers[i]);
	}
	levin_sim_close(world.elsewhere);
}
