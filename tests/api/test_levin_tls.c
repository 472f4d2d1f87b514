/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * levin/tls.h: contexts, and bufferevents made from them that talk to each other.
 */
#include <levin/tls.h>

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/loop_kit.h"
#include "support/stream_kit.h"
#include "support/suite.h"
#include "support/tls/certificates.h"

/* test_levin_tls_kernel.c has others. */
#ifndef FLAGS_OF_CONTEXTS
#define FLAGS_OF_CONTEXTS 0
#endif

static struct certificate *issuer;
static struct certificate *certificate; /* for a.example */
static struct levin_tls *client_side, *server_side;
static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];
static struct end client, server;
static struct levin_tls_facts facts;

static struct levin_tls_certificate
text_of(const struct certificate *of)
{
	return (struct levin_tls_certificate){.certificate_pem = of->pem, .key_pem = of->key_pem};
}

/* The certificate, or that of the settings; trust in the issuer. */
static struct levin_tls *
new_server(struct levin_tls_settings settings)
{
	struct levin_tls_certificate usual = text_of(certificate);
	struct levin_tls *tls;

	if (settings.certificate_count == 0) {
		settings.certificates = &usual;
		settings.certificate_count = 1;
	}
	settings.flags |= FLAGS_OF_CONTEXTS;
	tls = levin_tls_server_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(tls);
	return tls;
}

static struct levin_tls *
new_client(struct levin_tls_settings settings)
{
	struct levin_tls *tls;

	settings.trust_pem = issuer->pem;
	settings.flags |= FLAGS_OF_CONTEXTS;
	tls = levin_tls_client_new(&settings, NULL, 0);
	ck_assert_ptr_nonnull(tls);
	return tls;
}

static void
make_contexts(void)
{
	signal(SIGPIPE, SIG_IGN);
	issuer = certificate_new(&(struct certificate_recipe){.name = "Issuer"});
	certificate = certificate_new(&(struct certificate_recipe){
	    .name = "Server", .issuer = issuer, .valid_for = "DNS:a.example"});
	server_side = new_server((struct levin_tls_settings){.shutdown_timeout_ms = 300});
	client_side = new_client((struct levin_tls_settings){.flags = 0});
}

static void
free_contexts(void)
{
	levin_tls_free(client_side);
	levin_tls_free(server_side);
	certificate_free(issuer);
	certificate_free(certificate);
}

TEST_FIXTURE(make_contexts, free_contexts);

/* ---- Contexts ------------------------------------------------------------------------------ */

TEST(levin_tls_server_new__gives_the_reason_to_the_caller)
{
	struct levin_tls_certificate missing = {.certificate_file = "/nowhere/cert.pem"};
	struct levin_tls_settings settings = {.certificates = &missing, .certificate_count = 1};
	char reason[LEVIN_TLS_REASON_SIZE];
	char cut[8];

	keep_log();
	errno = 0;
	ck_assert_ptr_null(levin_tls_server_new(&settings, reason, sizeof(reason)));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(reason, "/nowhere/cert.pem: cannot be read: No such file or directory");
	ck_assert_ptr_null(levin_tls_server_new(&settings, cut, sizeof(cut)));
	ck_assert_str_eq(cut, "/nowher");
	ck_assert_int_eq(logged_count(EVENT_LOG_DEBUG), 0);
}

TEST(levin_tls_server_new__or_to_the_log)
{
	keep_log();
	errno = 0;
	ck_assert_ptr_null(levin_tls_server_new(NULL, NULL, 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert(was_logged("TLS: settings: a server needs a certificate"));
	ck_assert_int_eq(logged_count(EVENT_LOG_DEBUG), 1);
}

TEST(levin_tls_client_new__without_settings)
{
	struct levin_tls *tls = levin_tls_client_new(NULL, NULL, 0);

	ck_assert_ptr_nonnull(tls);
	levin_tls_free(tls);
	levin_tls_free(NULL);
}

TEST(levin_tls_reload__failure_leaves_the_context_as_it_was)
{
	struct levin_tls_settings bad = {.flags = 4096};
	char reason[LEVIN_TLS_REASON_SIZE];

	errno = 0;
	ck_assert_int_eq(levin_tls_reload(server_side, &bad, reason, sizeof(reason)), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(reason, "settings: there is an unknown flag");
	ck_assert_int_eq(levin_tls_reload(server_side, NULL, reason, sizeof(reason)), 0);
}

TEST(levin_tls__calls_that_are_always_wrong)
{
	keep_log();
	ck_assert_int_eq(levin_tls_reload(NULL, NULL, NULL, 0), -1);
	ck_assert_int_eq(levin_tls_dangerously_skip_verification(NULL), -1);
	ck_assert_int_eq(levin_tls_dangerously_skip_verification(server_side), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(levin_tls_socket_new(NULL, -1, NULL, NULL, 0));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 4);
}

/* ---- Bufferevents -------------------------------------------------------------------------- */

/* How a case makes its bufferevents: these options, and on top of others. */
static const struct {
	int options;
	bool is_on_top;
} kinds[] = {
    {0, false},
    {BEV_OPT_DEFER_CALLBACKS, false},
    {BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS, false},
    {0, true},
    {BEV_OPT_DEFER_CALLBACKS, true},
};

enum { KINDS = 5 };

static struct bufferevent *
open_end(int kind, evutil_socket_t fd, struct levin_tls *tls, const char *host)
{
	int options = kinds[kind].options | BEV_OPT_CLOSE_ON_FREE;
	struct bufferevent *below;
	struct bufferevent *made;

	if (!kinds[kind].is_on_top)
		return levin_tls_socket_new(base, fd, tls, host, options);
	below = bufferevent_socket_new(base, fd, options);
	ck_assert_ptr_nonnull(below);
	made = levin_tls_filter_new(below, tls, host, options);
	return made;
}

static void
connect_both(int kind, const char *host)
{
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	open_pair(backend, ends);
	watch_end(&client, open_end(kind, ends[0], client_side, host));
	watch_end(&server, open_end(kind, ends[1], server_side, NULL));
	enable_end(&client, EV_READ);
	enable_end(&server, EV_READ);
}

static void
run_until_seen(const struct end *end, short events)
{
	while (!(end->events & events))
		step(base);
}

static void
set_up(int i, int kind, const char *host)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	connect_both(kind, host);
}

static void
set_up_connected(int i, int kind)
{
	set_up(i, kind, "a.example");
	run_until_seen(&client, BEV_EVENT_CONNECTED);
	run_until_seen(&server, BEV_EVENT_CONNECTED);
}

static void
tear_down(void)
{
	if (client.bev)
		free_end(&client);
	if (server.bev)
		free_end(&server);
	event_base_free(base);
}

TEST_EVERYWHERE(levin_tls__talks)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up(_i, kind, "a.example");
		end_write_text(&client, "question");
		end_write_text(&server, "answer");
		while (end_input_size(&client) < 6 || end_input_size(&server) < 8)
			step(base);

		expect_input(&client, "answer");
		expect_input(&server, "question");
		ck_assert_int_eq(client.events, BEV_EVENT_CONNECTED);
		ck_assert_int_eq(client.events_count, 1);
		ck_assert_int_eq(server.events, BEV_EVENT_CONNECTED);
		ck_assert_int_eq(levin_tls_get_facts(client.bev, &facts), 0);
		ck_assert_str_eq(facts.protocol, "TLSv1.3");
		ck_assert_str_eq(facts.peer_subject, "CN=Server");
		ck_assert_int_eq(facts.is_verified, 1);
		ck_assert_int_eq(levin_tls_get_facts(server.bev, &facts), 0);
		ck_assert_str_eq(facts.server_name, "a.example");
		ck_assert_int_eq(facts.is_verified, 0);
		ck_assert_ptr_null(levin_tls_get_reason(client.bev));
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_get_reason__wrong_name)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up(_i, kind, "b.example");
		end_write_text(&client, "a secret");
		run_until_seen(&client, BEV_EVENT_ERROR);
		ck_assert_int_eq(client.events & BEV_EVENT_CONNECTED, 0);
		ck_assert_str_eq(levin_tls_get_reason(client.bev),
		    "wrong name: the certificate of CN=Server is not for \"b.example\"");
		run_until_seen(&server, BEV_EVENT_ERROR);
		ck_assert_str_eq(
		    levin_tls_get_reason(server.bev), "the peer refused our certificate");
		ck_assert_uint_eq(end_input_size(&server), 0);
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_get_reason__the_peer_does_not_speak_tls)
{
	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	watch_end(&client, open_end(0, ends[0], client_side, "a.example"));
	watch_end(&server, bufferevent_socket_new(base, ends[1], BEV_OPT_CLOSE_ON_FREE));
	enable_end(&client, EV_READ);
	end_write_text(&server, "220 a server that speaks something else\r\n");
	run_until_seen(&client, BEV_EVENT_ERROR);

	ck_assert_str_eq(levin_tls_get_reason(client.bev), "the peer does not speak TLS");
	ck_assert_ptr_null(levin_tls_get_reason(server.bev));
	tear_down();
}

TEST_EVERYWHERE(levin_tls_get_reason__the_connection_ends)
{
	static const char *const words[] = {"the peer ended the connection during the handshake",
	    "the peer ended the connection without close_notify"};

	for (int has_connected = 0; has_connected < 2; has_connected++) {
		set_up(_i, 0, "a.example");
		if (has_connected) {
			run_until_seen(&client, BEV_EVENT_CONNECTED);
			run_until_seen(&server, BEV_EVENT_CONNECTED);
		}
		/* The end of what the server sends, without its knowledge. */
		finish(ends[1]);
		run_until_seen(&client, BEV_EVENT_ERROR);
		ck_assert_int_eq(client.events & BEV_EVENT_EOF, 0);
		ck_assert_str_eq(levin_tls_get_reason(client.bev), words[has_connected]);
		tear_down();
	}
}

/* OpenSSL has an entry of the cipher's code before its own. */
TEST_EVERYWHERE(levin_tls_get_reason__a_damaged_record)
{
	char record[5 + 257 + 1] = "\x17\x03\x03\x01\x01";
	struct levin_tls_settings settings = {.newest_protocol = LEVIN_TLS_1_2};

	levin_tls_free(client_side);
	client_side = new_client(settings);
	set_up_connected(_i, 0);
	memset(record + 5, 'x', 257);
	put(ends[1], record);
	run_until_seen(&client, BEV_EVENT_ERROR);
	ck_assert_str_eq(levin_tls_get_reason(client.bev), "decryption failed or bad record mac");
	tear_down();
}

TEST(levin_tls_get_reason__none_if_the_connection_was_refused)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	base = event_base_new();
	watch_end(&client,
	    levin_tls_socket_new(base, -1, client_side, "a.example", BEV_OPT_CLOSE_ON_FREE));
	ck_assert_int_eq(
	    bufferevent_socket_connect(client.bev, (struct sockaddr *)&address, sizeof(address)),
	    0);
	run_until_seen(&client, BEV_EVENT_ERROR);
	ck_assert_ptr_null(levin_tls_get_reason(client.bev));
	free_end(&client);
	event_base_free(base);
}

TEST_EVERYWHERE(levin_tls_socket_new__failure_takes_nothing)
{
	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	keep_log();
	errno = 0;
	ck_assert_ptr_null(
	    levin_tls_socket_new(base, ends[0], client_side, "*.example", BEV_OPT_CLOSE_ON_FREE));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert(was_logged("\"*.example\" is neither a host name nor an address"));
	ck_assert_ptr_null(
	    levin_tls_socket_new(base, ends[0], client_side, NULL, BEV_OPT_CLOSE_ON_FREE));
	ck_assert_ptr_null(levin_tls_socket_new(base, ends[0], client_side, "a.example",
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_UNLOCK_CALLBACKS));
	ck_assert_ptr_null(levin_tls_socket_new(
	    base, ends[0], client_side, "a.example", BEV_OPT_UNLOCK_CALLBACKS));
	put(ends[0], "open");
	ck_assert_int_eq(take(ends[1]), 4);
	event_base_free(base);
	close_pair(ends);
}

TEST(levin_tls_filter_new__needs_a_bufferevent)
{
	keep_log();
	errno = 0;
	ck_assert_ptr_null(levin_tls_filter_new(NULL, client_side, "a.example", 0));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert(was_logged("levin_tls_filter_new: no underlying bufferevent"));
	ck_assert_ptr_null(
	    levin_tls_filter_new(NULL, client_side, "a.example", BEV_OPT_CLOSE_ON_FREE));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 2);
}

TEST_EVERYWHERE(levin_tls_socket_new__without_close_on_free_the_socket_stays)
{
	backend = backend_under_test(_i);
	base = base_on(backend);
	open_pair(backend, ends);
	watch_end(&client, levin_tls_socket_new(base, ends[0], client_side, "a.example", 0));
	watch_end(&server, levin_tls_socket_new(base, ends[1], server_side, NULL, 0));
	run_until_seen(&client, BEV_EVENT_CONNECTED);
	run_until_seen(&server, BEV_EVENT_CONNECTED);
	free_end(&client);
	free_end(&server);
	turns(base, 2);
	take(ends[1]);
	put(ends[0], "plain text");
	ck_assert_int_eq(take(ends[1]), 10);
	event_base_free(base);
	close_pair(ends);
}

TEST_EVERYWHERE(levin_tls_filter_new__tls_inside_of_tls)
{
	struct bufferevent *inner_client, *inner_server;

	set_up_connected(_i, 0);
	inner_client =
	    levin_tls_filter_new(client.bev, client_side, "a.example", BEV_OPT_CLOSE_ON_FREE);
	inner_server = levin_tls_filter_new(server.bev, server_side, NULL, BEV_OPT_CLOSE_ON_FREE);
	memset(&client, 0, sizeof(client));
	memset(&server, 0, sizeof(server));
	watch_end(&client, inner_client);
	watch_end(&server, inner_server);
	enable_end(&server, EV_READ);
	end_write_text(&client, "twice");
	while (end_input_size(&server) < 5)
		step(base);
	expect_input(&server, "twice");
	ck_assert_int_eq(server.events, BEV_EVENT_CONNECTED);
	tear_down();
}

/* ---- Several connections ------------------------------------------------------------------- */

TEST_EVERYWHERE(levin_tls__resumes)
{
	backend = backend_under_test(_i);
	base = base_on(backend);
	for (int i = 0; i < 3; i++) {
		connect_both(0, "a.example");
		run_until_seen(&client, BEV_EVENT_CONNECTED);
		end_write_text(&server, "!");
		while (end_input_size(&client) < 1)
			step(base);
		ck_assert_int_eq(levin_tls_get_facts(client.bev, &facts), 0);
		ck_assert_int_eq(facts.is_resumed, i > 0);
		free_end(&client);
		run_until_seen(&server, BEV_EVENT_EOF);
		free_end(&server);
	}
	event_base_free(base);
}

TEST_EVERYWHERE(levin_tls_reload__connections_under_way_go_on)
{
	struct certificate *newer = certificate_new(&(struct certificate_recipe){
	    .name = "Newer", .issuer = issuer, .valid_for = "DNS:a.example"});
	struct levin_tls_certificate text = text_of(newer);
	struct levin_tls_settings settings = {.certificates = &text, .certificate_count = 1};
	struct end early_client, early_server;

	set_up_connected(_i, 0);
	early_client = client;
	early_server = server;
	bufferevent_setcb(early_client.bev, NULL, NULL, NULL, NULL);
	bufferevent_setcb(early_server.bev, NULL, NULL, NULL, NULL);
	ck_assert_int_eq(levin_tls_reload(server_side, &settings, NULL, 0), 0);
	connect_both(0, "a.example");
	run_until_seen(&client, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(levin_tls_get_facts(client.bev, &facts), 0);
	ck_assert_str_eq(facts.peer_subject, "CN=Newer");

	levin_tls_free(server_side);
	server_side = NULL;
	end_write_text(&early_client, "still here");
	while (end_input_size(&early_server) < 10)
		step(base);
	free_end(&early_client);
	free_end(&early_server);
	tear_down();
	certificate_free(newer);
}

TEST_EVERYWHERE(levin_tls_dangerously_skip_verification__talks_to_everybody)
{
	ck_assert_int_eq(levin_tls_dangerously_skip_verification(client_side), 0);
	set_up(_i, 0, "b.example");
	run_until_seen(&client, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(levin_tls_get_facts(client.bev, &facts), 0);
	ck_assert_int_eq(facts.is_verified, 0);
	tear_down();
}

/* ---- Ends ---------------------------------------------------------------------------------- */

static struct {
	int calls;
	enum levin_tls_ending ending;
	struct bufferevent *bev;
	bool frees;
} shut;

static void
on_shut_down(struct bufferevent *bev, enum levin_tls_ending ending, void *arg)
{
	struct end *end = arg;

	shut.calls++;
	shut.ending = ending;
	shut.bev = bev;
	if (shut.frees)
		free_end(end);
}

static void
shut_down(struct end *end)
{
	memset(&shut, 0, sizeof(shut));
	ck_assert_int_eq(levin_tls_shutdown(end->bev, on_shut_down, end), 0);
	ck_assert_int_eq(shut.calls, 0);
}

static void
run_until_shut_down(void)
{
	while (shut.calls == 0)
		step(base);
}

static void
free_at_eof(struct end *end, short what)
{
	if (what & BEV_EVENT_EOF)
		free_end(end);
}

TEST_EVERYWHERE(levin_tls_shutdown__everything_has_arrived)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up_connected(_i, kind);
		write_bytes(client.bev, 1000000);
		shut_down(&client);
		while (!(server.events & BEV_EVENT_EOF))
			step(base);
		ck_assert_uint_eq(end_input_size(&server), 1000000);
		ck_assert_int_eq(shut.calls, 0);
		/* It can still be answered, but nobody reads that any more. */
		end_write_text(&server, "too late");
		turns(base, 3);
		free_end(&server);
		run_until_shut_down();
		ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_CLEAN);
		ck_assert_ptr_eq(shut.bev, client.bev);
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_shutdown__of_both_sides)
{
	set_up_connected(_i, 0);
	shut_down(&client);
	ck_assert_int_eq(levin_tls_shutdown(server.bev, on_shut_down, &server), 0);
	while (shut.calls < 2)
		step(base);
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_CLEAN);
	tear_down();
}

TEST_EVERYWHERE(levin_tls_shutdown__after_the_peer_has_ended)
{
	set_up_connected(_i, 0);
	shut_down(&client);
	run_until_seen(&server, BEV_EVENT_EOF);
	write_bytes(server.bev, 100000);
	ck_assert_int_eq(levin_tls_shutdown(server.bev, on_shut_down, &server), 0);
	while (shut.calls < 2)
		step(base);
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_CLEAN);
	tear_down();
}

TEST_EVERYWHERE(levin_tls_shutdown__freed_in_the_callback)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up_connected(_i, kind);
		server.on_event = free_at_eof;
		shut_down(&client);
		shut.frees = true;
		run_until_shut_down();
		ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_CLEAN);
		turns(base, 3);
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_shutdown__freed_meanwhile)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up_connected(_i, kind);
		shut_down(&client);
		free_end(&client);
		run_until_seen(&server, BEV_EVENT_EOF);
		ck_assert_int_eq(shut.calls, 0);
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_shutdown__the_peer_does_nothing)
{
	set_up_connected(_i, 0);
	bufferevent_disable(client.bev, EV_READ);
	shut_down(&server);
	run_until_shut_down();
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_TIMEOUT);
	tear_down();
}

TEST_EVERYWHERE(levin_tls_shutdown__the_peer_does_not_take_the_output)
{
	set_up_connected(_i, 0);
	bufferevent_disable(client.bev, EV_READ);
	write_bytes(server.bev, 10000000);
	shut_down(&server);
	run_until_shut_down();
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_TIMEOUT);
	tear_down();
}

static void
go_on_sending(struct end *end)
{
	end_write_text(end, "more");
}

/* No time passes in a simulation while there is something to do. */
TEST_ON_BACKENDS(levin_tls_shutdown__the_peer_goes_on_sending)
{
	set_up_connected(_i, 0);
	client.on_write = go_on_sending;
	end_write_text(&client, "more");
	shut_down(&server);
	run_until_shut_down();
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_TIMEOUT);
	client.on_write = NULL;
	tear_down();
}

TEST_EVERYWHERE(levin_tls_shutdown__the_peer_closes_without_close_notify)
{
	set_up_connected(_i, 0);
	bufferevent_disable(client.bev, EV_READ);
	shut_down(&server);
	finish(ends[0]);
	run_until_shut_down();
	ck_assert_int_eq(shut.ending, LEVIN_TLS_ENDING_TRUNCATED);
	tear_down();
}

TEST_EVERYWHERE(levin_tls_shutdown__refusals)
{
	struct bufferevent *plain;

	set_up(_i, 0, "a.example");
	errno = 0;
	ck_assert_int_eq(levin_tls_shutdown(client.bev, on_shut_down, NULL), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	ck_assert_int_eq(levin_tls_get_facts(client.bev, &facts), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	run_until_seen(&client, BEV_EVENT_CONNECTED);
	ck_assert_int_eq(levin_tls_shutdown(client.bev, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	shut_down(&client);
	ck_assert_int_eq(levin_tls_shutdown(client.bev, on_shut_down, NULL), -1);
	ck_assert_int_eq(errno, EALREADY);
	plain = bufferevent_socket_new(base, -1, 0);
	ck_assert_int_eq(levin_tls_shutdown(plain, on_shut_down, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_tls_get_facts(plain, &facts), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(levin_tls_get_reason(plain));
	bufferevent_free(plain);
	tear_down();
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_more_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST_EVERYWHERE(levin_tls_shutdown__without_memory_fails_or_calls_back)
{
	for (int kind = 0; kind < KINDS; kind++) {
		int rc;

		set_up_connected(_i, kind);
		server.on_event = free_at_eof;
		memset(&shut, 0, sizeof(shut));
		event_set_mem_functions(no_memory, no_more_memory, free);
		errno = 0;
		rc = levin_tls_shutdown(client.bev, on_shut_down, &client);
		event_set_mem_functions(NULL, NULL, NULL);
		if (rc < 0)
			ck_assert_int_eq(errno, ENOMEM);
		else
			run_until_shut_down();
		tear_down();
	}
}

TEST_EVERYWHERE(levin_tls_shutdown__refuses_a_connection_that_has_failed)
{
	set_up_connected(_i, 0);
	finish(ends[1]);
	run_until_seen(&client, BEV_EVENT_ERROR);
	errno = 0;
	ck_assert_int_eq(levin_tls_shutdown(client.bev, on_shut_down, NULL), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	tear_down();
}

TEST_EVERYWHERE(bufferevent_free__of_tls_sends_close_notify)
{
	for (int kind = 0; kind < KINDS; kind++) {
		set_up_connected(_i, kind);
		free_end(&client);
		run_until_seen(&server, BEV_EVENT_EOF | BEV_EVENT_ERROR);
		ck_assert_int_eq(server.events & (BEV_EVENT_EOF | BEV_EVENT_ERROR), BEV_EVENT_EOF);
		tear_down();
	}
}

TEST_EVERYWHERE(bufferevent_free__of_tls_sends_close_notify_without_close_on_free)
{
	for (int is_on_top = 0; is_on_top <= 1; is_on_top++) {
		struct bufferevent *below = NULL;

		backend = backend_under_test(_i);
		base = base_on(backend);
		memset(&client, 0, sizeof(client));
		memset(&server, 0, sizeof(server));
		open_pair(backend, ends);
		if (is_on_top)
			below = bufferevent_socket_new(base, ends[0], 0);
		watch_end(&client,
		    is_on_top ? levin_tls_filter_new(below, client_side, "a.example", 0)
			      : levin_tls_socket_new(base, ends[0], client_side, "a.example", 0));
		watch_end(&server, open_end(0, ends[1], server_side, NULL));
		enable_end(&client, EV_READ);
		enable_end(&server, EV_READ);
		run_until_seen(&client, BEV_EVENT_CONNECTED);
		run_until_seen(&server, BEV_EVENT_CONNECTED);
		free_end(&client);
		run_until_seen(&server, BEV_EVENT_EOF | BEV_EVENT_ERROR);
		ck_assert_int_eq(server.events & (BEV_EVENT_EOF | BEV_EVENT_ERROR), BEV_EVENT_EOF);
		if (below)
			bufferevent_free(below);
		tear_down();
		evutil_closesocket(ends[0]);
	}
}
