/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a server: limits and timeouts.
 */
#include "support/http_kit.h"

/* ---- Limits ---- */

TEST_HTTP(evhttp_set_max_headers_size__larger_heads_are_refused)
{
	static const char fits[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	evhttp_set_max_headers_size(http, (ev_ssize_t)strlen(fits));
	connect_client(&client);
	ask(&client, fits);
	expect(&client, HELLO);
	ask(&client, "GET / HTTP/1.1\r\nHost: ab\r\n\r\n");
	expect(&client, "HTTP/1.1 431 ");
	close_client(&client);

	connect_client(&client);
	ask(&client, "GET /a/path/of/some/size HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 414 ");
	stop();
}

TEST_HTTP(evhttp_set_max_headers_size__zero_and_none)
{
	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	evhttp_set_max_headers_size(http, 0);
	connect_client(&client);
	ask(&client, GET("/"));
	expect(&client, "HTTP/1.1 4");
	close_client(&client);

	evhttp_set_max_headers_size(http, -1);
	connect_client(&client);
	ask(&client, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 4000; i++) {
		ask(&client, "X-Field: some text\r\n");
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ask(&client, HOST);
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(requests__default_limit_of_the_head)
{
	start_serving(_i);
	ask(&client, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < 201; i++)
		ask(&client, "X: y\r\n");
	expect(&client, "HTTP/1.1 431 ");
	stop();
}

TEST_HTTP(evhttp_set_max_body_size__content_length)
{
	start_serving(_i);
	evhttp_set_max_body_size(http, 3);
	connect_client(&other_client);
	ask(&other_client, "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc");
	expect(&other_client, PATH("/1", "2"));
	ask(&other_client,
	    "POST /2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n" HOST "abc");
	finish(other_client.fd);
	expect(&other_client, ERROR_REPLY("413", "Request Entity Too Large", "120"));
	expect_closed(&other_client);
	ck_assert_str_eq(spelled(), "/1[abc]");
	stop();
}

TEST_HTTP(evhttp_set_max_body_size__chunks)
{
	start(_i);
	evhttp_set_gencb(http, echo_path, NULL);
	evhttp_set_max_body_size(http, 3);
	connect_client(&client);
	ask(&client, "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST
		     "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
	expect(&client, PATH("/1", "2"));
	ask(&client, "POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST
		     "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
	expect(&client, ERROR_REPLY("413", "Request Entity Too Large", "120"));
	ck_assert_str_eq(spelled(), "/1[abc]");
	stop();
}

/* A client that sends on until it is through finds the reply. */
TEST_HTTP(requests__refused_upload_sees_its_reply)
{
	static char piece[1000];

	start(_i);
	evhttp_set_max_body_size(http, 10);
	connect_client(&client);
	memset(piece, 'x', sizeof(piece) - 1);
	ask(&client, "POST / HTTP/1.1\r\nContent-Length: 199800\r\n" HOST);
	for (int i = 0; i < 200; i++) {
		ask(&client, piece);
		some_turns();
	}
	expect(&client, ERROR_REPLY("413", "Request Entity Too Large", "120"));
	finish(client.fd);
	while (!client.is_closed)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert(!client.is_reset);
	stop();
}

/* What comes after a refusal is dropped for 30 seconds, if it does not pause for 5. */
TEST_HTTP_SIM(requests__refused_peer_that_does_not_stop)
{
	int seconds = 0;

	start_serving(_i);
	ask(&client, "BAD\r\n\r\n");
	expect(&client, "HTTP/1.1 400 ");
	while (evhttp_get_connection_count(http) > 0) {
		ask(&client, "more");
		run_for_s(1);
		ck_assert_int_lt(seconds++, 40);
	}
	ck_assert_int_ge(seconds, 29);
	ck_assert_int_le(seconds, 32);
	stop();
}

TEST_HTTP_SIM(requests__refused_peer_that_does_not_close)
{
	start_serving(_i);
	ask(&client, "BAD\r\n\r\n");
	expect(&client, "HTTP/1.1 400 ");
	run_for_s(4);
	ck_assert_int_eq(evhttp_get_connection_count(http), 1);
	run_for_s(2);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	stop();
}

/* A program that lifts the timeout does not keep such a connection. */
TEST_HTTP_SIM(evhttp_connection_set_timeout__not_of_a_refused_peer)
{
	struct evhttp_connection *connection;

	start_serving(_i);
	ask(&client, "GET /keep HTTP/1.1\r\nConnection: close\r\n" HOST "more");
	expect_spelled("kept");
	connection = evhttp_request_get_connection(kept);
	reply_text(kept, 200, "hello");
	expect(&client, HELLO_CLOSING);
	expect_spelled("done");
	evhttp_connection_set_timeout(connection, 0);
	run_for_s(6);
	expect_spelled("closed");
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	stop();
}

TEST_HTTP_SIM(evhttp_set_flags__lingering_close_has_no_end_of_its_own)
{
	start_serving(_i);
	ck_assert_int_eq(evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE), 0);
	ck_assert_int_eq(evhttp_set_flags(http, 2), 1);
	ask(&client, "BAD\r\n\r\n");
	expect(&client, "HTTP/1.1 400 ");
	for (int i = 0; i < 100; i++) {
		ask(&client, "more");
		run_for_s(1);
	}
	ck_assert_int_eq(evhttp_get_connection_count(http), 1);
	run_for_s(6);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	stop();
}

TEST_HTTP(evhttp_set_max_connections__one_more_gets_503)
{
	start_serving(_i);
	evhttp_set_max_connections(http, 1);
	ask(&client, GET("/1"));
	expect(&client, PATH("/1", "2"));
	connect_client(&other_client);
	expect(&other_client, ERROR_REPLY("503", "Service Unavailable", "110"));
	finish(other_client.fd);
	expect_closed(&other_client);
	some_turns();
	ck_assert_int_eq(evhttp_get_connection_count(http), 1);
	ask(&client, GET("/2"));
	expect(&client, PATH("/2", "2"));
	stop();
}

/* ---- Timeouts ---- */

TEST_HTTP_SIM(timeouts__idle_connection)
{
	start_serving(_i);
	run_for_s(49);
	ask(&client, GET("/1"));
	expect(&client, PATH("/1", "2"));
	run_for_s(49);
	expect_nothing(&client);
	run_for_s(2);
	expect_closed(&client);
	stop();
}

TEST_HTTP_SIM(timeouts__none)
{
	const struct timeval some = {1, 0};

	start(_i);
	evhttp_set_gencb(http, echo_path, NULL);
	evhttp_set_timeout_tv(http, &some);
	evhttp_set_timeout_tv(http, NULL);
	evhttp_set_timeout(http, 0);
	connect_client(&client);
	run_for_s(10000);
	ask(&client, GET("/1"));
	expect(&client, PATH("/1", "2"));
	stop();
}

/* A peer that sends a byte now and then does not keep a connection. */
TEST_HTTP_SIM(timeouts__head_has_to_be_there_after_a_minute)
{
	int seconds = 0;

	start_serving(_i);
	ask(&client, "GET / HTTP/1.1\r\nX: ");
	while (client.size == 0) {
		ck_assert_int_lt(seconds++, 100);
		ask(&client, "y");
		run_for_s(1);
	}
	ck_assert_int_ge(seconds, 59);
	ck_assert_int_le(seconds, 61);
	expect(&client, ERROR_REPLY("408", "Request Time-out", "104"));
	while (!client.is_closed)
		run_for_s(1);
	stop();
}

TEST_HTTP_SIM(timeouts__head_has_five_times_a_short_timeout)
{
	start(_i);
	evhttp_set_timeout(http, 2);
	connect_client(&client);
	ask(&client, "GET / HTTP/1.1\r\nX: ");
	for (int i = 0; i < 9; i++) {
		run_for_s(1);
		ask(&client, "y");
		expect_nothing(&client);
	}
	run_for_s(2);
	expect(&client, ERROR_REPLY("408", "Request Time-out", "104"));
	stop();
}

TEST_HTTP_SIM(timeouts__amid_the_body)
{
	start_serving(_i);
	ask(&client, "POST / HTTP/1.1\r\nContent-Length: 3\r\n" HOST "a");
	run_for_s(49);
	expect_nothing(&client);
	run_for_s(2);
	expect(&client, ERROR_REPLY("408", "Request Time-out", "104"));
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP_SIM(timeouts__none_while_the_reply_is_owed)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	run_for_s(1000);
	say_hello(kept, NULL);
	expect(&client, HELLO);
	run_for_s(49);
	expect_nothing(&client);
	run_for_s(2);
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "keptdoneclosed");
	stop();
}

TEST_HTTP_SIM(timeouts__reply_that_is_not_read)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(event_del(client.on_readable), 0);
	reply_large(kept);
	run_for_s(49);
	ck_assert_int_eq(evhttp_get_connection_count(http), 1);
	run_for_s(4);
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	ck_assert_str_eq(spelled(), "closed");
	stop();
}

static void
limit_idle(struct evhttp_request *request, void *arg)
{
	evhttp_connection_set_timeout(evhttp_request_get_connection(request), 3);
	say_hello(request, arg);
}

TEST_HTTP_SIM(evhttp_connection_set_timeout__inside_callback)
{
	start(_i);
	evhttp_set_gencb(http, limit_idle, NULL);
	connect_client(&client);
	ask(&client, GET("/"));
	expect(&client, HELLO);
	run_for_s(2);
	expect_nothing(&client);
	run_for_s(2);
	expect_closed(&client);
	stop();
}
