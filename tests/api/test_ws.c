/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * levin/ws.h: sessions of both sides.  tests/ws/ has what peers may send.
 */
#include "support/ws_kit.h"

static int
send_text(struct levin_ws *ws, const char *text)
{
	return levin_ws_send(ws, LEVIN_WS_TEXT, text, strlen(text));
}

/* ---- Messages ---- */

TEST_HTTP(levin_ws_send__both_directions)
{
	struct levin_ws_statistics stats;

	start_ws(_i);
	open_both();
	ck_assert_int_eq(send_text(mine.ws, "hello"), 0);
	ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_BINARY, "bytes", 5), 0);
	expect_spelled("s:hello s=bytes ");
	ck_assert_int_eq(send_text(theirs.ws, "back"), 0);
	ck_assert_int_eq(send_text(theirs.ws, ""), 0);
	expect_spelled("c:back c: ");
	levin_ws_get_statistics(mine.ws, &stats);
	ck_assert_uint_eq(stats.messages_sent, 2);
	ck_assert_uint_eq(stats.bytes_sent, 10);
	ck_assert_uint_eq(stats.messages_received, 2);
	ck_assert_uint_eq(stats.bytes_received, 4);
	ck_assert_uint_eq(stats.queued, 0);
	stop_ws();
}

static char patterned[5000000];

static void
compare_with_pattern(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)ws;
	ck_assert_int_eq(type, arg == &theirs ? LEVIN_WS_TEXT : LEVIN_WS_BINARY);
	ck_assert_mem_eq(data, patterned, size);
	spell_event(arg, ":", data, size > 30 ? size : 0);
}

/* In both directions, around the sizes where heads become longer. */
TEST_HTTP(levin_ws_send__sizes)
{
	static const size_t sizes[] = {125, 126, 127, 4095, 65535, 65536, 65537, 1000000, 5000000};

	for (size_t i = 0; i < sizeof(patterned); i++)
		patterned[i] = (char)('a' + i % 26);
	start_ws(_i);
	theirs.callbacks.on_message = mine.callbacks.on_message = compare_with_pattern;
	theirs.callbacks.on_writable = mine.callbacks.on_writable = NULL;
	open_both();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char expected[32];

		ck_assert_int_ge(levin_ws_send(mine.ws, LEVIN_WS_TEXT, patterned, sizes[i]), 0);
		snprintf(expected, sizeof(expected), "s:#%u ", (unsigned)sizes[i]);
		expect_spelled(expected);
		ck_assert_int_ge(levin_ws_send(theirs.ws, LEVIN_WS_BINARY, patterned, sizes[i]), 0);
		expected[0] = 'c';
		expect_spelled(expected);
	}
	stop_ws();
}

TEST_HTTP(levin_ws_send_piece__one_message)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "a\xc3", 2, 0), 0);
	ck_assert_int_eq(levin_ws_ping(mine.ws, "p", 1), 0);
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT,
			     "\xa4"
			     "b",
			     2, 0),
	    0);
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "", 0, 1), 0);
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_BINARY, "x", 1, 1), 0);
	expect_spelled("s?p s:a\xc3\xa4"
		       "b s=x c!p ");
	stop_ws();
}

static struct evbuffer *
buffer_of(const char *text)
{
	struct evbuffer *buffer = evbuffer_new();

	ck_assert_ptr_nonnull(buffer);
	ck_assert_int_eq(evbuffer_add(buffer, text, strlen(text)), 0);
	return buffer;
}

TEST_HTTP(levin_ws_send_buffer__is_empty_afterwards)
{
	struct evbuffer *buffer = buffer_of("text");

	start_ws(_i);
	open_both();
	for (int i = 0; i < 2; i++) {
		struct levin_ws *ws = i == 0 ? mine.ws : theirs.ws;

		ck_assert_int_eq(levin_ws_send_buffer(ws, LEVIN_WS_TEXT, buffer), 0);
		ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
		ck_assert_int_eq(levin_ws_send_buffer(ws, LEVIN_WS_BINARY, buffer), 0);
		ck_assert_int_eq(evbuffer_add(buffer, "bytes", 5), 0);
		ck_assert_int_eq(levin_ws_send_buffer(ws, LEVIN_WS_BINARY, buffer), 0);
		ck_assert_uint_eq(evbuffer_get_length(buffer), 0);
		expect_spelled(i == 0 ? "s:text s= s=bytes " : "c:text c= c=bytes ");
		ck_assert_int_eq(evbuffer_add(buffer, "text", 4), 0);
	}
	ck_assert_int_eq(evbuffer_add(buffer, "\xff", 1), 0);
	ck_assert_int_eq(levin_ws_send_buffer(mine.ws, LEVIN_WS_TEXT, buffer), -1);
	ck_assert_int_eq(errno, EILSEQ);
	ck_assert_uint_eq(evbuffer_get_length(buffer), 5);
	evbuffer_free(buffer);
	stop_ws();
}

static void
on_piece(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, int is_last,
    void *arg)
{
	(void)ws;
	(void)type;
	spell_event(arg, is_last ? "." : ",", data, size);
}

TEST_HTTP(on_piece__pieces_as_they_come)
{
	start_ws(_i);
	theirs.callbacks.on_piece = on_piece;
	open_both();
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "ab", 2, 0), 0);
	expect_spelled("s,ab ");
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "cd", 2, 0), 0);
	expect_spelled("s,cd ");
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "", 0, 1), 0);
	expect_spelled("s. ");
	ck_assert_int_eq(send_text(mine.ws, "whole"), 0);
	expect_spelled("s.whole ");
	stop_ws();
}

TEST_HTTP(levin_ws_ping__pong_comes_back)
{
	struct levin_ws_statistics stats;
	char data[126] = "";

	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_ping(theirs.ws, "one", 3), 0);
	ck_assert_int_eq(levin_ws_ping(theirs.ws, NULL, 0), 0);
	expect_spelled("c?one c? s!one s! ");
	memset(data, 'x', 125);
	ck_assert_int_eq(levin_ws_ping(mine.ws, data, 125), 0);
	expect_spelled("s?#125 c!#125 ");
	levin_ws_get_statistics(theirs.ws, &stats);
	ck_assert_uint_eq(stats.pings_sent, 2);
	ck_assert_uint_eq(stats.pongs_received, 2);
	ck_assert_uint_eq(stats.pings_received, 1);
	stop_ws();
}

/* ---- What cannot be sent ---- */

static void
expect_error(int rc, int error)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(errno, error);
	errno = 0;
}

TEST_HTTP(levin_ws_send__refusals)
{
	start_ws(_i);
	connect_ws();
	expect_error(send_text(mine.ws, "early"), ENOTCONN);
	expect_error(levin_ws_ping(mine.ws, NULL, 0), ENOTCONN);
	expect_error(levin_ws_close(mine.ws, LEVIN_WS_NORMAL, NULL), ENOTCONN);
	expect_spelled("c+ ");
	expect_error(send_text(mine.ws, "\xff"), EILSEQ);
	expect_error(send_text(mine.ws, "\xc3"), EILSEQ);
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "\xc3", 1, 0), 0);
	expect_error(send_text(mine.ws, "x"), EBUSY);
	expect_error(levin_ws_send_piece(mine.ws, LEVIN_WS_BINARY, "x", 1, 1), EBUSY);
	expect_error(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "x", 1, 1), EILSEQ);
	expect_error(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "", 0, 1), EILSEQ);
	ck_assert_int_eq(levin_ws_send_piece(mine.ws, LEVIN_WS_TEXT, "\xa4", 1, 1), 0);
	expect_spelled("s:\xc3\xa4 ");
	ck_assert_int_eq(levin_ws_close(mine.ws, LEVIN_WS_NORMAL, NULL), 0);
	expect_error(send_text(mine.ws, "late"), ENOTCONN);
	expect_error(levin_ws_ping(mine.ws, NULL, 0), ENOTCONN);
	expect_error(levin_ws_close(mine.ws, LEVIN_WS_NORMAL, NULL), ENOTCONN);
	stop_ws();
}

TEST_HTTP(levin_ws__misuse)
{
	char data[126] = "";

	start_ws(_i);
	open_both();
	keep_log();
	expect_error(levin_ws_send(mine.ws, (enum levin_ws_type)3, "x", 1), EINVAL);
	expect_error(levin_ws_send_piece(mine.ws, (enum levin_ws_type)0, "x", 1, 1), EINVAL);
	expect_error(levin_ws_send_buffer(mine.ws, (enum levin_ws_type)8, NULL), EINVAL);
	expect_error(levin_ws_ping(mine.ws, data, 126), EINVAL);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 4);
	for (int code = 0; code < 6000; code++) {
		bool is_good = (code >= 1000 && code <= 1003) || code == 1005 ||
			       (code >= 1007 && code <= 1014) || (code >= 3000 && code < 5000);

		if (is_good)
			continue;
		keep_log();
		expect_error(levin_ws_close(mine.ws, code, NULL), EINVAL);
		ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	}
	expect_error(levin_ws_close(mine.ws, LEVIN_WS_NORMAL, "\xff"), EINVAL);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 2);
	ck_assert_int_eq(send_text(mine.ws, "still open"), 0);
	expect_spelled("s:still open ");
	levin_ws_free(NULL);
	stop_ws();
}

/* ---- Closing ---- */

TEST_HTTP(levin_ws_close__by_the_client)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(send_text(mine.ws, "last"), 0);
	ck_assert_int_eq(levin_ws_close(mine.ws, 4000, "bye"), 0);
	expect_spelled("s:last s-4000bye c-4000 ");
	stop_ws();
}

TEST_HTTP(levin_ws_close__by_the_server)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_close(theirs.ws, LEVIN_WS_GOING_AWAY, "going"), 0);
	expect_spelled("s-1001 c-1001going ");
	stop_ws();
}

TEST_HTTP(levin_ws_close__without_a_code)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_close(mine.ws, LEVIN_WS_NO_CODE, NULL), 0);
	expect_spelled("s-1005 c-1005 ");
	stop_ws();
}

TEST_HTTP(levin_ws_close__by_both_at_once)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_close(mine.ws, 4001, NULL), 0);
	ck_assert_int_eq(levin_ws_close(theirs.ws, 4002, NULL), 0);
	expect_spelled("s-4001 c-4002 ");
	stop_ws();
}

/* What the peer had sent before its close frame is delivered. */
TEST_HTTP(levin_ws_close__messages_still_come)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(levin_ws_close(theirs.ws, LEVIN_WS_NORMAL, NULL), 0);
	ck_assert_int_eq(send_text(mine.ws, "crossing"), 0);
	expect_spelled("s:crossing s-1000 c-1000 ");
	stop_ws();
}

TEST_HTTP_SIM(levin_ws_close__peer_does_not_reply)
{
	int64_t before;

	start_ws(_i);
	theirs.options.close_timeout_ms = 2000;
	open_raw();
	before = levin_sim_now_ns(simulation_under_test());
	ck_assert_int_eq(levin_ws_close(theirs.ws, LEVIN_WS_NORMAL, NULL), 0);
	expect_spelled("s-1006 ");
	ck_assert_int_ge(levin_sim_now_ns(simulation_under_test()) - before, 2000000000);
	ck_assert_int_lt(levin_sim_now_ns(simulation_under_test()) - before, 3000000000);
	stop_ws();
}

/* The server closes the connection, at once; a client waits for that. */
TEST_HTTP(levin_ws_close__server_closes_the_connection)
{
	start_ws(_i);
	open_raw();
	ASK_FRAME(0x88, "\x03\xe9");
	expect(&client, "\x88\x02\x03\xe9");
	expect_closed(&client);
	ck_assert(!client.is_reset);
	expect_spelled("s-1001 ");
	stop_ws();
}

/* A peer that is still sending gets the close frame, and no reset in its place. */
TEST_HTTP(limits__peer_that_goes_on_sending)
{
	static char much[20000];

	start_ws(_i);
	theirs.options.message_size = 100;
	open_raw();
	memset(much, 'a', sizeof(much) - 1);
	ask_bytes(&client, "\x81\xff\0\0\0\0\0\2\0\0\0\0\0\0", 14);
	ask(&client, much);
	expect(&client, "\x88\x17\x03\xf1"
			"a message is too long");
	ask(&client, much);
	some_turns();
	expect_closed(&client);
	ck_assert(!client.is_reset);
	close_client(&client);
	expect_spelled("s-1009a message is too long ");
	stop_ws();
}

TEST_HTTP_SIM(limits__peer_that_never_leaves)
{
	start_ws(_i);
	open_raw();
	ask_bytes(&client, "\x83\x80\0\0\0\0", 6);
	expect_spelled("s-1002the opcode is unknown ");
	stop_ws();
}

TEST_HTTP(connection__ends_without_a_close_frame)
{
	start_ws(_i);
	open_raw();
	close_client(&client);
	expect_spelled("s-1006 ");
	open_raw();
	reset_client(&client);
	expect_spelled("s-1006 ");
	stop_ws();
}

TEST_HTTP(levin_ws_free__peer_sees_the_end)
{
	start_ws(_i);
	open_both();
	levin_ws_free(mine.ws);
	mine.ws = NULL;
	expect_spelled("s-1006 ");
	stop_ws();
}

TEST_HTTP(levin_ws_accept__server_is_freed_before_the_session)
{
	start_ws(_i);
	open_both();
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	evhttp_free(http);
	http = NULL;
	ck_assert_int_eq(send_text(mine.ws, "still here"), 0);
	expect_spelled("s:still here ");
	stop_ws();
}

/* ---- Time ---- */

TEST_HTTP_SIM(pings__are_sent_to_a_silent_peer)
{
	start_ws(_i);
	theirs.options.ping_interval_ms = 10000;
	open_raw();
	run_for_s(11);
	expect(&client, "\x89");
	ck_assert_uint_eq(client.size, 1);
	client.size = 0;
	ASK_FRAME(0x8a, "");
	run_for_s(10);
	ck_assert_str_eq(spelled(), "s! ");
	expect_nothing(&client);
	run_for_s(10);
	expect(&client, "\x89");
	run_for_s(10);
	ck_assert_str_eq(spelled(), "s-1006 ");
	stop_ws();
}

TEST_HTTP_SIM(pings__keep_two_sessions_open)
{
	struct levin_ws_statistics stats;

	start_ws(_i);
	theirs.callbacks.on_ping = mine.callbacks.on_ping = NULL;
	theirs.callbacks.on_pong = mine.callbacks.on_pong = NULL;
	open_both();
	run_for_s(3600);
	levin_ws_get_statistics(theirs.ws, &stats);
	ck_assert_uint_gt(stats.pings_sent + stats.pings_received, 20);
	ck_assert_ptr_nonnull(mine.ws);
	stop_ws();
}

TEST_HTTP_SIM(pings__none)
{
	start_ws(_i);
	theirs.options.ping_interval_ms = -1;
	open_raw();
	run_for_s(3600);
	expect_nothing(&client);
	ck_assert_str_eq(spelled(), "");
	stop_ws();
}

TEST_HTTP_SIM(levin_ws_connect__server_does_not_answer)
{
	start_ws(_i);
	evhttp_set_gencb(http, keep, NULL);
	mine.options.handshake_timeout_ms = 3000;
	connect_ws();
	expect_spelled("keptc-1006 ");
	evhttp_send_reply(kept, 200, NULL, NULL);
	stop_ws();
}

/* ---- Back-pressure ---- */

TEST_HTTP(levin_ws_pause__holds_messages_back)
{
	start_ws(_i);
	open_both();
	levin_ws_pause(theirs.ws);
	ck_assert_int_eq(send_text(mine.ws, "a"), 0);
	ck_assert_int_eq(send_text(mine.ws, "b"), 0);
	some_turns();
	ck_assert_str_eq(spelled(), "");
	levin_ws_resume(theirs.ws);
	expect_spelled("s:a s:b ");
	levin_ws_resume(theirs.ws);
	stop_ws();
}

static void
pause_at_message(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	on_ws_message(ws, type, data, size, arg);
	levin_ws_pause(ws);
}

TEST_HTTP(levin_ws_pause__inside_of_a_callback)
{
	start_ws(_i);
	theirs.callbacks.on_message = pause_at_message;
	open_both();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_text(mine.ws, "x"), 0);
	for (int i = 0; i < 3; i++) {
		expect_spelled("s:x ");
		some_turns();
		ck_assert_str_eq(spelled(), "");
		levin_ws_resume(theirs.ws);
	}
	stop_ws();
}

/* A peer that does not read. */
TEST_HTTP(most_unsent__function_returns_1_and_on_writable_is_called)
{
	static char text[50001];
	int sent = 0;

	memset(text, 'x', sizeof(text) - 1);
	start_ws(_i);
	mine.options.most_unsent = 100000;
	open_both();
	levin_ws_pause(theirs.ws);
	while (send_text(mine.ws, text) == 0) {
		some_turns();
		sent++;
	}
	ck_assert_int_gt(sent, 1);
	some_turns();
	ck_assert_int_eq(send_text(mine.ws, text), 1);
	ck_assert_str_eq(spelled(), "");
	theirs.callbacks.on_message = NULL;
	levin_ws_resume(theirs.ws);
	do {
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	} while (!strstr(spelled(), "c~"));
	stop_ws();
}

TEST_HTTP(queue_size__messages_are_refused)
{
	static char text[50001];

	memset(text, 'x', sizeof(text) - 1);
	start_ws(_i);
	mine.options.queue_size = 200000;
	open_both();
	levin_ws_pause(theirs.ws);
	while (send_text(mine.ws, text) >= 0)
		some_turns();
	ck_assert_int_eq(errno, ENOBUFS);
	expect_error(levin_ws_ping(mine.ws, NULL, 0), ENOBUFS);
	ck_assert_int_eq(levin_ws_close(mine.ws, LEVIN_WS_NORMAL, NULL), 0);
	stop_ws();
}

/* Of pings that cannot be answered yet only the last one counts (RFC 6455 5.5.3). */
TEST_HTTP_SIM(pongs__do_not_pile_up)
{
	static char text[50001];
	struct levin_ws_statistics stats;
	size_t before;

	memset(text, 'x', sizeof(text) - 1);
	start_ws(_i);
	theirs.options.most_unsent = 100000;
	theirs.callbacks.on_ping = NULL;
	open_raw();
	event_del(client.on_readable);
	while (send_text(theirs.ws, text) == 0)
		some_turns();
	some_turns();
	levin_ws_get_statistics(theirs.ws, &stats);
	before = stats.queued;
	for (int i = 0; i < 500; i++) {
		ASK_FRAME(0x89, "0123456789012345678901234567890123456789");
		ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	}
	ASK_FRAME(0x89, "last");
	some_turns();
	levin_ws_get_statistics(theirs.ws, &stats);
	ck_assert_uint_eq(stats.pings_received, 501);
	ck_assert_uint_le(stats.queued, before);
	ck_assert_int_eq(event_add(client.on_readable, NULL), 0);
	while (client.size < 6 || memcmp(client.text + client.size - 6, "\x8a\4last", 6) != 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	stop_ws();
}

/* ---- Handshakes ---- */

TEST_HTTP(subprotocols__are_agreed_to)
{
	start_ws(_i);
	theirs.options.subprotocols = "v2, chat";
	mine.options.subprotocols = "chat,v2";
	open_both();
	ck_assert_str_eq(levin_ws_get_subprotocol(mine.ws), "v2");
	ck_assert_str_eq(levin_ws_get_subprotocol(theirs.ws), "v2");
	stop_ws();
}

static void
see_request(struct evhttp_request *request, void *arg)
{
	struct evkeyvalq *fields = evhttp_request_get_input_headers(request);

	ck_assert_str_eq(evhttp_find_header(fields, "X-Own"), "1");
	ck_assert_str_eq(evhttp_find_header(fields, "Origin"), "http://a");
	ck_assert_str_eq(evhttp_find_header(fields, "Host"), "a");
	ck_assert_str_eq(evhttp_find_header(fields, "Upgrade"), "websocket");
	add_header(request, "X-Theirs", "2");
	add_header(request, "Upgrade", "other");
	add_header(request, "Content-Length", "5");
	accept_ws(request, arg);
}

TEST_HTTP(fields__of_the_program)
{
	struct evkeyvalq fields = {0};

	start_ws(_i);
	evhttp_set_gencb(http, see_request, NULL);
	ck_assert_int_eq(evhttp_add_header(&fields, "X-Own", "1"), 0);
	ck_assert_int_eq(evhttp_add_header(&fields, "Host", "other"), 0);
	ck_assert_int_eq(evhttp_add_header(&fields, "Sec-WebSocket-Key", "other"), 0);
	mine.options.fields = &fields;
	mine.options.origin = "http://a";
	open_both();
	evhttp_clear_headers(&fields);
	connect_client(&client);
	ask(&client, WS_REQUEST "X-Own: 1\r\nOrigin: http://a\r\n\r\n");
	levin_ws_free(theirs.ws);
	expect(&client, WS_RESPONSE "X-Theirs: 2\r\n\r\n");
	stop_ws();
}

TEST_HTTP(levin_ws_accept__behind_other_requests)
{
	start_ws(_i);
	ck_assert_int_eq(evhttp_set_cb(http, "/hello", say_hello, NULL), 0);
	connect_client(&client);
	ask(&client, GET("/hello") GET("/hello") WS_REQUEST "\r\n");
	expect(&client, HELLO HELLO WS_RESPONSE "\r\n");
	ASK_FRAME(0x81, "text");
	expect_spelled("s:text ");
	stop_ws();
}

TEST_HTTP(levin_ws_connect__is_refused)
{
	start_ws(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	connect_ws();
	expect_spelled("c-1006 ");
	stop_ws();
}

TEST_HTTP(levin_ws_connect__nobody_listens)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct bufferevent *bev;

	start_ws(_i);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(1);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	mine.ws = levin_ws_connect(bev, "a", "/", &mine.callbacks, &mine.options, &mine);
	ck_assert_ptr_nonnull(mine.ws);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_spelled("c-1006 ");
	stop_ws();
}

TEST_HTTP_SIM(levin_ws_connect__before_the_connection)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct bufferevent *bev;

	start_ws(_i);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(HTTP_SIM_PORT);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	mine.ws = levin_ws_connect(bev, "a", "/", &mine.callbacks, &mine.options, &mine);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_spelled("c+ ");
	stop_ws();
}

static void
expect_no_session(struct bufferevent *bev, const char *host, const char *target)
{
	keep_log();
	ck_assert_ptr_null(
	    levin_ws_connect(bev, host, target, &mine.callbacks, &mine.options, NULL));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert_int_eq(errno, EINVAL);
}

TEST(levin_ws_connect__misuse)
{
	static const char *const hosts[] = {"", "a b", "a/b", "a\r\nX: y", "a@b"};
	static const char *const targets[] = {"", "x", "/a b", "/a\r\n", "/#", "*"};
	struct bufferevent *bev;

	start_ws(1);
	bev = bufferevent_socket_new(base, -1, 0);
	expect_no_session(NULL, "a", "/");
	expect_no_session(bev, NULL, "/");
	expect_no_session(bev, "a", NULL);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		expect_no_session(bev, hosts[i], "/");
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		expect_no_session(bev, "a", targets[i]);
	mine.options.subprotocols = "a b";
	expect_no_session(bev, "a", "/");
	mine.options.subprotocols = NULL;
	mine.options.origin = "a\r\nb";
	expect_no_session(bev, "a", "/");
	mine.options.origin = NULL;
	mine.options.queue_size = -2;
	expect_no_session(bev, "a", "/");
	mine.options.queue_size = 0;
	mine.options.reserved[7] = "";
	expect_no_session(bev, "a", "/");
	mine.options.reserved[7] = NULL;
	mine.callbacks.reserved[0] = "";
	expect_no_session(bev, "a", "/");
	keep_log();
	ck_assert_ptr_null(levin_ws_connect(bev, "a", "/", NULL, NULL, NULL));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert_uint_eq(evbuffer_get_length(bufferevent_get_output(bev)), 0);
	bufferevent_free(bev);
	stop_ws();
}

static void
accept_wrongly(struct evhttp_request *request, void *arg)
{
	(void)arg;
	keep_log();
	errno = 0;
	ck_assert_ptr_null(levin_ws_accept(request, NULL, NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	theirs.options.close_timeout_ms = -2;
	ck_assert_ptr_null(levin_ws_accept(request, &theirs.callbacks, &theirs.options, NULL));
	ck_assert_ptr_null(levin_ws_accept(NULL, &theirs.callbacks, NULL, NULL));
	say_hello(request, NULL);
	ck_assert_ptr_null(levin_ws_accept(request, &theirs.callbacks, NULL, NULL));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 4);
}

/* The request is still the program's. */
TEST_HTTP(levin_ws_accept__misuse)
{
	start_ws(_i);
	evhttp_set_gencb(http, accept_wrongly, NULL);
	connect_client(&client);
	ask(&client, WS_REQUEST "\r\n");
	expect(&client, HELLO);
	stop_ws();
}

static enum { REPLIES, FREES_REQUEST, FREES_CONNECTION, FREES_SERVER, DOINGS } doing;

static int
do_in_origin(struct evhttp_request *request, const char *origin, void *arg)
{
	(void)arg;
	ck_assert_ptr_null(origin);
	if (doing == REPLIES)
		say_hello(request, NULL);
	if (doing == FREES_REQUEST)
		evhttp_request_free(request);
	if (doing == FREES_CONNECTION)
		evhttp_connection_free(evhttp_request_get_connection(request));
	if (doing == FREES_SERVER) {
		evhttp_free(http);
		http = NULL;
	}
	return 1;
}

TEST_RANGE(accept_origin__frees, 0, DOINGS)
{
	start_ws(1);
	doing = _i;
	theirs.options.accept_origin = do_in_origin;
	connect_client(&client);
	ask(&client, WS_REQUEST "\r\n");
	if (doing == REPLIES)
		expect(&client, HELLO);
	else
		expect_closed(&client);
	ck_assert_ptr_null(theirs.ws);
	stop_ws();
}

/* ---- Over other bufferevents ---- */

TEST(levin_ws_connect__over_a_pair)
{
	static const char response[] =
	    "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: ";
	struct bufferevent *pair[2];

	start_ws(1);
	ck_assert_int_eq(bufferevent_pair_new(base, 0, pair), 0);
	mine.ws = levin_ws_connect(pair[0], "a", "/", &mine.callbacks, NULL, &mine);
	bufferevent_enable(pair[1], EV_READ | EV_WRITE);
	bufferevent_write(pair[1], response, sizeof(response) - 1);
	bufferevent_write(pair[1], "x\r\n\r\n", 5);
	expect_spelled("c-1006 ");
	bufferevent_free(pair[1]);
	stop_ws();
}
