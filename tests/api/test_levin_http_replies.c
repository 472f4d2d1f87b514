/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies in pieces, with a mark, and what becomes of them.
 */
#include <levin/http.h>

#include "support/http_kit.h"

static enum levin_http_end ended;
static int ends;
static int writable;

static void
on_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)request;
	(void)arg;
	ended = end;
	ends++;
	kept = NULL;
}

static void
keep_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	kept = request;
	ck_assert_int_eq(levin_http_request_set_end_callback(request, on_end, NULL), 0);
}

static void
start_keeping(int i)
{
	start(i);
	ck_assert_int_eq(levin_http_server_route(http, 0, "/", 0, keep_request, NULL), 0);
	connect_client(&client);
}

static void
ask_and_keep(const char *request)
{
	kept = NULL;
	ask(&client, request);
	while (!kept)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

static void
wait_for_end(enum levin_http_end end)
{
	while (ends == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(ends, 1);
	ck_assert_int_eq(ended, end);
	ends = 0;
}

static int
write_bytes(const void *bytes, size_t size)
{
	struct evbuffer *data = evbuffer_new();
	int rc;

	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(evbuffer_add(data, bytes, size), 0);
	rc = levin_http_reply_write(kept, data);
	ck_assert_uint_eq(evbuffer_get_length(data), rc < 0 ? size : 0);
	evbuffer_free(data);
	return rc;
}

static int
write_text(const char *text)
{
	return write_bytes(text, strlen(text));
}

TEST_HTTP(levin_http_reply_start__size_is_not_known)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(write_text("abc"), 0);
	ck_assert_int_eq(write_text(""), 0);
	expect(&client, CHUNKED_HEAD "3\r\nabc\r\n");
	ck_assert_int_eq(ends, 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, "0\r\n\r\n");
	wait_for_end(LEVIN_HTTP_COMPLETED);
	stop();
}

TEST_HTTP(levin_http_reply_start__http_1_0_gets_no_chunks)
{
	start_keeping(_i);

	ask_and_keep("GET / HTTP/1.0\r\n\r\n");
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "X-Sum", "1"), 0);
	ck_assert_int_eq(write_text("abc"), 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client,
	    "HTTP/1.0 200 OK\r\nDate: D\r\nContent-Type: text/html; charset=ISO-8859-1\r\n"
	    "Connection: close\r\n\r\nabc");
	expect_closed(&client);
	wait_for_end(LEVIN_HTTP_COMPLETED);
	stop();
}

TEST_HTTP(levin_http_reply_start__size_is_held)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	add_header(kept, "Content-Length", "7");
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, 5), 0);
	ck_assert_int_eq(write_text("he"), 0);
	ck_assert_int_eq(write_text("llo!"), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(write_text("llo"), 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, HELLO);
	wait_for_end(LEVIN_HTTP_COMPLETED);
	stop();
}

TEST_HTTP(levin_http_reply_end__shorter_than_announced)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, 5), 0);
	ck_assert_int_eq(write_text("he"), 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, HEAD_OF("200 OK", "5") "\r\nhe");
	expect_closed(&client);
	wait_for_end(LEVIN_HTTP_FAILED);
	stop();
}

TEST_HTTP(levin_http_reply_write__head_gets_no_body)
{
	start_keeping(_i);

	ask_and_keep("HEAD / HTTP/1.1\r\n" HOST);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, 5), 0);
	ck_assert_int_eq(write_text("hello"), 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, HEAD_OF("200 OK", "5") "\r\n");
	wait_for_end(LEVIN_HTTP_COMPLETED);
	ask_and_keep(GET("/"));
	stop();
}

TEST_HTTP(levin_http_reply_add_trailer__behind_the_chunks)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(write_text("abc"), 0);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "X-Sum", "1"), 0);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "X-Sum", "a\r\nb"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "X Sum", "1"), -1);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "Content-Length", "1"), -1);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, CHUNKED_HEAD "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
	wait_for_end(LEVIN_HTTP_COMPLETED);
	stop();
}

static void
on_writable(struct evhttp_request *request, void *arg)
{
	(void)arg;
	ck_assert_ptr_eq(request, kept);
	writable++;
}

/* A client that does not read: the program is told to wait, and to go on when it reads. */
TEST_HTTP(levin_http_reply_write__mark_is_passed)
{
	static char piece[65536];
	size_t total = 0;
	int rounds = 0;

	start_keeping(_i);
	memset(piece, 'x', sizeof(piece));
	ask_and_keep(GET("/"));
	ck_assert_int_eq(
	    levin_http_reply_set_writable_callback(kept, 100000, on_writable, NULL), 0);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(event_del(client.on_readable), 0);
	while (write_bytes(piece, sizeof(piece)) == 0) {
		total += sizeof(piece);
		some_turns();
		ck_assert_int_lt(++rounds, 1000);
	}
	total += sizeof(piece);
	some_turns();
	ck_assert_int_eq(writable, 0);
	ck_assert_int_eq(event_add(client.on_readable, NULL), 0);
	while (writable == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	wait_for_end(LEVIN_HTTP_COMPLETED);
	ck_assert_int_eq(writable, 1);
	ck_assert_uint_gt(total, 100000);
	while (client.size < total)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	stop();
}

TEST_HTTP(levin_http_reply_end__while_the_mark_is_passed)
{
	static char piece[3000000];

	start_keeping(_i);
	memset(piece, 'x', sizeof(piece));
	ask_and_keep(GET("/"));
	ck_assert_int_eq(levin_http_reply_set_writable_callback(kept, 0, on_writable, NULL), 0);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, sizeof(piece)), 0);
	ck_assert_int_eq(write_bytes(piece, sizeof(piece)), 1);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	wait_for_end(LEVIN_HTTP_COMPLETED);
	ck_assert_int_eq(writable, 0);
	ask_and_keep(GET("/"));
	stop();
}

TEST_HTTP(levin_http_reply_write__peer_has_gone)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	evhttp_request_own(kept);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	{
		struct evhttp_request *owned = kept;

		reset_client(&client);
		wait_for_end(LEVIN_HTTP_PEER_GONE);
		kept = owned;
	}
	ck_assert_int_eq(write_text("x"), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(levin_http_reply_end(kept), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(levin_http_reply_add_trailer(kept, "a", "b"), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(levin_http_reply_set_writable_callback(kept, 0, NULL, NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	evhttp_request_free(kept);
	stop();
}

TEST_HTTP(levin_http_reply_start__calls_that_are_not_due)
{
	start_keeping(_i);

	ask_and_keep(GET("/"));
	ck_assert_int_eq(write_text("x"), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_reply_end(kept), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_reply_end(kept), 0);
	expect(&client, CHUNKED_HEAD "0\r\n\r\n");
	wait_for_end(LEVIN_HTTP_COMPLETED);
	stop();
}

/* ---- frees when it is writable again ---- */

enum what { REQUEST, CONNECTION, SERVER, THINGS };

static enum what what;

static void
free_something(struct evhttp_request *request, void *arg)
{
	(void)arg;
	writable++;
	if (what == REQUEST) {
		evhttp_request_free(request);
	} else if (what == CONNECTION) {
		evhttp_connection_free(evhttp_request_get_connection(request));
	} else {
		evhttp_free(http);
		http = NULL;
	}
}

TEST_RANGE(levin_http_writable__frees, 0, 2 * THINGS)
{
	static char piece[3000000];

	what = (enum what)(_i / 2);
	start_keeping(_i % 2);
	memset(piece, 'x', sizeof(piece));
	ask_and_keep(GET("/"));
	ck_assert_int_eq(levin_http_reply_set_writable_callback(kept, 0, free_something, NULL), 0);
	ck_assert_int_eq(levin_http_reply_start(kept, 200, NULL, -1), 0);
	ck_assert_int_eq(write_bytes(piece, sizeof(piece)), 1);
	wait_for_end(LEVIN_HTTP_CANCELLED);
	ck_assert_int_eq(writable, 1);
	stop();
}
