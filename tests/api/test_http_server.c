/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a server: requests one behind the other, bodies, and what is refused.
 */
#include "support/http_kit.h"

/* ---- One request behind the other ---- */

TEST_HTTP(requests__pipelined_are_answered_in_order)
{
	start_serving(_i);
	ask(&client, GET("/1") GET("/2") GET("/3"));
	expect(&client, PATH("/1", "2") PATH("/2", "2") PATH("/3", "2"));
	ck_assert_str_eq(spelled(), "/1/2/3");
	expect_nothing(&client);
	stop();
}

TEST_HTTP(requests__behind_an_owed_reply_wait)
{
	start_serving(_i);
	ask(&client, GET("/1") GET("/keep") GET("/3"));
	expect(&client, PATH("/1", "2"));
	expect_nothing(&client);
	ck_assert_str_eq(spelled(), "/1kept");
	say_hello(kept, NULL);
	expect(&client, HELLO PATH("/3", "2"));
	ck_assert_str_eq(spelled(), "done/3");
	stop();
}

/* Replies inside callbacks do not nest. */
TEST_HTTP(requests__thousands_pipelined)
{
	enum { COUNT = 5000 };
	static const char get[] = GET("/");

	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	connect_client(&client);
	for (int i = 0; i < COUNT; i++) {
		ask(&client, get);
		if (i % 100 == 0)
			some_turns();
	}
	for (int i = 0; i < COUNT; i++)
		expect(&client, HELLO);
	expect_nothing(&client);
	stop();
}

TEST_HTTP(requests__byte_by_byte)
{
	static const char text[] =
	    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "3;x=y\r\nabc\r\n0\r\nX: trailer\r\n\r\n" GET("/b");

	start_serving(_i);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		const char byte[2] = {text[i], '\0'};

		ask(&client, byte);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	expect(&client, PATH("/a", "2") PATH("/b", "2"));
	ck_assert_str_eq(spelled(), "/a[abc]/b");
	stop();
}

TEST_HTTP(requests__behind_one_that_closes_are_dropped)
{
	start_serving(_i);
	ask(&client, "GET /1 HTTP/1.1\r\nConnection: close\r\n" HOST GET("/2"));
	expect(&client, HEAD_OF("200 OK", "2") "Connection: close\r\n\r\n/1");
	expect(&client, "");
	finish(client.fd);
	expect_closed(&client);
	ck_assert(!client.is_reset);
	ck_assert_str_eq(spelled(), "/1");
	stop();
}

TEST_HTTP(requests__empty_lines_before_are_skipped)
{
	start_serving(_i);
	ask(&client, "\r\n\r\n" GET("/1"));
	expect(&client, PATH("/1", "2"));
	stop();
}

/* ---- Bodies ---- */

TEST_HTTP(bodies__sized_and_chunked)
{
	start_serving(_i);
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc"
		     "PUT /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST
		     "2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"
		     "POST /3 HTTP/1.1\r\nContent-Length: 0\r\n" HOST);
	expect(&client, PATH("/1", "2") PATH("/2", "2") PATH("/3", "2"));
	ck_assert_str_eq(spelled(), "/1[abc]/2[def]/3");
	stop();
}

/* One that is skipped because of the method would be the next request. */
TEST_HTTP(bodies__of_get_and_head_are_read)
{
	start_serving(_i);
	ask(&client, "GET /1 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc"
		     "HEAD /2 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "def" GET("/3"));
	expect(&client, PATH("/1", "2") HEAD_OF("200 OK", "2") "\r\n" PATH("/3", "2"));
	ck_assert_str_eq(spelled(), "/1[abc]/2[def]/3");
	stop();
}

static void
check_trailers(struct evhttp_request *request, void *arg)
{
	ck_assert_ptr_null(evhttp_find_header(evhttp_request_get_input_headers(request), "X-T"));
	ck_assert_str_eq(
	    evhttp_find_header(evhttp_request_get_input_headers(request), "host"), "a");
	say_hello(request, arg);
}

TEST_HTTP(bodies__trailers_are_no_headers)
{
	start(_i);
	evhttp_set_gencb(http, check_trailers, NULL);
	connect_client(&client);
	ask(&client, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST
		     "0\r\nX-T: 1\r\nHost: evil\r\n\r\n");
	expect(&client, HELLO);
	stop();
}

static void
spell_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_body(request);
}

static int
spell_head(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text(evhttp_request_get_uri(request));
	spell_text(":");
	return 0;
}

static int
watch_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_header_cb(request, spell_head);
	evhttp_request_set_chunked_cb(request, spell_piece);
	return 0;
}

TEST_HTTP(evhttp_request_set_chunked_cb__pieces_as_they_come)
{
	start_serving(_i);
	evhttp_set_newreqcb(http, watch_request, NULL);
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 6\r\n" HOST);
	expect_spelled("/1:");
	ask(&client, "abc");
	expect_spelled("[abc]");
	ask(&client, "def");
	expect_spelled("[def]/1");
	expect(&client, PATH("/1", "2"));
	stop();
}

static int
refuse_head(struct evhttp_request *request, void *arg)
{
	(void)request;
	(void)arg;
	return -1;
}

static int
refuse_heads(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_header_cb(request, refuse_head);
	return 0;
}

TEST_HTTP(evhttp_request_set_header_cb__negative_result_closes)
{
	start_serving(_i);
	evhttp_set_newreqcb(http, refuse_heads, NULL);
	ask(&client, GET("/1"));
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(evhttp_set_newreqcb__negative_result_closes)
{
	start_serving(_i);
	evhttp_set_newreqcb(http, refuse_head, NULL);
	ask(&client, GET("/1"));
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "");
	stop();
}

static void
reply_early(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply_text(request, 403, "no");
}

static int
reply_to_head(struct evhttp_request *request, void *arg)
{
	reply_early(request, arg);
	return 0;
}

static int
reply_at_head(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_header_cb(request, reply_to_head);
	return 0;
}

static int
reply_at_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_chunked_cb(request, reply_early);
	return 0;
}

#define FORBIDDEN HEAD_OF("403 Forbidden", "2") "\r\nno"

/* An upload is refused before it has come; the peer is let finish. */
TEST_HTTP(evhttp_send_reply__in_header_callback)
{
	start_serving(_i);
	evhttp_set_newreqcb(http, reply_at_head, NULL);
	ask(&client, "POST /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n" HOST);
	expect(&client, HEAD_OF("403 Forbidden", "2") "\r\nno");
	ask(&client, "abcdef");
	finish(client.fd);
	expect_closed(&client);
	ck_assert(!client.is_reset);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(evhttp_send_reply__in_chunked_callback)
{
	start_serving(_i);
	evhttp_set_newreqcb(http, reply_at_piece, NULL);
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 6\r\n" HOST "abc");
	expect(&client, FORBIDDEN);
	ask(&client, "def");
	finish(client.fd);
	expect_closed(&client);
	ck_assert(!client.is_reset);
	stop();
}

static void
begin_early(struct evhttp_request *request, void *arg)
{
	(void)arg;
	kept = request;
	evhttp_request_set_chunked_cb(request, NULL);
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "a");
}

static int
begin_at_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_chunked_cb(request, begin_early);
	return 0;
}

static void
begin_large(struct evhttp_request *request, void *arg)
{
	static char text[300000];

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	kept = request;
	evhttp_request_set_chunked_cb(request, NULL);
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, text);
}

static int
begin_large_at_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_chunked_cb(request, begin_large);
	return 0;
}

/* The rest of the body never comes: the request waits for its end, which must not be refused. */
TEST_HTTP(evhttp_send_reply_start__before_a_body_that_is_cut)
{
	start(_i);
	evhttp_set_newreqcb(http, begin_large_at_piece, NULL);
	connect_client(&client);
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 5\r\n" HOST "a");
	finish(client.fd);
	while (!client.is_closed)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_ptr_nonnull(kept);
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	evhttp_send_reply_end(kept);
	kept = NULL;
	stop();
}

/* There is no other head for the error: the connection ends, and the request waits for its end. */
TEST_HTTP(evhttp_send_reply_start__before_a_body_that_is_refused)
{
	start(_i);
	evhttp_set_newreqcb(http, begin_at_piece, NULL);
	connect_client(&client);
	ask(&client, "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST "1\r\na\r\n");
	expect(&client, CHUNKED_HEAD "1\r\na\r\n");
	ask(&client, "bad\r");
	ask(&client, "bad\r");
	expect_closed(&client);
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	chunk_text(kept, "b");
	evhttp_send_reply_end(kept);
	stop();
}

/* ---- Expectations ---- */

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

TEST_HTTP(expect__100_before_the_body)
{
	start_serving(_i);
	ask(&client, "POST /1 HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n" HOST);
	expect(&client, CONTINUE);
	expect_nothing(&client);
	ask(&client, "abc");
	expect(&client, PATH("/1", "2"));
	ck_assert_str_eq(spelled(), "/1[abc]");
	stop();
}

TEST_HTTP(expect__no_100_for_a_body_that_is_there_or_is_none)
{
	start_serving(_i);
	ask(&client,
	    "POST /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n" HOST "abc");
	expect(&client, PATH("/1", "2"));
	ask(&client, "GET /2 HTTP/1.1\r\nExpect: 100-continue\r\n" HOST);
	expect(&client, PATH("/2", "2"));
	ask(&client, "POST /3 HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n"
		     "Content-Length: 1\r\n\r\n");
	expect_nothing(&client);
	stop();
}

static int
begin_at_head(struct evhttp_request *request, void *arg)
{
	(void)arg;
	kept = request;
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "a");
	return 0;
}

static int
begin_all_at_head(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_request_set_header_cb(request, begin_at_head);
	return 0;
}

/* It would be taken for a part of the reply. */
TEST_HTTP(expect__no_100_within_a_reply_that_has_begun)
{
	start(_i);
	evhttp_set_newreqcb(http, begin_all_at_head, NULL);
	connect_client(&client);
	ask(&client, "POST /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n" HOST);
	expect(&client, CHUNKED_HEAD "1\r\na\r\n");
	expect_nothing(&client);
	evhttp_send_reply_end(kept);
	expect(&client, "0\r\n\r\n");
	expect_closed(&client);
	stop();
}

TEST_HTTP(expect__another_expectation_is_refused)
{
	start_serving(_i);
	ask(&client, "POST /1 HTTP/1.1\r\nExpect: wonders\r\nContent-Length: 3\r\n" HOST);
	finish(client.fd);
	expect(&client, ERROR_REPLY("417", "Expectation Failed", "108"));
	expect_closed(&client);
	stop();
}

/* ---- What is refused ---- */

struct refusal {
	const char *request;
	const char *line;
};

static const struct refusal refusals[] = {
    {"GET  / HTTP/1.1\r\n" HOST, "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/1.1\r\nX : 1\r\n" HOST, "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/1.1\r\nX: 1\r\n 2\r\n" HOST, "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/1.1\r\nX: \001\r\n" HOST, "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" HOST "a",
	"HTTP/1.1 400 Bad Request\r\n"},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n" HOST,
	"HTTP/1.1 400 Bad Request\r\n"},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n" HOST,
	"HTTP/1.1 501 Not Implemented\r\n"},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST "0x1\r\n",
	"HTTP/1.1 400 Bad Request\r\n"},
    {"GET /%00 HTTP/1.1\r\n" HOST, "HTTP/1.1 400 Bad Request\r\n"},
    {"GET / HTTP/2.0\r\n" HOST, "HTTP/1.1 505 HTTP Version not supported\r\n"},
    {"get / HTTP/1.1\r\n" HOST, "HTTP/1.1 501 Not Implemented\r\n"},
    {"BREW / HTTP/1.1\r\n" HOST, "HTTP/1.1 501 Not Implemented\r\n"},
};

/* The reason reaches the client, and it is the last reply. */
TEST_HTTP(requests__refused)
{
	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		connect_client(&client);
		ask(&client, GET("/"));
		expect(&client, HELLO);
		ask(&client, refusals[i].request);
		ask(&client, GET("/"));
		expect(&client, refusals[i].line);
		finish(client.fd);
		while (!client.is_closed)
			event_base_loop(base, EVLOOP_ONCE);
		ck_assert(!client.is_reset);
		ck_assert_ptr_null(strstr(client.text, "HTTP/1.1"));
		ck_assert_ptr_nonnull(strstr(client.text, "Connection: close\r\n"));
		close_client(&client);
	}
	stop();
}

TEST_HTTP(requests__method_that_is_not_allowed)
{
	start_serving(_i);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_OPTIONS);
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 0\r\n" HOST);
	expect(&client, "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 108\r\nAllow: GET, OPTIONS\r\n\r\n" ERROR_PAGE(
			    "405", "Method Not Allowed"));
	/* The body of such a request is not read. */
	ask(&client, "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n" HOST);
	expect(&client,
	    "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html\r\nDate: D\r\n"
	    "Content-Length: 108\r\nConnection: close\r\nAllow: GET, OPTIONS\r\n\r\n" ERROR_PAGE(
		"405", "Method Not Allowed"));
	finish(client.fd);
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "");
	stop();
}

static int
find_brew(struct evhttp_ext_method *method)
{
	if (method->method && strcmp(method->method, "BREW") == 0) {
		method->type = 1 << 16;
		return 0;
	}
	return -1;
}

TEST_HTTP(evhttp_set_ext_method_cmp__own_method)
{
	start_serving(_i);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | 1 << 16);
	evhttp_set_ext_method_cmp(http, find_brew);
	ask(&client, "BREW /pot HTTP/1.1\r\n" HOST);
	expect(&client, PATH("/pot", "4"));
	stop();
}

TEST_HTTP(requests__path_without_callback)
{
	start(_i);
	ck_assert_int_eq(evhttp_set_cb(http, "/there", say_hello, NULL), 0);
	connect_client(&client);
	ask(&client, GET("/a&b") GET("/there"));
	expect(&client, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 149\r\n\r\n");
	expect(&client, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1>"
			"<p>The requested URL /a&amp;b was not found on this server.</p></body>"
			"</html>\n" HELLO);
	stop();
}
