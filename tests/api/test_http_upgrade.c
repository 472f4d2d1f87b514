/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * levin_http_request_take_stream: servers whose programs take the stream of a request over.
 */
#include <levin/http.h>

#include "support/http_kit.h"

#define UPGRADE_FIELDS "Connection: Upgrade\r\nUpgrade: echo\r\n"
#define UPGRADE        "GET /up HTTP/1.1\r\n" UPGRADE_FIELDS HOST
#define SWITCHING      "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE_FIELDS "\r\n"

static struct bufferevent *taken;
static enum { NOTHING, REQUEST, CONNECTION, SERVER } to_free;

static void
on_echo_readable(struct bufferevent *bev, void *arg)
{
	(void)arg;
	ck_assert_int_eq(bufferevent_write_buffer(bev, bufferevent_get_input(bev)), 0);
}

static void
on_echo_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)arg;
	spell_text(what & BEV_EVENT_EOF ? "eof" : "error");
}

static void
take_stream(struct evhttp_request *request, const char *response)
{
	taken = levin_http_request_take_stream(request);
	ck_assert_ptr_nonnull(taken);
	bufferevent_setcb(taken, on_echo_readable, NULL, on_echo_event, NULL);
	ck_assert_int_eq(bufferevent_write(taken, response, strlen(response)), 0);
	on_echo_readable(taken, NULL);
}

static void
on_upgrade(struct evhttp_request *request, void *arg)
{
	(void)arg;
	take_stream(request, SWITCHING);
}

static void
on_any(struct evhttp_request *request, void *arg)
{
	(void)arg;
	if (evhttp_request_get_command(request) == EVHTTP_REQ_CONNECT) {
		spell_text(evhttp_request_get_host(request));
		take_stream(request, "HTTP/1.1 200 OK\r\n\r\n");
	} else {
		say_hello(request, NULL);
	}
}

static void
start_upgrading(int i)
{
	taken = NULL;
	to_free = NOTHING;
	start(i);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_CONNECT);
	evhttp_set_gencb(http, on_any, NULL);
	ck_assert_int_eq(evhttp_set_cb(http, "/up", on_upgrade, NULL), 0);
	ck_assert_int_eq(evhttp_set_cb(http, "/keep", keep, NULL), 0);
	connect_client(&client);
}

static void
stop_upgrading(void)
{
	if (taken)
		bufferevent_free(taken);
	stop();
}

TEST_HTTP(take_stream__in_the_callback)
{
	start_upgrading(_i);
	ask(&client, UPGRADE);
	expect(&client, SWITCHING);
	ask(&client, "GET / HTTP/1.1\r\n\r\n");
	expect(&client, "GET / HTTP/1.1\r\n\r\n");
	stop_upgrading();
}

TEST_HTTP(take_stream__bytes_behind_the_request_are_in_the_input)
{
	start_upgrading(_i);
	ask(&client, UPGRADE "at once");
	expect(&client, SWITCHING "at once");
	stop_upgrading();
}

TEST_HTTP(take_stream__earlier_replies_go_first)
{
	start_upgrading(_i);
	ask(&client, GET("/") GET("/") UPGRADE "x");
	expect(&client, HELLO HELLO SWITCHING "x");
	stop_upgrading();
}

TEST_HTTP(take_stream__connect_reaches_the_general_callback)
{
	start_upgrading(_i);
	ask(&client, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\nhello");
	expect(&client, "HTTP/1.1 200 OK\r\n\r\nhello");
	expect_spelled("example.org");
	stop_upgrading();
}

TEST_HTTP(take_stream__request_with_a_body)
{
	start_upgrading(_i);
	ask(&client, "POST /up HTTP/1.1\r\n" UPGRADE_FIELDS "Content-Length: 3\r\n" HOST "abcdef");
	expect(&client, SWITCHING "def");
	stop_upgrading();
}

TEST_HTTP(take_stream__after_the_callback)
{
	start_upgrading(_i);
	ask(&client, GET("/keep") "x");
	expect_spelled("kept");
	some_turns();
	take_stream(kept, SWITCHING);
	expect_spelled("closed");
	expect(&client, SWITCHING "x");
	stop_upgrading();
}

/* Reading is off then, because so much waits. */
TEST_HTTP(take_stream__much_was_sent_before)
{
	enum { SIZE = 300000 };
	char *much = calloc(1, SIZE + 1);

	ck_assert_ptr_nonnull(much);
	memset(much, 'm', SIZE);
	start_upgrading(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	for (size_t at = 0; at < SIZE; at += 10000) {
		char part[10001];

		snprintf(part, sizeof(part), "%s", much + at);
		part[10000] = '\0';
		ask(&client, part);
		ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
		if (at == 100000) {
			take_stream(kept, SWITCHING);
			expect_spelled("closed");
		}
	}
	expect(&client, SWITCHING);
	expect(&client, much);
	stop_upgrading();
	free(much);
}

TEST_HTTP(take_stream__peer_has_finished)
{
	start_upgrading(_i);
	ask(&client, GET("/keep") "x");
	finish(client.fd);
	expect_spelled("kept");
	some_turns();
	take_stream(kept, SWITCHING);
	expect_spelled("closedeof");
	expect(&client, SWITCHING "x");
	stop_upgrading();
}

TEST_HTTP(take_stream__connection_is_counted_no_more)
{
	start_upgrading(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(evhttp_get_connection_count(http), 1);
	take_stream(kept, SWITCHING);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	expect_spelled("closed");
	evhttp_free(http);
	http = NULL;
	expect(&client, SWITCHING);
	ask(&client, "still there");
	expect(&client, "still there");
	stop_upgrading();
}

/* The timeout of the server is over. */
TEST_HTTP_SIM(take_stream__no_timeout)
{
	start_upgrading(_i);
	evhttp_set_timeout(http, 5);
	ask(&client, UPGRADE);
	expect(&client, SWITCHING);
	run_for_s(100);
	ask(&client, "x");
	expect(&client, "x");
	ck_assert_str_eq(spelled(), "");
	stop_upgrading();
}

TEST_HTTP(take_stream__owned_request_stays)
{
	start_upgrading(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_request_own(kept);
	take_stream(kept, SWITCHING);
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	ck_assert_str_eq(evhttp_request_get_uri(kept), "/keep");
	evhttp_request_free(kept);
	expect(&client, SWITCHING);
	(void)spelled();
	stop_upgrading();
}

/* ---- Frees ---- */

static void
free_in_close(struct evhttp_connection *connection, void *arg)
{
	(void)arg;
	ck_assert_ptr_null(evhttp_connection_get_bufferevent(connection));
	spell_text("closed");
	if (to_free == REQUEST)
		evhttp_request_free(kept);
	if (to_free == CONNECTION)
		evhttp_connection_free(connection);
	if (to_free == SERVER) {
		evhttp_free(http);
		http = NULL;
	}
}

static void
take_and_free(struct evhttp_request *request, void *arg)
{
	(void)arg;
	kept = request;
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), free_in_close, NULL);
	take_stream(request, SWITCHING);
}

TEST_RANGE(take_stream__frees_in_the_close_callback, 0, 8)
{
	bool is_later = _i & 4;

	start_upgrading(1);
	to_free = _i % 4;
	ck_assert_int_eq(evhttp_set_cb(http, "/free", is_later ? keep : take_and_free, NULL), 0);
	ask(&client, GET("/") GET("/free") "x");
	if (is_later) {
		expect_spelled("kept");
		take_and_free(kept, NULL);
	}
	expect_spelled("closed");
	expect(&client, HELLO SWITCHING "x");
	stop_upgrading();
}

static void
take_and_close(struct evhttp_request *request, void *arg)
{
	(void)arg;
	bufferevent_free(levin_http_request_take_stream(request));
}

TEST_HTTP(take_stream__freed_in_the_callback)
{
	start_upgrading(_i);
	ck_assert_int_eq(evhttp_set_cb(http, "/close", take_and_close, NULL), 0);
	ask(&client, GET("/close"));
	expect_closed(&client);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	stop_upgrading();
}

/* ---- Bad use ---- */

static void
expect_refusal(struct evhttp_request *request, const char *why)
{
	keep_log();
	ck_assert_ptr_null(levin_http_request_take_stream(request));
	ck_assert_msg(was_logged(why), "no line says \"%s\"", why);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
}

static int
take_in_headers(struct evhttp_request *request, void *arg)
{
	(void)arg;
	expect_refusal(request, "body of the request has not been read");
	return 0;
}

static int
on_new(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_header_cb(request, take_in_headers);
	expect_refusal(request, "body of the request has not been read");
	return 0;
}

static void
take_amid_reply(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_send_reply_start(request, 200, NULL);
	expect_refusal(request, "the reply has begun already");
	evhttp_send_reply_end(request);
	expect_refusal(request, "no reply to this request is owed");
}

TEST_HTTP(take_stream__refusals)
{
	start_upgrading(_i);
	evhttp_set_newreqcb(http, on_new, NULL);
	ck_assert_int_eq(evhttp_set_cb(http, "/amid", take_amid_reply, NULL), 0);
	expect_refusal(NULL, "the request is NULL");
	ask(&client, GET("/amid"));
	expect(&client, CHUNKED_HEAD "0\r\n\r\n");
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	reset_client(&client);
	expect_spelled("closed");
	expect_refusal(kept, "the connection of the request has ended");
	evhttp_send_reply(kept, 200, NULL, NULL);
	stop_upgrading();
}
