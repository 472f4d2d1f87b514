/* SPDX-License-Identifier: BSD-3-Clause */
/* The bytes of replies. */
#include "http_kit.h"

#define GET    "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET10  "GET / HTTP/1.0\r\n\r\n"
#define KEEP10 "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
#define CLOSE  "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define HEAD   "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST   "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"

struct reply {
	const char *name;
	const char *request;
	void (*handle)(struct evhttp_request *, void *);
	int code;
};

static void
add(struct evhttp_request *req, const char *name, const char *value)
{
	say("add %s: %d", name,
	    evhttp_add_header(evhttp_request_get_output_headers(req), name, value));
}

static void
send_text(struct evhttp_request *req, int code, const char *reason, const char *text)
{
	struct evbuffer *body = text ? http_text(text) : NULL;

	evhttp_send_reply(req, code, reason, body);
	if (body)
		say("left in the buffer: %zu", evbuffer_get_length(body));
}

static void
ok(struct evhttp_request *req, void *arg)
{
	(void)arg;
	send_text(req, 200, "OK", "body\n");
}

static void
ok_empty(struct evhttp_request *req, void *arg)
{
	(void)arg;
	send_text(req, 200, "OK", "");
}

static void
ok_null(struct evhttp_request *req, void *arg)
{
	(void)arg;
	send_text(req, 200, NULL, NULL);
}

static void
ok_reason(struct evhttp_request *req, void *arg)
{
	(void)arg;
	send_text(req, 200, "Just fine", "body\n");
}

static void
ok_both(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evbuffer_add(evhttp_request_get_output_buffer(req), "first ", 6);
	send_text(req, 200, "OK", "second\n");
}

static void
ok_output(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evbuffer_add(evhttp_request_get_output_buffer(req), "first\n", 6);
	send_text(req, 200, "OK", NULL);
}

static void
own_fields(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "X-First", "1");
	add(req, "content-type", "text/plain");
	add(req, "X-Last", "2");
	send_text(req, 200, "OK", "body\n");
}

static void
own_all(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Date", "yesterday");
	add(req, "Content-Length", "2");
	add(req, "Connection", "x");
	add(req, "Content-Type", "");
	send_text(req, 200, "OK", "body\n");
}

static void
own_close(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Connection", "close");
	send_text(req, 200, "OK", "body\n");
}

static void
own_keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Connection", "keep-alive");
	send_text(req, 200, "OK", "body\n");
}

static void
own_chunked(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Transfer-Encoding", "chunked");
	send_text(req, 200, "OK", "4\r\nbody\r\n0\r\n\r\n");
}

static void
code_body(struct evhttp_request *req, void *arg)
{
	send_text(req, ((const struct reply *)arg)->code, NULL, "body\n");
}

static void
code_empty(struct evhttp_request *req, void *arg)
{
	send_text(req, ((const struct reply *)arg)->code, NULL, NULL);
}

static void
code_error(struct evhttp_request *req, void *arg)
{
	evhttp_send_error(req, ((const struct reply *)arg)->code, NULL);
}

static void
error_reason(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_error(req, 404, "No <such> page");
}

static void
error_empty(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_error(req, 500, "");
}

static void
error_fields(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "X-First", "1");
	add(req, "Content-Type", "text/plain");
	evbuffer_add(evhttp_request_get_output_buffer(req), "left over\n", 10);
	evhttp_send_error(req, 500, "Oh\r\nX-Split: 1");
}

static void
reason_split(struct evhttp_request *req, void *arg)
{
	(void)arg;
	send_text(req, 200, "Oh\r\nX-Split: 1", "body\n");
}

static void
odd_fields(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "X-A", "1\r\n2");
	add(req, "X-B", "1\r\n 2");
	add(req, "X-C", "1\n2");
	add(req, "X-D", "1\n\t2");
	add(req, "X-E", "1\r2");
	add(req, "X-F", "1\r\n");
	add(req, "X\r\nG", "1");
	add(req, "X:H", "1");
	add(req, "", "1");
	add(req, "X I", "1");
	add(req, "X-J", "");
	add(req, "X-K", " 1 ");
	add(req, "X-L", "\x01\xff");
	send_text(req, 200, "OK", "body\n");
}

static void
chunks(struct evhttp_request *req, void *arg)
{
	struct evbuffer *chunk = http_text("one");

	(void)arg;
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, chunk);
	say("left in the buffer: %zu", evbuffer_get_length(chunk));
	evhttp_send_reply_chunk(req, chunk);
	evhttp_send_reply_chunk(req, http_text("a text that is longer than sixteen bytes"));
	evhttp_send_reply_end(req);
}

static void
no_chunks(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_reply_start(req, 200, NULL);
	evhttp_send_reply_end(req);
}

static void
chunks_length(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Content-Length", "6");
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, http_text("one"));
	evhttp_send_reply_chunk(req, http_text("two"));
	evhttp_send_reply_end(req);
}

static void
chunks_own(struct evhttp_request *req, void *arg)
{
	(void)arg;
	add(req, "Transfer-Encoding", "gzip");
	add(req, "X-A", "1");
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, http_text("one"));
	evhttp_send_reply_end(req);
}

static void
chunks_after_output(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evbuffer_add(evhttp_request_get_output_buffer(req), "first", 5);
	evhttp_send_reply_start(req, 200, "OK");
	evhttp_send_reply_chunk(req, http_text("one"));
	evhttp_send_reply_end(req);
}

static void
chunks_204(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_reply_start(req, 204, NULL);
	evhttp_send_reply_chunk(req, http_text("one"));
	evhttp_send_reply_end(req);
}

static void
chunks_304(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_reply_start(req, 304, NULL);
	evhttp_send_reply_chunk(req, http_text("one"));
	evhttp_send_reply_end(req);
}

static const struct reply replies[] = {
    {"a body", GET, ok, 0},
    {"a body, 1.0", GET10, ok, 0},
    {"a body, 1.0 that stays", KEEP10, ok, 0},
    {"a body, 1.1 that closes", CLOSE, ok, 0},
    {"a body, HEAD", HEAD, ok, 0},
    {"a body, HEAD 1.0 that stays", "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", ok, 0},
    {"a body, POST", POST, ok, 0},
    {"a body, 1.1 with keep-alive", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
	ok, 0},
    {"a body, 1.1 with Connection: Close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
	ok, 0},
    {"a body, 1.1 with Connection: x, close",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", ok, 0},
    {"a body, 1.1 with Connection: close twice",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", ok, 0},
    {"a body, 1.0 with Connection: Keep-Alive, x",
	"GET / HTTP/1.0\r\nConnection: Keep-Alive, x\r\n\r\n", ok, 0},
    {"a body, 1.0 with Connection: KEEP-ALIVE", "GET / HTTP/1.0\r\nConnection: KEEP-ALIVE\r\n\r\n",
	ok, 0},
    {"a body, Proxy-Connection: close",
	"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n", ok, 0},
    {"a body, absolute form", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", ok, 0},
    {"a body, absolute form, Proxy-Connection: close",
	"GET http://b/ HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n", ok, 0},
    {"a body, absolute form, 1.0, Proxy-Connection: keep-alive",
	"GET http://b/ HTTP/1.0\r\nHost: a\r\nProxy-Connection: keep-alive\r\n\r\n", ok, 0},
    {"a body, absolute form, Proxy-Connection: keep-alive",
	"GET http://b/ HTTP/1.1\r\nHost: a\r\nProxy-Connection: keep-alive\r\n\r\n", ok, 0},
    {"a body, absolute form, Connection: close",
	"GET http://b/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ok, 0},
    {"a body, absolute form, Connection: keep-alive",
	"GET http://b/ HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", ok, 0},
    {"a body, absolute form, the same host",
	"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", ok, 0},
    {"a body, Connection: closed", "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", ok,
	0},
    {"a body, Connection: close, x", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n",
	ok, 0},
    {"a body, Connection: close with a blank behind",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close \r\n\r\n", ok, 0},
    {"a body, 1.0, Connection: x, keep-alive",
	"GET / HTTP/1.0\r\nConnection: x, keep-alive\r\n\r\n", ok, 0},
    {"a body, 1.0, Connection: keep-alivex", "GET / HTTP/1.0\r\nConnection: keep-alivex\r\n\r\n",
	ok, 0},
    {"an empty body", GET, ok_empty, 0},
    {"no body", GET, ok_null, 0},
    {"no body, HEAD", HEAD, ok_null, 0},
    {"no body, 1.0", GET10, ok_null, 0},
    {"no body, 1.0 that stays", KEEP10, ok_null, 0},
    {"no body, 1.1 that closes", CLOSE, ok_null, 0},
    {"a reason", GET, ok_reason, 0},
    {"output and a body", GET, ok_both, 0},
    {"output alone", GET, ok_output, 0},
    {"fields", GET, own_fields, 0},
    {"fields that the server makes", GET, own_all, 0},
    {"fields that the server makes, 1.0 that stays", KEEP10, own_all, 0},
    {"Connection: close", GET, own_close, 0},
    {"Connection: close, 1.0 that stays", KEEP10, own_close, 0},
    {"Connection: keep-alive, 1.1 that closes", CLOSE, own_keep, 0},
    {"Connection: keep-alive, 1.0", GET10, own_keep, 0},
    {"Transfer-Encoding: chunked and send_reply", GET, own_chunked, 0},
    {"Transfer-Encoding: chunked and send_reply, 1.0", GET10, own_chunked, 0},
    {"100", GET, code_body, 100},
    {"100 empty", GET, code_empty, 100},
    {"101", GET, code_body, 101},
    {"101 empty", GET, code_empty, 101},
    {"103", GET, code_body, 103},
    {"201", GET, code_body, 201},
    {"201 empty", GET, code_empty, 201},
    {"204", GET, code_body, 204},
    {"204 empty", GET, code_empty, 204},
    {"204 empty, 1.0 that stays", KEEP10, code_empty, 204},
    {"204 empty, closes", CLOSE, code_empty, 204},
    {"205", GET, code_body, 205},
    {"205 empty", GET, code_empty, 205},
    {"206", GET, code_body, 206},
    {"302", GET, code_body, 302},
    {"302 empty", GET, code_empty, 302},
    {"304", GET, code_body, 304},
    {"304 empty", GET, code_empty, 304},
    {"404", GET, code_body, 404},
    {"404 empty", GET, code_empty, 404},
    {"404, HEAD", HEAD, code_body, 404},
    {"500", GET, code_body, 500},
    {"500 empty", GET, code_empty, 500},
    {"0", GET, code_body, 0},
    {"99", GET, code_body, 99},
    {"299", GET, code_body, 299},
    {"418", GET, code_body, 418},
    {"451", GET, code_body, 451},
    {"599", GET, code_body, 599},
    {"600", GET, code_body, 600},
    {"1000", GET, code_body, 1000},
    {"-1", GET, code_body, -1},
    {"error 400", GET, code_error, 400},
    {"error 404", GET, code_error, 404},
    {"error 404, HEAD", HEAD, code_error, 404},
    {"error 404, 1.0", GET10, code_error, 404},
    {"error 404, 1.0 that stays", KEEP10, code_error, 404},
    {"error 404, 1.1 that closes", CLOSE, code_error, 404},
    {"error 404, POST", POST, code_error, 404},
    {"error 405", GET, code_error, 405},
    {"error 413", GET, code_error, 413},
    {"error 417", GET, code_error, 417},
    {"error 500", GET, code_error, 500},
    {"error 501", GET, code_error, 501},
    {"error 503", GET, code_error, 503},
    {"error 204", GET, code_error, 204},
    {"error 304", GET, code_error, 304},
    {"error 302", GET, code_error, 302},
    {"error 100", GET, code_error, 100},
    {"error 0", GET, code_error, 0},
    {"error 418", GET, code_error, 418},
    {"error 600", GET, code_error, 600},
    {"error with a reason", GET, error_reason, 0},
    {"error with an empty reason", GET, error_empty, 0},
    {"error with fields, output and a reason of two lines", GET, error_fields, 0},
    {"a reason of two lines", GET, reason_split, 0},
    {"odd fields", GET, odd_fields, 0},
    {"chunks", GET, chunks, 0},
    {"chunks, 1.0", GET10, chunks, 0},
    {"chunks, 1.0 that stays", KEEP10, chunks, 0},
    {"chunks, closes", CLOSE, chunks, 0},
    {"chunks, HEAD", HEAD, chunks, 0},
    {"chunks, HEAD 1.0", "HEAD / HTTP/1.0\r\n\r\n", chunks, 0},
    {"no chunks", GET, no_chunks, 0},
    {"no chunks, HEAD", HEAD, no_chunks, 0},
    {"chunks with a length", GET, chunks_length, 0},
    {"chunks with a length, 1.0", GET10, chunks_length, 0},
    {"chunks with a length, 1.0 that stays", KEEP10, chunks_length, 0},
    {"chunks with a coding", GET, chunks_own, 0},
    {"chunks after output", GET, chunks_after_output, 0},
    {"chunks after output, 1.0", GET10, chunks_after_output, 0},
    {"chunks of 204", GET, chunks_204, 0},
    {"chunks of 304", GET, chunks_304, 0},
};

static const struct reply not_found = {"", "", code_error, 404};

static void
exchange(const void *arg)
{
	const struct reply *one = arg;
	int port;
	struct evhttp *http = http_server(&port);
	int fd = http_connect(port);

	evhttp_set_gencb(http, one->handle, (void *)arg);
	http_put_text(fd, one->request);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
	event_base_free(http_base);
}

static int next_code;

static void
next(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_reply(req, next_code, NULL, NULL);
}

static void
texts(void)
{
	int port;
	struct evhttp *http = http_server(&port);
	int fd = http_connect(port);

	evhttp_set_gencb(http, next, NULL);
	for (next_code = 100; next_code < 600; next_code += next_code % 100 < 32 ? 1 : 68) {
		HTTP_PUT(fd, GET);
		http_turns();
		http_say_short(fd);
	}
}

/* The virtual clock stands still. */
static void
date(void)
{
	int port;
	struct evhttp *http = http_server(&port);
	int fd = http_connect(port);
	char bytes[400] = "";
	char *found;

	evhttp_set_gencb(http, ok, NULL);
	HTTP_PUT(fd, GET);
	http_turns();
	recv(fd, bytes, sizeof(bytes) - 1, 0);
	found = strstr(bytes, "Date");
	say("[%s]", found ? strtok(found, "\r\n") : "none");
}

static void
default_type(const void *type)
{
	int port;
	struct evhttp *http = http_server(&port);
	int fd = http_connect(port);

	evhttp_set_default_content_type(http, type);
	evhttp_set_gencb(http, ok, NULL);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_received(fd);
	evhttp_set_gencb(http, code_error, (void *)&not_found);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_received(fd);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++)
		http_case_with(replies[i].name, exchange, &replies[i]);
	http_case("texts", texts);
	http_case("date", date);
	http_case_with("default type text/plain", default_type, "text/plain");
	http_case_with("default type NULL", default_type, NULL);
	http_case_with("default type empty", default_type, "");
	return 0;
}
