/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event2/ws.h: servers as libevent 2.2 has them.
 */
#include <event2/ws.h>

#include "support/ws_kit.h"

static struct evws_connection *evws;
static bool frees_in_close;

static void
on_evws_message(
    struct evws_connection *connection, int type, const unsigned char *data, size_t size, void *arg)
{
	ck_assert_ptr_eq(connection, evws);
	spell_text(arg);
	spell_text(type == WS_TEXT_FRAME ? "text:" : "binary:");
	ck_assert_uint_lt(size, 30);
	ck_assert_int_eq(data[size], '\0');
	spell_text((const char *)data);
	spell_text(" ");
}

static void
on_evws_close(struct evws_connection *connection, void *arg)
{
	ck_assert_ptr_eq(connection, evws);
	ck_assert_ptr_nonnull(evws_connection_get_bufferevent(connection));
	spell_text(arg);
	if (frees_in_close)
		evws_connection_free(connection);
	evws = NULL;
}

static void
accept_evws(struct evhttp_request *request, void *arg)
{
	evws = evws_new_session(request, on_evws_message, word("m-"), BEV_OPT_CLOSE_ON_FREE);
	if (evws)
		evws_connection_set_closecb(evws, on_evws_close, word("closed "));
	else
		spell_text(arg);
}

static void
start_evws(int i)
{
	frees_in_close = false;
	start_ws(i);
	evhttp_set_gencb(http, accept_evws, word("refused "));
}

static void
stop_evws(void)
{
	evws_connection_free(evws);
	stop_ws();
}

static void
connect_evws(void)
{
	connect_ws();
	expect_spelled("c+ ");
	ck_assert_ptr_nonnull(evws);
}

TEST_HTTP(evws_new_session__messages_in_both_directions)
{
	start_evws(_i);
	connect_evws();
	ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_TEXT, "hello", 5), 0);
	ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_BINARY, "bytes", 5), 0);
	expect_spelled("m-text:hello m-binary:bytes ");
	evws_send_text(evws, "back");
	evws_send_binary(evws, "bytes and more", 5);
	expect_spelled("c:back c=bytes ");
	stop_evws();
}

TEST_HTTP(evws_new_session__frames_on_the_wire)
{
	start_evws(_i);
	connect_client(&client);
	ask(&client, WS_REQUEST "\r\n");
	expect(&client, WS_RESPONSE "\r\n");
	evws_send_text(evws, "hello");
	expect(&client, "\x81\x05hello");
	ASK_FRAME(0x89, "ping");
	expect(&client, "\x8a\x04ping");
	evws_close(evws, WS_CR_NORMAL);
	expect(&client, "\x88\x02\x03\xe8");
	ASK_FRAME(0x88, "\x03\xe8");
	expect_closed(&client);
	expect_spelled("closed ");
	stop_evws();
}

TEST_HTTP(evws_new_session__refused_request)
{
	start_evws(_i);
	connect_client(&client);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 426 Upgrade Required\r\n");
	expect_spelled("refused ");
	stop_evws();
}

TEST_HTTP(evws_new_session__no_reply_is_owed)
{
	start_evws(_i);
	keep_log();
	ck_assert_ptr_null(evws_new_session(NULL, on_evws_message, NULL, 0));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	stop_evws();
}

TEST_HTTP(evws_close__codes)
{
	static const struct {
		uint16_t reason;
		const char *spelled;
	} cases[] = {{WS_CR_NONE, "c-1005 "}, {WS_CR_NORMAL, "c-1000 "},
	    {WS_CR_PROTO_ERR, "c-1002 "}, {WS_CR_DATA_TOO_BIG, "c-1009 "}, {4999, "c-4999 "}};

	start_evws(_i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		connect_evws();
		evws_close(evws, cases[i].reason);
		evws_close(evws, cases[i].reason);
		expect_spelled("closed ");
		while (mine.ws)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_str_eq(spelled(), cases[i].spelled);
	}
	stop_evws();
}

TEST_HTTP(evws_close__code_that_must_not_be_sent)
{
	start_evws(_i);
	connect_evws();
	keep_log();
	evws_close(evws, 1006);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	expect_spelled("closed c-1005 ");
	stop_evws();
}

/* The peer leaves, orderly or not: fault 4 of docs/internals/ws-faults.md. */
TEST_RANGE(evws__close_callback_when_the_peer_leaves, 0, 8)
{
	start_evws(_i & 1);
	frees_in_close = _i & 2;
	connect_client(&client);
	ask(&client, WS_REQUEST "\r\n");
	expect(&client, WS_RESPONSE "\r\n");
	if (_i & 4)
		reset_client(&client);
	else
		close_client(&client);
	expect_spelled("closed ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	stop_evws();
}

TEST_HTTP(evws_connection_free__calls_the_close_callback)
{
	start_evws(_i);
	frees_in_close = true;
	connect_evws();
	evws_connection_free(evws);
	ck_assert_str_eq(spelled(), "closed ");
	expect_spelled("c-1006 ");
	evws_connection_free(NULL);
	stop_evws();
}

static void
free_in_message(
    struct evws_connection *connection, int type, const unsigned char *data, size_t size, void *arg)
{
	on_evws_message(connection, type, data, size, arg);
	evws_connection_free(connection);
	ck_assert_int_eq(data[size], '\0');
}

static void
accept_freeing(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evws = evws_new_session(request, free_in_message, word("m-"), 0);
	evws_connection_set_closecb(evws, on_evws_close, word("closed "));
}

TEST_HTTP(evws_connection_free__in_the_message_callback)
{
	start_evws(_i);
	evhttp_set_gencb(http, accept_freeing, NULL);
	connect_evws();
	ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_TEXT, "one", 3), 0);
	ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_TEXT, "two", 3), 0);
	expect_spelled("m-text:one closed c-1006 ");
	stop_evws();
}

TEST_HTTP(evws_send_text__that_is_not_utf8)
{
	start_evws(_i);
	connect_evws();
	keep_log();
	evws_send_text(evws, "\xff");
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	evws_close(evws, WS_CR_NORMAL);
	evws_send_text(evws, "late");
	evws_send_binary(evws, "late", 4);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 3);
	expect_spelled("closed c-1000 ");
	stop_evws();
}
