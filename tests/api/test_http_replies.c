/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies of a server, byte for byte.
 */
#include "support/http_kit.h"

/* What the callback of "/" does. */
static void (*reply_with)(struct evhttp_request *);

static void
on_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply_with(request);
}

/* One request, which is answered by the function. */
static void
start_replying(int i, void (*function)(struct evhttp_request *), const char *request)
{
	start(i);
	reply_with = function;
	ck_assert_int_eq(evhttp_set_cb(http, "/", on_request, NULL), 0);
	connect_client(&client);
	ask(&client, request);
}

/* The connection stays: another request gets its reply. */
static void
expect_another_reply(const char *reply)
{
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, reply);
	expect_nothing(&client);
}

static void
hello(struct evhttp_request *request)
{
	say_hello(request, NULL);
}

/* ---- Whole replies ---- */

TEST_HTTP(evhttp_send_reply__body)
{
	start_replying(_i, hello, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HELLO);
	expect_another_reply(HELLO);
	stop();
}

TEST_HTTP(evhttp_send_reply__closes_when_the_request_says_so)
{
	start_replying(_i, hello, "GET / HTTP/1.1\r\nConnection: te, Close\r\n" HOST);
	expect(&client, HELLO_CLOSING);
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_send_reply__http_1_0_closes)
{
	start_replying(_i, hello, "GET / HTTP/1.0\r\n\r\n");
	expect(&client, "HTTP/1.0 200 OK\r\nDate: D\r\nContent-Length: 5\r\n"
			"Content-Type: text/html; charset=ISO-8859-1\r\n"
			"Connection: close\r\n\r\nhello");
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_send_reply__http_1_0_with_keep_alive)
{
	start_replying(_i, hello, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
	expect(&client, "HTTP/1.0 200 OK\r\nDate: D\r\nContent-Length: 5\r\n"
			"Content-Type: text/html; charset=ISO-8859-1\r\n"
			"Connection: keep-alive\r\n\r\nhello");
	expect_another_reply(HELLO);
	stop();
}

static void
nothing(struct evhttp_request *request)
{
	evhttp_send_reply(request, 200, NULL, NULL);
}

TEST_HTTP(evhttp_send_reply__without_body)
{
	start_replying(_i, nothing, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "0") "\r\n");
	expect_another_reply(HEAD_OF("200 OK", "0") "\r\n");
	stop();
}

TEST_HTTP(evhttp_send_reply__head_has_size_and_no_body)
{
	start_replying(_i, hello, "HEAD / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "5") "\r\n");
	expect_another_reply(HELLO);
	stop();
}

static int code_without_body;

static void
without_body(struct evhttp_request *request)
{
	reply_text(request, code_without_body, "dropped");
}

TEST_HTTP(evhttp_send_reply__no_content)
{
	code_without_body = 204;
	start_replying(_i, without_body, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
	expect_another_reply("HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
	stop();
}

TEST_HTTP(evhttp_send_reply__not_modified)
{
	code_without_body = 304;
	start_replying(_i, without_body, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 304 Not Modified\r\nDate: D\r\n\r\n");
	expect_another_reply("HTTP/1.1 304 Not Modified\r\nDate: D\r\n\r\n");
	stop();
}

static void
reset_content(struct evhttp_request *request)
{
	reply_text(request, 205, "");
}

TEST_HTTP(evhttp_send_reply__reset_content_says_that_it_is_empty)
{
	start_replying(_i, reset_content, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("205 Reset Content", "0") "\r\n");
	stop();
}

static void
empty_by_path(struct evhttp_request *request)
{
	reply_text(request, atoi(evhttp_request_get_uri(request) + 1), "");
}

TEST_HTTP(evhttp_send_reply__empty_redirection_or_error_has_no_type)
{
	start_replying(_i, empty_by_path, "");
	evhttp_set_gencb(http, on_request, NULL);
	ask(&client, GET("/302") GET("/416") GET("/201") GET("/500"));
	expect(&client, "HTTP/1.1 302 Found\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
	expect(&client, "HTTP/1.1 416 Requested range not satisfiable\r\nDate: D\r\n"
			"Content-Length: 0\r\n\r\n");
	expect(&client, HEAD_OF("201 Created", "0") "\r\n");
	expect(
	    &client, "HTTP/1.1 500 Internal Server Error\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
	stop();
}

static void
in_both_buffers(struct evhttp_request *request)
{
	evbuffer_add(evhttp_request_get_output_buffer(request), "first ", 6);
	reply_text(request, 200, "second");
}

TEST_HTTP(evhttp_send_reply__output_buffer_comes_first)
{
	start_replying(_i, in_both_buffers, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "12") "\r\nfirst second");
	stop();
}

static void
own_fields(struct evhttp_request *request)
{
	add_header(request, "X-First", "1");
	add_header(request, "content-type", "text/plain");
	add_header(request, "date", "never");
	add_header(request, "Content-Length", "2");
	add_header(request, "Transfer-Encoding", "gzip");
	add_header(request, "X-Last", "");
	say_hello(request, NULL);
}

/* The size and the coding of the body are what they are, whatever the program says. */
TEST_HTTP(evhttp_send_reply__fields_of_the_program)
{
	start_replying(_i, own_fields, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nX-First: 1\r\ncontent-type: text/plain\r\n"
			"date: never\r\nX-Last: \r\nContent-Length: 5\r\n\r\nhello");
	expect_nothing(&client);
	stop();
}

static void
announced_size(struct evhttp_request *request)
{
	add_header(request, "Content-Length", "1234");
	evhttp_send_reply(request, 200, NULL, NULL);
}

TEST_HTTP(evhttp_send_reply__head_with_content_length_of_the_program)
{
	start_replying(_i, announced_size, "HEAD / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "1234") "\r\n");
	stop();
}

static void
own_close(struct evhttp_request *request)
{
	add_header(request, "Connection", "close");
	say_hello(request, NULL);
}

TEST_HTTP(evhttp_send_reply__connection_close_of_the_program)
{
	start_replying(_i, own_close, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HELLO_CLOSING);
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_set_default_content_type__other_and_none)
{
	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	evhttp_set_default_content_type(http, "text/plain");
	connect_client(&client);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n"
			"Content-Type: text/plain\r\n\r\nhello");
	evhttp_set_default_content_type(http, NULL);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 5\r\n\r\nhello");
	stop();
}

/* ---- Codes and reasons ---- */

struct line {
	int code;
	const char *reason;
	const char *line;
};

#define LETTERS_31 "abcdefghijklmnopqrstuvwxyzABCDE"

static const struct line lines[] = {
    {200, "Fine", "HTTP/1.1 200 Fine"},
    {200, "", "HTTP/1.1 200 "},
    {200, LETTERS_31, "HTTP/1.1 200 " LETTERS_31},
    {200, LETTERS_31 "z", "HTTP/1.1 200 " LETTERS_31 "z"},
    {200, LETTERS_31 LETTERS_31, "HTTP/1.1 200 " LETTERS_31 LETTERS_31},
    {201, NULL, "HTTP/1.1 201 Created"},
    {299, NULL, "HTTP/1.1 299 Success"},
    {302, NULL, "HTTP/1.1 302 Found"},
    {418, NULL, "HTTP/1.1 418 Client Error"},
    {599, NULL, "HTTP/1.1 599 Server Error"},
    {-1, NULL, "HTTP/1.1 -1 Unknown Status Class"},
    /* What would split the reply is left out. */
    {200, "a\r\nX: y", "HTTP/1.1 200 OK"},
    {200, "a\nb", "HTTP/1.1 200 OK"},
    {200, "\001", "HTTP/1.1 200 OK"},
};

static const struct line *line_of_reply;

static void
with_line(struct evhttp_request *request)
{
	evbuffer_add(evhttp_request_get_output_buffer(request), "x", 1);
	evhttp_send_reply(request, line_of_reply->code, line_of_reply->reason, NULL);
}

TEST_HTTP(evhttp_send_reply__codes_and_reasons)
{
	start_replying(_i, with_line, "");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		line_of_reply = &lines[i];
		ask(&client, "GET / HTTP/1.1\r\n" HOST);
		expect(&client, line_of_reply->line);
		expect(&client, "\r\nDate: D\r\nContent-Length: 1\r\n"
				"Content-Type: text/html; charset=ISO-8859-1\r\n\r\nx");
	}
	stop();
}

/* A list that the program fills by itself can have anything in it. */
static void
with_bad_fields(struct evhttp_request *request)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(request);
	const char *const bad[][2] = {
	    {"X: Y\r\nZ", "1"}, {"X-Bad", "1\r\nX-Evil: 2"}, {"", "1"}, {"X Y", "1"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct evkeyval *field = calloc(1, sizeof(*field));

		field->key = strdup(bad[i][0]);
		field->value = strdup(bad[i][1]);
		field->next.tqe_prev = fields->tqh_last;
		*fields->tqh_last = field;
		fields->tqh_last = &field->next.tqe_next;
	}
	say_hello(request, NULL);
}

TEST_HTTP(evhttp_send_reply__fields_cannot_split_the_reply)
{
	start_replying(_i, with_bad_fields, "");
	keep_log();
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HELLO);
	expect_nothing(&client);
	ck_assert(was_logged("a header field that cannot be sent is left out"));
	stop();
}

/* ---- In pieces ---- */

static void
in_chunks(struct evhttp_request *request)
{
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "one");
	chunk_text(request, "");
	chunk_text(request, "and some more than sixteen");
	evhttp_send_reply_end(request);
}

#define CHUNKED                                                        \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: D\r\n" \
	"Content-Type: text/html; charset=ISO-8859-1\r\n"
#define CHUNKS "3\r\none\r\n1a\r\nand some more than sixteen\r\n0\r\n\r\n"

TEST_HTTP(evhttp_send_reply_chunk__chunked)
{
	start_replying(_i, in_chunks, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, CHUNKED "\r\n" CHUNKS);
	expect_another_reply(CHUNKED "\r\n" CHUNKS);
	stop();
}

TEST_HTTP(evhttp_send_reply_chunk__chunked_and_closed)
{
	start_replying(_i, in_chunks, "GET / HTTP/1.1\r\nConnection: close\r\n" HOST);
	expect(&client, CHUNKED "Connection: close\r\n\r\n" CHUNKS);
	expect_closed(&client);
	stop();
}

/* A client of HTTP/1.0 knows no chunks: the end of the connection is the end of the body. */
TEST_HTTP(evhttp_send_reply_chunk__http_1_0)
{
	start_replying(_i, in_chunks, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	expect(&client, "HTTP/1.0 200 OK\r\nDate: D\r\n"
			"Content-Type: text/html; charset=ISO-8859-1\r\n"
			"Connection: close\r\n\r\noneand some more than sixteen");
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_send_reply_chunk__head_has_no_body)
{
	start_replying(_i, in_chunks, "HEAD / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nDate: D\r\n"
			"Content-Type: text/html; charset=ISO-8859-1\r\n\r\n");
	expect_another_reply(CHUNKED "\r\n" CHUNKS);
	stop();
}

static void
announced(struct evhttp_request *request)
{
	add_header(request, "Content-Length", "6");
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "abc");
	chunk_text(request, "def");
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply_start__content_length_of_the_program)
{
	start_replying(_i, announced, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "6") "\r\nabcdef");
	expect_another_reply(HEAD_OF("200 OK", "6") "\r\nabcdef");
	stop();
}

static void
too_long(struct evhttp_request *request)
{
	add_header(request, "Content-Length", "4");
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "abc");
	chunk_text(request, "def");
	chunk_text(request, "g");
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply_chunk__more_than_announced_is_left_out)
{
	start_replying(_i, too_long, "");
	keep_log();
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "4") "\r\nabcg");
	expect_nothing(&client);
	ck_assert(was_logged("longer than its Content-Length"));
	stop();
}

static void
too_short(struct evhttp_request *request)
{
	add_header(request, "Content-Length", "4");
	evhttp_send_reply_start(request, 200, NULL);
	chunk_text(request, "abc");
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply_end__less_than_announced_closes)
{
	start_replying(_i, too_short, "");
	keep_log();
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "4") "\r\nabc");
	expect_closed(&client);
	ck_assert(was_logged("shorter than its Content-Length"));
	stop();
}

static void
with_output_first(struct evhttp_request *request)
{
	evbuffer_add(evhttp_request_get_output_buffer(request), "first", 5);
	evhttp_send_reply_start(request, 200, NULL);
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply_start__output_buffer_is_the_first_chunk)
{
	start_replying(_i, with_output_first, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, CHUNKED "\r\n5\r\nfirst\r\n0\r\n\r\n");
	stop();
}

static void
on_sent(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	spell_text(arg);
}

static void
send_with_callback(struct evhttp_request *request, const char *text)
{
	struct evbuffer *chunk = evbuffer_new();

	evbuffer_add(chunk, text, strlen(text));
	evhttp_send_reply_chunk_with_cb(request, chunk, on_sent, word(text));
	evbuffer_free(chunk);
}

static void
keep_started(struct evhttp_request *request)
{
	kept = request;
	evhttp_send_reply_start(request, 200, NULL);
	send_with_callback(request, "one");
	send_with_callback(request, "two");
}

TEST_HTTP(evhttp_send_reply_chunk_with_cb__last_callback_when_all_is_written)
{
	start_replying(_i, keep_started, "GET / HTTP/1.1\r\n" HOST);
	expect_spelled("two");
	evhttp_request_set_on_complete_cb(kept, on_complete, word("done"));
	send_with_callback(kept, "");
	send_with_callback(kept, "three");
	evhttp_send_reply_end(kept);
	expect_spelled("done");
	expect(&client, CHUNKED "\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
	stop();
}

/* What streams by callbacks comes to its end there too. */
TEST_HTTP(evhttp_send_reply_chunk_with_cb__is_called_for_head)
{
	start_replying(_i, keep_started, "HEAD / HTTP/1.1\r\n" HOST);
	expect_spelled("two");
	send_with_callback(kept, "three");
	expect_spelled("three");
	evhttp_send_reply_end(kept);
	expect(&client, "HTTP/1.1 200 OK\r\nDate: D\r\n"
			"Content-Type: text/html; charset=ISO-8859-1\r\n\r\n");
	expect_nothing(&client);
	stop();
}

/* ---- Errors ---- */

static void
error_of_program(struct evhttp_request *request)
{
	add_header(request, "X-Mine", "1");
	evbuffer_add(evhttp_request_get_output_buffer(request), "mine", 4);
	evhttp_send_error(request, 403, "No <way>");
}

TEST_HTTP(evhttp_send_error__page)
{
	start_replying(_i, error_of_program, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 403 No <way>\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 100\r\n\r\n" ERROR_PAGE("403", "No &lt;way&gt;"));
	stop();
}

static void
error_by_path(struct evhttp_request *request)
{
	evhttp_send_error(request, atoi(evhttp_request_get_uri(request) + 1), NULL);
}

/* It was read whole, so that nobody can take its body for the next request. */
TEST_HTTP(evhttp_send_error__connection_stays)
{
	start_replying(_i, error_by_path, "");
	evhttp_set_gencb(http, on_request, NULL);
	ask(&client, GET("/404") "POST /422 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc"
				 "GET /409 HTTP/1.0\r\nConnection: keep-alive\r\n" HOST);
	expect(&client, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 90\r\n\r\n" ERROR_PAGE("404", "Not Found"));
	expect(&client,
	    "HTTP/1.1 422 Unprocessable Content\r\nContent-Type: text/html\r\nDate: D\r\n"
	    "Content-Length: 114\r\n\r\n" ERROR_PAGE("422", "Unprocessable Content"));
	expect(&client,
	    "HTTP/1.1 409 Conflict\r\nContent-Type: text/html\r\nDate: D\r\n"
	    "Content-Length: 88\r\nConnection: keep-alive\r\n\r\n" ERROR_PAGE("409", "Conflict"));
	expect_nothing(&client);
	stop();
}

TEST_HTTP(evhttp_send_error__closes_where_a_side_is_in_trouble)
{
	static const char *const targets[] = {"/400", "/408", "/500", "/503"};

	start_replying(_i, error_by_path, "");
	evhttp_set_gencb(http, on_request, NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char request[100];

		evutil_snprintf(request, sizeof(request), GET("%s"), targets[i]);
		connect_client(&other_client);
		ask(&other_client, request);
		while (!other_client.is_closed)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_ptr_nonnull(strstr(other_client.text, "Connection: close\r\n"));
		close_client(&other_client);
	}
	stop();
}

TEST_HTTP(evhttp_send_error__closes_as_the_client_says)
{
	start_replying(_i, error_by_path, "");
	evhttp_set_gencb(http, on_request, NULL);
	ask(&client, "GET /404 HTTP/1.1\r\nConnection: close\r\n" HOST);
	expect(&client, ERROR_REPLY("404", "Not Found", "90"));
	expect_closed(&client);
	stop();
}

static void
default_error(struct evhttp_request *request)
{
	evhttp_send_error(request, HTTP_NOTFOUND, NULL);
}

TEST_HTTP(evhttp_send_error__reason_of_the_code)
{
	start_replying(_i, default_error, "GET / HTTP/1.0\r\n\r\n");
	expect(&client, ERROR_REPLY("404", "Not Found", "90"));
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_send_error__head_has_no_page)
{
	start_replying(_i, default_error, "HEAD / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 90\r\n\r\n");
	expect_nothing(&client);
	stop();
}

static int
make_page(
    struct evhttp_request *request, struct evbuffer *page, int code, const char *reason, void *arg)
{
	(void)request;
	evbuffer_add_printf(page, "%d %s", code, reason);
	return *(int *)arg;
}

TEST_HTTP(evhttp_set_errorcb__page_of_the_program)
{
	int returned = 0;

	start_replying(_i, default_error, "");
	evhttp_set_errorcb(http, make_page, &returned);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 13\r\n\r\n404 Not Found");
	stop();
}

/* The text that it is given is the request's own. */
static int
reply_with_reason(
    struct evhttp_request *request, struct evbuffer *page, int code, const char *reason, void *arg)
{
	(void)page;
	(void)arg;
	evhttp_send_reply(request, code, reason + 4, NULL);
	return 0;
}

static void
long_error(struct evhttp_request *request)
{
	evhttp_send_error(request, HTTP_NOTFOUND, LETTERS_31 LETTERS_31);
}

TEST_HTTP(evhttp_set_errorcb__reply_with_the_reason_it_was_given)
{
	start_replying(_i, default_error, "");
	evhttp_set_errorcb(http, reply_with_reason, NULL);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 404 Found\r\n");
	stop();
}

TEST_HTTP(evhttp_set_errorcb__reply_with_the_long_reason_it_was_given)
{
	start_replying(_i, long_error, "");
	evhttp_set_errorcb(http, reply_with_reason, NULL);
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 404 efghijklmnopqrstuvwxyzABCDE" LETTERS_31 "\r\n");
	stop();
}

TEST_HTTP(evhttp_set_errorcb__negative_result_is_for_the_page_of_the_library)
{
	int returned = -1;

	start(_i);
	evhttp_set_errorcb(http, make_page, &returned);
	connect_client(&client);
	ask(&client, "GET /none HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 90\r\n\r\n" ERROR_PAGE("404", "Not Found"));
	stop();
}

static int
reply_itself(
    struct evhttp_request *request, struct evbuffer *page, int code, const char *reason, void *arg)
{
	(void)page;
	(void)code;
	(void)reason;
	(void)arg;
	reply_text(request, 200, "fine");
	return 0;
}

TEST_HTTP(evhttp_set_errorcb__may_send_another_reply)
{
	start(_i);
	evhttp_set_errorcb(http, reply_itself, NULL);
	connect_client(&client);
	ask(&client, "GET /none HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 4\r\n\r\nfine");
	stop();
}

/* ---- Misuse ---- */

static void
twice(struct evhttp_request *request)
{
	say_hello(request, NULL);
	evhttp_send_reply(request, 200, NULL, NULL);
	evhttp_send_error(request, 500, NULL);
	evhttp_send_reply_start(request, 200, NULL);
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply__second_reply_is_refused)
{
	start_replying(_i, twice, "");
	keep_log();
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, HELLO);
	expect_nothing(&client);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 4);
	ck_assert(was_logged("no reply to this request is owed"));
	stop();
}

static void
chunk_before_start(struct evhttp_request *request)
{
	chunk_text(request, "early");
	evhttp_send_reply_start(request, 200, NULL);
	evhttp_send_reply_start(request, 200, NULL);
	evhttp_send_reply(request, 200, NULL, NULL);
	evhttp_send_reply_end(request);
}

TEST_HTTP(evhttp_send_reply_chunk__before_start_is_refused)
{
	start_replying(_i, chunk_before_start, "");
	keep_log();
	ask(&client, "GET / HTTP/1.1\r\n" HOST);
	expect(&client, CHUNKED "\r\n0\r\n\r\n");
	expect_nothing(&client);
	ck_assert(was_logged("the reply has not begun yet"));
	ck_assert(was_logged("the reply has begun already"));
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 3);
	stop();
}
