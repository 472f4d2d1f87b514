/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults that users of libevent's TLS streams have reported, and that no other suite looks for:
 * docs/internals/tls-faults.md has them all.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "unit/tls/tls_ends.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static SSL_CTX *context;
static evutil_socket_t ends[2];
static struct end client, server;

static void
set_up(int i)
{
	signal(SIGPIPE, SIG_IGN);
	backend = backend_under_test(i);
	base = base_on(backend);
	context = tls_context(TLS1_3_VERSION);
}

static void
tear_down(void)
{
	if (client.bev)
		free_end(&client);
	if (server.bev)
		free_end(&server);
	event_base_free(base);
	SSL_CTX_free(context);
}

static struct bufferevent *
tls_socket(evutil_socket_t fd, enum bufferevent_ssl_state state, int options)
{
	struct bufferevent *bev = bufferevent_openssl_socket_new(
	    base, fd, tls_ssl(context), state, options | BEV_OPT_CLOSE_ON_FREE);

	ck_assert_ptr_nonnull(bev);
	return bev;
}

static struct bufferevent *
tls_on_top(struct bufferevent *below, enum bufferevent_ssl_state state, int options)
{
	struct bufferevent *bev = bufferevent_openssl_filter_new(
	    base, below, tls_ssl(context), state, options | BEV_OPT_CLOSE_ON_FREE);

	ck_assert_ptr_nonnull(bev);
	return bev;
}

/* What carries the records. */
enum { OVER_SOCKET, OVER_PLAIN, OVER_TLS, WIRES };

static struct bufferevent *
open_end(evutil_socket_t fd, enum bufferevent_ssl_state state, int wire, int options)
{
	if (wire == OVER_SOCKET)
		return tls_socket(fd, state, options);
	if (wire == OVER_TLS)
		return tls_on_top(tls_socket(fd, state, options), state, options);
	return tls_on_top(
	    bufferevent_socket_new(base, fd, options | BEV_OPT_CLOSE_ON_FREE), state, options);
}

static void
watch_new_end(struct end *end, struct bufferevent *bev)
{
	memset(end, 0, sizeof(*end));
	watch_end(end, bev);
	enable_end(end, EV_READ);
}

static void
run_until_connected(const struct end *end)
{
	while (!(end->events & BEV_EVENT_CONNECTED)) {
		ck_assert_int_eq(end->events & (BEV_EVENT_ERROR | BEV_EVENT_EOF), 0);
		step(base);
	}
}

static void
connect_both(int wire, int options)
{
	open_pair(backend, ends);
	watch_new_end(&client, open_end(ends[0], BUFFEREVENT_SSL_CONNECTING, wire, options));
	watch_new_end(&server, open_end(ends[1], BUFFEREVENT_SSL_ACCEPTING, wire, options));
	run_until_connected(&client);
	run_until_connected(&server);
}

static void
expect_arrival(struct end *from, struct end *to, const char *text)
{
	end_write_text(from, text);
	while (end_input_size(to) < strlen(text))
		step(base);
	expect_input(to, text);
}

/* ---- Progress ------------------------------------------------------------------------------ */

TEST_EVERYWHERE(tls_stream__a_silent_peer_does_not_hold_up_others)
{
	evutil_socket_t silent[2];
	struct bufferevent *waiting;

	set_up(_i);
	open_pair(backend, silent);
	waiting = tls_socket(silent[0], BUFFEREVENT_SSL_ACCEPTING, 0);
	bufferevent_enable(waiting, EV_READ);
	turns(base, 2);
	for (int i = 0; i < 3; i++) {
		connect_both(OVER_SOCKET, 0);
		expect_arrival(&client, &server, "hello");
		free_end(&client);
		free_end(&server);
	}
	bufferevent_free(waiting);
	evutil_closesocket(silent[1]);
	tear_down();
}

/* What is left in the TLS library is neither reported again and again nor looked for. */
TEST_IN_SIMULATION(tls_stream__full_input_is_quiet)
{
	for (int wire = 0; wire < WIRES; wire++) {
		struct evwatch *watch;
		int count = 0;

		set_up(_i);
		connect_both(wire, 0);
		bufferevent_setwatermark(server.bev, EV_READ, 0, 100);
		write_bytes(client.bev, 20000);
		while (end_input_size(&server) < 100)
			step(base);
		turns(base, 3);
		server.reads = 0;
		watch = count_turns(base, &count);
		run_for_ms(base, 1000);

		ck_assert_int_eq(server.reads, 0);
		ck_assert_int_le(count, 3);
		evwatch_free(watch);
		tear_down();
	}
}

TEST_EVERYWHERE(tls_stream__a_message_is_reported_once)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		connect_both(wire, 0);
		for (int i = 1; i <= 3; i++) {
			expect_arrival(&client, &server, "hello");
			turns(base, 4);
			ck_assert_int_eq(server.reads, i);
		}
		tear_down();
	}
}

static void
write_to_peer(evutil_socket_t fd, short what, void *end)
{
	(void)fd;
	(void)what;
	end_write_text(end, "just in time");
}

/* The peer writes at the very moment; whichever comes first, nothing is lost. */
TEST_IN_SIMULATION(bufferevent_set_timeouts__data_comes_with_the_timeout)
{
	for (int wire = 0; wire < WIRES; wire++) {
		for (int ms = 9; ms <= 11; ms++) {
			set_up(_i);
			connect_both(wire, 0);
			turns(base, 3);
			bufferevent_set_timeouts(server.bev, MS(10), NULL);
			event_base_once(base, -1, EV_TIMEOUT, write_to_peer, &client, MS(ms));
			while (!(server.events & BEV_EVENT_TIMEOUT))
				step(base);
			bufferevent_set_timeouts(server.bev, NULL, NULL);
			enable_end(&server, EV_READ);
			while (end_input_size(&server) < strlen("just in time"))
				step(base);

			expect_input(&server, "just in time");
			ck_assert_int_eq(server.events,
			    BEV_EVENT_CONNECTED | BEV_EVENT_TIMEOUT | BEV_EVENT_READING);
			tear_down();
		}
	}
}

/* A program that has frozen the buffer cannot keep the stream from removing what it has sent. */
TEST_EVERYWHERE(tls_write__frozen_output_is_sent_once)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		connect_both(wire, 0);
		end_write_text(&client, "once");
		evbuffer_freeze(bufferevent_get_output(client.bev), 1);
		evbuffer_freeze(bufferevent_get_output(client.bev), 0);
		while (end_input_size(&server) < 4 || end_output_size(&client) > 0)
			step(base);
		turns(base, 4);

		expect_input(&server, "once");
		tear_down();
	}
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

TEST_EVERYWHERE(bufferevent_setfd__a_number_that_is_used_again)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		connect_both(wire, 0);
		for (int i = 0; i < 3; i++) {
			const evutil_socket_t number = ends[0];

			bufferevent_replacefd(client.bev, -1);
			bufferevent_replacefd(server.bev, -1);
			open_pair(backend, ends);
			if (!backend_is_simulated(backend))
				ck_assert_int_eq(ends[0], number);
			client.events = server.events = 0;
			bufferevent_setfd(client.bev, ends[0]);
			bufferevent_setfd(server.bev, ends[1]);
			enable_end(&client, EV_READ);
			enable_end(&server, EV_READ);
			run_until_connected(&client);
			expect_arrival(&client, &server, "hello");
		}
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__with_deferred_callbacks_that_are_due)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		connect_both(wire, BEV_OPT_DEFER_CALLBACKS);
		end_write_text(&client, "hello");
		while (end_output_size(&client) > 0)
			step(base);
		bufferevent_trigger(client.bev, EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS);
		free_end(&client);
		turns(base, 2);

		/* The other end sees that the descriptor is closed. */
		while (!(server.events & BEV_EVENT_EOF))
			step(base);
		expect_input(&server, "hello");
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__closes_the_descriptor_below_a_chain)
{
	struct bufferevent *chain;

	set_up(_i);
	open_pair(backend, ends);
	chain = bufferevent_socket_new(base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	for (int i = 0; i < 3; i++)
		chain = tls_on_top(chain, BUFFEREVENT_SSL_ACCEPTING, 0);
	ck_assert_int_eq(bufferevent_getfd(chain), ends[0]);
	bufferevent_free(chain);
	turns(base, 3);

	ck_assert_int_eq(take(ends[1]), -1);
	evutil_closesocket(ends[1]);
	tear_down();
}

static int tickets;

static int
count_ticket(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	(void)session;
	tickets++;
	return 0;
}

TEST_EVERYWHERE(bufferevent_setfd__a_server_without_one_sends_tickets)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		tickets = 0;
		SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT);
		SSL_CTX_sess_set_new_cb(context, count_ticket);
		open_pair(backend, ends);
		watch_new_end(&client, open_end(ends[0], BUFFEREVENT_SSL_CONNECTING, wire, 0));
		watch_new_end(&server, open_end(-1, BUFFEREVENT_SSL_ACCEPTING, wire, 0));
		turns(base, 3);
		ck_assert_int_eq(bufferevent_setfd(server.bev, ends[1]), 0);
		run_until_connected(&client);
		expect_arrival(&client, &server, "hello");
		expect_arrival(&server, &client, "hello");

		ck_assert_int_eq(tickets, wire == OVER_TLS ? 4 : 2);
		tear_down();
	}
}

/*
 * A connection of TCP; the peer takes little, so that most waits in the kernel.  What lies unread
 * when a descriptor is closed resets the connection, and what waits is lost.
 */
static void
open_narrow_connection(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	const int small = 4096;
	const int large = 200000;
	evutil_socket_t listening = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&address, &size), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&address, size), 0);
	ends[1] = accept(listening, NULL, NULL);
	ck_assert_int_ge(ends[1], 0);
	evutil_make_socket_nonblocking(ends[0]);
	evutil_make_socket_nonblocking(ends[1]);
	evutil_closesocket(listening);
}

/* The server's tickets come when the handshake is done; the client only writes. */
TEST_ON_BACKENDS(bufferevent_free__after_a_client_has_only_written)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		open_narrow_connection();
		watch_new_end(&client, open_end(ends[0], BUFFEREVENT_SSL_CONNECTING, wire, 0));
		watch_new_end(&server, open_end(ends[1], BUFFEREVENT_SSL_ACCEPTING, wire, 0));
		bufferevent_disable(client.bev, EV_READ);
		bufferevent_disable(server.bev, EV_READ);
		write_bytes(client.bev, 100000);
		while (end_output_size(&client) > 0 || !(server.events & BEV_EVENT_CONNECTED))
			step(base);
		free_end(&client);
		turns(base, 2);
		enable_end(&server, EV_READ);
		while (!(server.events & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
			step(base);

		ck_assert_int_eq(server.events & BEV_EVENT_ERROR, 0);
		ck_assert_uint_eq(end_input_size(&server), 100000);
		tear_down();
	}
}

/* ---- Failures --------------------------------------------------------------------------------- */

/* Entries of the error queue that come before OpenSSL's own. */
static int
refuse_for_reasons(int is_good, X509_STORE_CTX *verification)
{
	(void)is_good;
	(void)verification;
	for (int reason = 101; reason <= 106; reason++)
		ERR_raise(ERR_LIB_USER, reason);
	return 0;
}

/* What OpenSSL makes of them, and the first three. */
TEST_EVERYWHERE(bufferevent_get_openssl_error__most_recent_first)
{
	for (int wire = 0; wire < WIRES; wire++) {
		set_up(_i);
		open_pair(backend, ends);
		watch_new_end(&client, open_end(ends[0], BUFFEREVENT_SSL_CONNECTING, wire, 0));
		watch_new_end(&server, open_end(ends[1], BUFFEREVENT_SSL_ACCEPTING, wire, 0));
		SSL_set_verify(
		    bufferevent_openssl_get_ssl(client.bev), SSL_VERIFY_PEER, refuse_for_reasons);
		while (!(client.events & BEV_EVENT_ERROR))
			step(base);

		ck_assert_int_eq(ERR_GET_REASON(bufferevent_get_openssl_error(client.bev)),
		    SSL_R_CERTIFICATE_VERIFY_FAILED);
		for (int reason = 103; reason >= 101; reason--)
			ck_assert_int_eq(
			    ERR_GET_REASON(bufferevent_get_openssl_error(client.bev)), reason);
		ck_assert_uint_eq(bufferevent_get_openssl_error(client.bev), 0);
		tear_down();
	}
}

/* A port of the loopback interface on which nobody listens. */
static struct sockaddr_in
closed_port(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	evutil_closesocket(fd);
	return address;
}

static void
connect_end(struct end *end, const struct sockaddr_in *address)
{
	ck_assert_int_eq(bufferevent_socket_connect(
			     end->bev, (const struct sockaddr *)address, sizeof(*address)),
	    0);
}

static int wire_of_client;

/* Inside of the callback the stream gets a descriptor whose handshake then goes on. */
static void
replace_descriptor(struct end *end, short what)
{
	if (!(what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)))
		return;
	end->on_event = NULL;
	end->events = 0;
	open_pair(backend, ends);
	ck_assert_int_eq(bufferevent_replacefd(end->bev, ends[0]), 0);
	watch_new_end(&server, open_end(ends[1], BUFFEREVENT_SSL_ACCEPTING, wire_of_client, 0));
}

TEST_ON_BACKENDS(bufferevent_replacefd__inside_the_event_of_a_refused_connection)
{
	struct sockaddr_in address = closed_port();

	set_up(_i);
	watch_new_end(&client, tls_socket(-1, BUFFEREVENT_SSL_CONNECTING, 0));
	client.on_event = replace_descriptor;
	connect_end(&client, &address);
	run_until_connected(&client);
	expect_arrival(&client, &server, "hello");
	tear_down();
}

TEST_ON_BACKENDS(bufferevent_free__inside_the_event_of_a_refused_connection)
{
	struct sockaddr_in address = closed_port();

	set_up(_i);
	watch_new_end(&client, tls_socket(-1, BUFFEREVENT_SSL_CONNECTING, 0));
	client.on_event = free_end_at_event;
	connect_end(&client, &address);
	while (client.bev)
		step(base);
	turns(base, 3);
	tear_down();
}

static void
make_late_client(int wire, evutil_socket_t silent[2])
{
	open_pair(backend, silent);
	watch_new_end(&client, open_end(silent[0], BUFFEREVENT_SSL_CONNECTING, wire, 0));
	bufferevent_set_timeouts(client.bev, MS(10), NULL);
	wire_of_client = wire;
}

TEST_IN_SIMULATION(bufferevent_replacefd__inside_the_timeout_of_a_handshake)
{
	for (int wire = 0; wire < WIRES; wire++) {
		evutil_socket_t silent[2];

		set_up(_i);
		make_late_client(wire, silent);
		client.on_event = replace_descriptor;
		run_for_ms(base, 15);
		enable_end(&client, EV_READ | EV_WRITE);
		run_until_connected(&client);
		expect_arrival(&client, &server, "hello");
		evutil_closesocket(silent[1]);
		tear_down();
	}
}

TEST_IN_SIMULATION(bufferevent_free__inside_the_timeout_of_a_handshake)
{
	for (int wire = 0; wire < WIRES; wire++) {
		evutil_socket_t silent[2];

		set_up(_i);
		make_late_client(wire, silent);
		client.on_event = free_end_at_event;
		while (client.bev)
			step(base);
		turns(base, 3);
		evutil_closesocket(silent[1]);
		tear_down();
	}
}

static void
accept_server(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	watch_new_end(&server, tls_socket(fd, BUFFEREVENT_SSL_ACCEPTING, 0));
}

/* The old descriptor is not used, and the new one is there at once. */
TEST_ON_BACKENDS(bufferevent_socket_connect__after_the_descriptor_was_taken_away)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct evconnlistener *listener;

	set_up(_i);
	listener = evconnlistener_new_bind(
	    base, accept_server, NULL, LEV_OPT_CLOSE_ON_FREE, 5, (struct sockaddr *)&address, size);
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
	connect_both(OVER_SOCKET, 0);
	free_end(&server);
	ck_assert_int_eq(bufferevent_setfd(client.bev, -1), 0);
	client.events = 0;
	connect_end(&client, &address);
	ck_assert_int_ge(bufferevent_getfd(client.bev), 0);
	ck_assert_int_ne(bufferevent_getfd(client.bev), ends[0]);
	enable_end(&client, EV_READ);
	run_until_connected(&client);
	expect_arrival(&client, &server, "hello");

	ck_assert_int_eq(evutil_closesocket(ends[0]), 0);
	evconnlistener_free(listener);
	tear_down();
}
