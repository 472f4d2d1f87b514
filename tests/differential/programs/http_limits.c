/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits of heads and bodies in a server. */
#include "http_kit.h"

static struct evhttp *http;
static int port, fd;

static void
handle(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request, %zu bytes of body, headers_size %zu, body_size %zu",
	    evbuffer_get_length(evhttp_request_get_input_buffer(req)), req->headers_size,
	    req->body_size);
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
begin(void)
{
	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
}

static void
ask(const char *bytes, size_t size)
{
	fd = http_connect(port);
	http_turns();
	http_put(fd, bytes, size);
	http_turns();
	http_say_short(fd);
	close(fd);
	http_turns();
}

static void
ask_text(const char *text)
{
	ask(text, strlen(text));
}

static void
head_at_limit(void)
{
	/* 14 + 2, 7 + 2, 4 + 2, 2 */
	static const char head[] = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
	size_t size = strlen(head);

	begin();
	say("the head has %zu bytes", size);
	for (size_t limit = 12; limit <= size + 1; limit++) {
		say("limit %zu", limit);
		evhttp_set_max_headers_size(http, (ev_ssize_t)limit);
		ask_text(head);
	}
}

static void
head_limits(void)
{
	begin();
	for (int limit = -2; limit < 3; limit++) {
		say("limit %d", limit);
		evhttp_set_max_headers_size(http, limit);
		ask_text("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	say("no line end yet");
	evhttp_set_max_headers_size(http, 20);
	ask_text("GET /aaaaaaaaaaaaa");
	ask_text("GET /aaaaaaaaaaaaaa");
	ask_text("GET /aaaaaaaaaaaaaaa");
	ask_text("GET /aaaaaaaaaaaaaaaa");
	ask_text("GET / HTTP/1.1\r\nX: y");
	ask_text("GET / HTTP/1.1\r\nX: yz");
	ask_text("GET / HTTP/1.1\r\nX: yyy");
	ask_text("GET / HTTP/1.1\r\nX: yyyy");
	ask_text("GET / HTTP/1.1\r\nX: y\r\nX: y\r\n\r\n");
	say("the whole error");
	fd = http_connect(port);
	HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyyyyyyyyy\r\n\r\n");
	http_turns();
	http_say_received(fd);
}

static void
head_limit_later(void)
{
	begin();
	fd = http_connect(port);
	http_turns();
	evhttp_set_max_headers_size(http, 10);
	HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_short(fd);
	say("a new connection");
	ask_text("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void
second_head(void)
{
	begin();
	evhttp_set_max_headers_size(http, 30);
	fd = http_connect(port);
	for (int i = 0; i < 3; i++) {
		HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		http_turns();
		http_say_short(fd);
	}
}

static void
large_heads(void)
{
	static char head[300000];

	begin();
	memset(head, 'a', sizeof(head));
	memcpy(head, "GET /", 5);
	strcpy(head + 200000, " HTTP/1.1\r\nHost: a\r\n\r\n");
	say("a long target");
	ask_text(head);
	strcpy(head, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
	memset(head + 28, 'a', 200000);
	strcpy(head + 200028, "\r\n\r\n");
	say("a long field");
	ask_text(head);
	strcpy(head, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 20000; i++)
		strcpy(head + 25 + i * 6, "X: y\r\n");
	strcat(head, "\r\n");
	say("many fields");
	ask_text(head);
}

static void
body_at_limit(void)
{
	static const char *const requests[] = {
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n123456789",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\na\r\n1234567890\r\n0\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n6\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n5\r\n12345\r\n6\r\n123456\r\n0\r\n\r\n",
	};
	static const int limits[] = {10, 0, -1};

	begin();
	for (size_t k = 0; k < 3; k++) {
		say("limit %d", limits[k]);
		evhttp_set_max_body_size(http, limits[k]);
		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
			http_say_line("> ", requests[i]);
			ask_text(requests[i]);
		}
	}
}

static void
body_limit_later(void)
{
	begin();
	fd = http_connect(port);
	http_turns();
	evhttp_set_max_body_size(http, 10);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901");
	http_turns();
	http_say_short(fd);
}

static void
large_upload(int flags)
{
	static char bytes[1 << 20];
	char head[100];

	begin();
	evhttp_set_max_body_size(http, 100);
	say("flags: %d", evhttp_set_flags(http, flags));
	fd = http_connect(port);
	http_turns();
	snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
	    sizeof(bytes));
	http_put_text(fd, head);
	http_turns();
	http_say_received(fd);
	for (int i = 0; i < 16; i++) {
		ssize_t n = send(fd, bytes + i * 65536, 65536, MSG_NOSIGNAL);

		if (n != 65536)
			say("send %d: %s", i, n < 0 ? strerror(errno) : "short");
		http_turns();
		if (n < 0)
			break;
	}
	http_say_received(fd);
	say("then a second request");
	HTTP_PUT(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
}

static void
upload_closed(void)
{
	large_upload(0);
}

static void
upload_lingering(void)
{
	large_upload(EVHTTP_SERVER_LINGERING_CLOSE);
}

static void
lingering(const char *first, const char *second)
{
	begin();
	evhttp_set_max_body_size(http, 10);
	evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
	fd = http_connect(port);
	http_turns();
	http_say_line("> ", first);
	http_put_text(fd, first);
	http_turns();
	http_say_short(fd);
	http_say_line("> ", second);
	http_put_text(fd, second);
	http_turns();
	http_say_short(fd);
}

static void
lingering_chunked(void)
{
	lingering("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n123456",
	    "78901\r\n0\r\n\r\n");
}

static void
lingering_whole(void)
{
	lingering("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n1234567890ab",
	    "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
}

static void
lingering_expect(void)
{
	lingering(
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
	    "1234567890ab");
}

static void
lingering_method(void)
{
	lingering("FOO / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n", "12345678");
}

static void
lingering_bad_head(void)
{
	lingering("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "12345678");
}

static void
lingering_head_limit(void)
{
	begin();
	evhttp_set_max_headers_size(http, 30);
	evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
	fd = http_connect(port);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n");
	http_turns();
	http_say_short(fd);
}

static void
lingering_timeout(void)
{
	begin();
	evhttp_set_max_body_size(http, 10);
	evhttp_set_timeout(http, 3);
	evhttp_set_flags(http, EVHTTP_SERVER_LINGERING_CLOSE);
	fd = http_connect(port);
	HTTP_PUT(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n1234");
	http_turns();
	http_say_short(fd);
	http_pass(4000);
	http_say_short(fd);
}

static void
flags(void)
{
	begin();
	for (int i = -1; i < 5; i++)
		say("set_flags %d: %d", i, evhttp_set_flags(http, i));
	say("set_flags 0x100000: %d", evhttp_set_flags(http, 0x100000));
	say("set_flags 0x8: %d", evhttp_set_flags(http, 8));
}

int
main(void)
{
	http_case("a head at the limit", head_at_limit);
	http_case("limits of heads", head_limits);
	http_case("the head limit later", head_limit_later);
	http_case("heads on one connection", second_head);
	http_case("large heads", large_heads);
	http_case("a body at the limit", body_at_limit);
	http_case("the body limit later", body_limit_later);
	http_case("a large upload", upload_closed);
	http_case("a large upload, lingering", upload_lingering);
	http_case("chunked, lingering", lingering_chunked);
	http_case("all there, lingering", lingering_whole);
	http_case("Expect, lingering", lingering_expect);
	http_case("a method that is refused, lingering", lingering_method);
	http_case("a bad head, lingering", lingering_bad_head);
	http_case("a long head, lingering", lingering_head_limit);
	http_case("a timeout, lingering", lingering_timeout);
	http_case("flags", flags);
	return 0;
}
