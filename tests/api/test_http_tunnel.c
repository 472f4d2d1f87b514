/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * levin_http_connection_take_stream: clients whose programs take the stream over behind a 101 or
 * a successful CONNECT.
 */
#include <levin/http.h>

#include "support/http_peer_kit.h"

#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"

static struct bufferevent *taken;

static void
on_input(struct bufferevent *bev, void *arg)
{
	char text[100] = "";

	(void)arg;
	ck_assert_int_ge(evbuffer_remove(bufferevent_get_input(bev), text, sizeof(text) - 1), 0);
	spell_text("<");
	spell_text(text);
	spell_text(">");
}

static void
take_it(void)
{
	taken = levin_http_connection_take_stream(connection);
	ck_assert_ptr_nonnull(taken);
	bufferevent_setcb(taken, on_input, NULL, NULL, NULL);
	on_input(taken, NULL);
}

static void
take_in_callback(struct evhttp_request *request, void *arg)
{
	ck_assert_ptr_nonnull(request);
	on_done(request, arg);
	take_it();
}

static void
send_request(enum evhttp_cmd_type type, const char *target)
{
	struct evhttp_request *request = evhttp_request_new(take_in_callback, word("a"));

	ck_assert_ptr_nonnull(request);
	ck_assert_int_eq(evhttp_make_request(connection, request, type, target), 0);
}

static void
stop_tunnel(void)
{
	if (taken)
		bufferevent_free(taken);
	taken = NULL;
	stop();
}

TEST_HTTP(take_stream__behind_101)
{
	start(_i);
	peer.replies[0] = SWITCHING "behind";
	peer.replies[1] = "more";
	send_request(EVHTTP_REQ_GET, "/");
	expect_spelled("a:101[] closed <behind>");
	ck_assert_int_eq(bufferevent_write(taken, "x", 1), 0);
	expect_spelled("<more>");
	stop_tunnel();
}

TEST_HTTP(take_stream__behind_connect)
{
	start(_i);
	peer.replies[0] = "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nbytes";
	send_request(EVHTTP_REQ_CONNECT, "example.org:443");
	expect_spelled("a:200[] closed <bytes>");
	stop_tunnel();
}

TEST_HTTP(take_stream__after_the_callback)
{
	start(_i);
	peer.replies[0] = SWITCHING "behind";
	get("a");
	expect_spelled("a:101[] ");
	take_it();
	expect_spelled("closed <behind>");
	stop_tunnel();
}

TEST_HTTP(take_stream__next_request_connects_anew)
{
	start(_i);
	peer.replies[0] = SWITCHING;
	peer.replies[1] = OK_BODY;
	peer.replies[2] = "still open";
	send_request(EVHTTP_REQ_GET, "/");
	get("b");
	expect_spelled("a:101[] closed <>b:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	ck_assert_int_eq(bufferevent_write(taken, "x", 1), 0);
	expect_spelled("<still open>");
	stop_tunnel();
}

TEST_HTTP(take_stream__connection_frees_itself)
{
	start(_i);
	evhttp_connection_free_on_completion(connection);
	peer.replies[0] = SWITCHING;
	peer.replies[1] = "still open";
	send_request(EVHTTP_REQ_GET, "/");
	expect_spelled("a:101[] closed <>");
	connection = NULL;
	ck_assert_int_eq(bufferevent_write(taken, "x", 1), 0);
	expect_spelled("<still open>");
	stop_tunnel();
}

TEST_HTTP_SIM(take_stream__no_timeout)
{
	start(_i);
	evhttp_connection_set_timeout(connection, 5);
	peer.replies[0] = SWITCHING;
	peer.replies[1] = "late";
	send_request(EVHTTP_REQ_GET, "/");
	expect_spelled("a:101[] closed <>");
	ck_assert_int_eq(event_base_loopexit(base, MS(100000)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_int_eq(bufferevent_write(taken, "x", 1), 0);
	expect_spelled("<late>");
	stop_tunnel();
}

static void
free_in_close(struct evhttp_connection *closed, void *arg)
{
	(void)arg;
	spell_text("freed ");
	evhttp_connection_free(closed);
	connection = NULL;
}

/* In the callback of the request, and later. */
TEST_RANGE(take_stream__connection_freed_in_the_close_callback, 0, 2)
{
	start(1);
	evhttp_connection_set_closecb(connection, free_in_close, NULL);
	peer.replies[0] = SWITCHING "behind";
	if (_i == 0) {
		send_request(EVHTTP_REQ_GET, "/");
	} else {
		get("a");
		expect_spelled("a:101[] ");
		take_it();
	}
	expect_spelled(_i == 0 ? "a:101[] freed <behind>" : "freed <behind>");
	stop_tunnel();
}

static void
expect_refusal(struct evhttp_connection *of, const char *why)
{
	keep_log();
	ck_assert_ptr_null(levin_http_connection_take_stream(of));
	ck_assert_msg(was_logged(why), "no line says \"%s\"", why);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
}

TEST_HTTP(take_stream__refusals)
{
	start(_i);
	peer.replies[0] = OK_BODY;
	peer.replies[1] = SWITCHING;
	expect_refusal(NULL, "the connection is NULL");
	expect_refusal(connection, "the connection is no tunnel");
	get("a");
	expect_refusal(connection, "the connection is no tunnel");
	expect_spelled("a:200[abc] ");
	expect_refusal(connection, "the connection is no tunnel");
	send_request(EVHTTP_REQ_GET, "/");
	expect_spelled("a:101[] closed <>");
	expect_refusal(connection, "the connection is no tunnel");
	stop_tunnel();
}
