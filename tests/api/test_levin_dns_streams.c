/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name servers that are asked over TLS, in the simulated world: nothing is ever sent otherwise.
 */
#include <levin/tls.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <levin/dns.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "support/dns_peer.h"
#include "support/tls/certificates.h"

#define ADDRESS "192.0.2.1:853"

enum { CLIENTS_MAX = 20 };

static struct certificate *issuer, *certificate;
static struct levin_tls *client_side, *server_side;

static struct event_base *base;
static struct evdns_base *dns;
/* At the address of the TLS server: whoever asks it without TLS is seen. */
static struct dns_peer peer;
static struct evconnlistener *listener;

static struct bufferevent *clients[CLIENTS_MAX];
static int client_count;
static int handshakes;
static int queries;
static int streams; /* made for the resolver */
static bool no_stream;
static dns_peer_fn *reply_fn;

/* ---- The server ----------------------------------------------------------------------- */

static void
on_server_readable(struct bufferevent *client, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(client);
	unsigned char size[2];

	(void)arg;
	while (evbuffer_copyout(input, size, 2) == 2 &&
	       evbuffer_get_length(input) >= 2U + (size[0] << 8 | size[1])) {
		static struct script_query query;
		static struct script_message reply;

		evbuffer_drain(input, 2);
		query.message.size = size[0] << 8 | size[1];
		evbuffer_remove(input, query.message.bytes, (size_t)query.message.size);
		query.number = ++queries;
		script_read_query(&query);
		reply.size = 0;
		reply_fn(&query, &reply);
		if (reply.size == 0)
			continue;
		size[0] = (unsigned char)(reply.size >> 8);
		size[1] = (unsigned char)reply.size;
		bufferevent_write(client, size, 2);
		bufferevent_write(client, reply.bytes, (size_t)reply.size);
	}
}

static void
on_server_event(struct bufferevent *client, short what, void *arg)
{
	struct bufferevent **slot = arg;

	if (what & BEV_EVENT_CONNECTED) {
		handshakes++;
		return;
	}
	bufferevent_free(client);
	*slot = NULL;
}

static void
on_accept(
    struct evconnlistener *of, evutil_socket_t fd, struct sockaddr *address, int size, void *arg)
{
	struct bufferevent *client =
	    levin_tls_socket_new(base, fd, server_side, NULL, BEV_OPT_CLOSE_ON_FREE);

	(void)of;
	(void)address;
	(void)size;
	(void)arg;
	ck_assert_ptr_nonnull(client);
	ck_assert_int_lt(client_count, CLIENTS_MAX);
	clients[client_count] = client;
	bufferevent_setcb(
	    client, on_server_readable, NULL, on_server_event, &clients[client_count++]);
	bufferevent_enable(client, EV_READ | EV_WRITE);
}

static void
open_server(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(853)};

	address.sin_addr.s_addr = htonl(0xc0000201);
	listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE, -1,
	    (struct sockaddr *)&address, sizeof(address));
	ck_assert_ptr_nonnull(listener);
}

/* ---- The client ----------------------------------------------------------------------- */

static struct bufferevent *
new_stream(struct event_base *of, const struct sockaddr *server, int size, int options, void *arg)
{
	ck_assert_ptr_eq(of, base);
	ck_assert_ptr_eq(arg, &streams);
	ck_assert_int_eq(server->sa_family, AF_INET);
	ck_assert_int_eq(size, sizeof(struct sockaddr_in));
	ck_assert_uint_eq(ntohs(((const struct sockaddr_in *)server)->sin_port), 853);
	if (no_stream)
		return NULL;
	streams++;
	return levin_tls_socket_new(of, -1, client_side, "dns.example", options);
}

static void
make_contexts(void)
{
	struct levin_tls_certificate own = {0};
	struct levin_tls_settings server = {.certificates = &own, .certificate_count = 1};
	struct levin_tls_settings client = {0};

	signal(SIGPIPE, SIG_IGN);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = "DNS:dns.example"});
	own.certificate_pem = certificate->pem;
	own.key_pem = certificate->key_pem;
	client.trust_pem = issuer->pem;
	server_side = levin_tls_server_new(&server, NULL, 0);
	client_side = levin_tls_client_new(&client, NULL, 0);
	ck_assert(server_side && client_side);
}

static void
free_contexts(void)
{
	levin_tls_free(client_side);
	levin_tls_free(server_side);
	certificate_free(certificate);
	certificate_free(issuer);
}

TEST_FIXTURE(make_contexts, free_contexts);

static void
set_up(int i)
{
	base = base_on(backend_under_test(i));
	reply_fn = dns_peer_by_name;
	dns_peer_open(&peer, base, ADDRESS, dns_peer_by_name);
	dns = evdns_base_new(base, 0);
	ck_assert_ptr_nonnull(dns);
	ck_assert_int_eq(levin_dns_use_streams(dns, new_stream, &streams), 0);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, ADDRESS), 0);
}

static void
tear_down(void)
{
	if (dns)
		evdns_base_free(dns, 0);
	dns_run(base, 10);
	for (int i = 0; i < client_count; i++) {
		if (clients[i])
			bufferevent_free(clients[i]);
	}
	if (listener)
		evconnlistener_free(listener);
	dns_peer_close(&peer);
	event_base_free(base);
}

struct answers {
	int calls;
	int result;
	int found;
	int by_tcp;
};

static void
note_answer(int result, struct levin_dns_answer *answer, void *arg)
{
	struct answers *answers = arg;

	answers->calls++;
	answers->result = result;
	answers->found += result == DNS_ERR_NONE;
	if (answer) {
		answers->by_tcp += answer->used_tcp;
		ck_assert_str_eq(answer->server, ADDRESS);
	}
	levin_dns_answer_free(answer);
}

static void
ask(const char *name, struct answers *answers)
{
	ck_assert_ptr_nonnull(
	    levin_dns_query(dns, name, LEVIN_DNS_TYPE_A, 0, note_answer, answers));
}

static void
await(const struct answers *answers, int calls)
{
	for (int i = 0; i < 1000 && answers->calls < calls; i++)
		dns_run(base, 1000);
	ck_assert_int_eq(answers->calls, calls);
}

TEST_IN_SIMULATION(levin_dns_use_streams__many_queries_over_one_connection)
{
	struct answers answers = {0};

	set_up(_i);
	open_server();

	for (int i = 0; i < 100; i++)
		ask("2-2.test", &answers);
	await(&answers, 100);

	ck_assert_int_eq(answers.found, 100);
	ck_assert_int_eq(answers.by_tcp, 100);
	ck_assert_int_eq(queries, 100);
	ck_assert_int_eq(streams, 1);
	ck_assert_int_eq(handshakes, 1);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__getaddrinfo_as_well)
{
	struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct dns_seen seen = {0};

	set_up(_i);
	open_server();

	evdns_getaddrinfo(dns, "2-2.test", NULL, &hints, dns_see_list, &seen);
	dns_await(base, &seen);

	ck_assert_int_eq(seen.count, 4);
	ck_assert_int_eq(queries, 2);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__a_server_that_cannot_be_verified_is_not_asked)
{
	struct levin_tls_settings settings = {.trust_pem = certificate->pem};
	struct certificate *other = certificate_new(
	    &(struct certificate_recipe){.name = "Other", .valid_for = "DNS:dns.example"});
	struct answers answers = {0};

	set_up(_i);
	open_server();
	settings.trust_pem = other->pem;
	ck_assert_int_eq(levin_tls_reload(client_side, &settings, NULL, 0), 0);

	ask("2-2.test", &answers);
	await(&answers, 1);

	ck_assert_int_ne(answers.result, DNS_ERR_NONE);
	ck_assert_int_gt(streams, 0);
	ck_assert_int_eq(queries, 0);
	ck_assert_int_eq(peer.queries, 0);
	certificate_free(other);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__a_server_that_refuses_is_asked_in_no_other_way)
{
	struct answers answers = {0};

	set_up(_i);

	ask("2-2.test", &answers);
	await(&answers, 1);

	ck_assert_int_eq(answers.result, DNS_ERR_TIMEOUT);
	ck_assert_int_gt(streams, 0);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__a_function_that_creates_none)
{
	struct answers answers = {0};

	set_up(_i);
	no_stream = true;

	ask("2-2.test", &answers);
	await(&answers, 1);

	ck_assert_int_eq(answers.result, DNS_ERR_TIMEOUT);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

/* What is cut over TLS cannot be had in full by any other way. */
static void
reply_truncated(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, FLAG_TRUNCATED);
}

static void
reply_with_another_question(const struct script_query *query, struct script_message *reply)
{
	script_begin(reply, query, 0);
	reply->bytes[13] ^= 1;
}

TEST_IN_SIMULATION(levin_dns_use_streams__replies_that_ask_for_another_way)
{
	static dns_peer_fn *const replies[] = {
	    reply_truncated, reply_with_another_question, dns_peer_silent};

	set_up(_i);
	open_server();
	for (size_t i = 0; i < 3; i++) {
		struct answers answers = {0};

		reply_fn = replies[i];
		ask("2-2.test", &answers);
		await(&answers, 1);

		ck_assert_int_ne(answers.result, DNS_ERR_NONE);
	}
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

/* That a datagram was cut, before there were streams, is no result either. */
TEST_IN_SIMULATION(levin_dns_use_streams__a_reply_that_takes_too_long_is_a_timeout)
{
	struct answers answers = {0}, before = {0};

	set_up(_i);
	reply_fn = dns_peer_silent;
	open_server();
	ask("2-2.test", &answers);
	await(&answers, 1);
	ck_assert_int_eq(answers.result, DNS_ERR_TIMEOUT);

	ck_assert_int_eq(levin_dns_use_streams(dns, NULL, NULL), 0);
	peer.reply = reply_truncated;
	ask("2-2.test", &before);
	dns_run(base, 1);
	ck_assert_int_eq(levin_dns_use_streams(dns, new_stream, &streams), 0);
	await(&before, 1);

	ck_assert_int_eq(before.result, DNS_ERR_TIMEOUT);
	ck_assert_int_eq(peer.queries, 1);
	tear_down();
}

static void
reply_to_whole_blocks(const struct script_query *query, struct script_message *reply)
{
	ck_assert_int_eq(query->message.size % 128, 0);
	dns_peer_by_name(query, reply);
}

static void
reply_to_plain_queries(const struct script_query *query, struct script_message *reply)
{
	ck_assert_int_lt(query->message.size, 128);
	dns_peer_by_name(query, reply);
}

/* RFC 8467: encrypted queries say nothing by their size. */
TEST_IN_SIMULATION(levin_dns_use_streams__queries_are_padded)
{
	char name[200];
	struct answers answers = {0};

	set_up(_i);
	reply_fn = reply_to_whole_blocks;
	peer.reply = reply_to_plain_queries;
	open_server();

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "2-2.%0*d.%0*d.test", 1 + 25 * i, 0, 1 + 20 * i, 0);
		ask(name, &answers);
		await(&answers, i + 1);
	}
	ck_assert_int_eq(levin_dns_use_streams(dns, NULL, NULL), 0);
	ask("2-2.test", &answers);
	await(&answers, 4);

	ck_assert_int_eq(answers.found, 4);
	ck_assert_int_eq(queries, 3);
	ck_assert_int_eq(peer.queries, 1);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__a_connection_that_the_server_closes_is_made_anew)
{
	struct answers answers = {0};

	set_up(_i);
	open_server();
	ask("2-2.test", &answers);
	await(&answers, 1);
	bufferevent_free(clients[0]);
	clients[0] = NULL;
	dns_run(base, 10);

	ask("2-2.test", &answers);
	await(&answers, 2);

	ck_assert_int_eq(answers.found, 2);
	ck_assert_int_eq(streams, 2);
	ck_assert_int_eq(peer.queries, 0);
	tear_down();
}

/* Queries that wait for their replies begin again, over the streams alone. */
TEST_IN_SIMULATION(levin_dns_use_streams__in_the_middle_of_queries)
{
	struct answers answers = {0};

	set_up(_i);
	open_server();
	ck_assert_int_eq(levin_dns_use_streams(dns, NULL, NULL), 0);
	peer.reply = dns_peer_silent;
	ask("2-2.test", &answers);
	dns_run(base, 1);
	ck_assert_int_eq(peer.queries, 1);

	ck_assert_int_eq(levin_dns_use_streams(dns, new_stream, &streams), 0);
	await(&answers, 1);

	ck_assert_int_eq(answers.found, 1);
	ck_assert_int_eq(peer.queries, 1);
	ck_assert_int_eq(queries, 1);
	tear_down();
}

TEST_IN_SIMULATION(levin_dns_use_streams__null_is_udp_again)
{
	struct answers answers = {0};

	set_up(_i);
	open_server();
	ask("2-2.test", &answers);
	await(&answers, 1);

	ck_assert_int_eq(levin_dns_use_streams(dns, NULL, NULL), 0);
	ask("2-2.test", &answers);
	await(&answers, 2);

	ck_assert_int_eq(answers.found, 2);
	ck_assert_int_eq(answers.by_tcp, 1);
	ck_assert_int_eq(peer.queries, 1);
	errno = 0;
	ck_assert_int_eq(levin_dns_use_streams(NULL, new_stream, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	tear_down();
}

TEST_IN_SIMULATION(evdns_base_free__during_a_handshake)
{
	struct answers answers = {0};

	set_up(_i);
	open_server();
	ask("2-2.test", &answers);
	event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);

	evdns_base_free(dns, 1);
	dns = NULL;
	await(&answers, 1);

	ck_assert_int_eq(answers.result, DNS_ERR_SHUTDOWN);
	tear_down();
}
