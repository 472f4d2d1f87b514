/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a server's connections: pipelining, deferred replies, timeouts, Expect. */
#include "http_kit.h"

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

static struct evhttp *http;
static int port, fd;
static struct evhttp_request *kept[10];
static int kept_count;

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static void
handle(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request %s, %zu bytes", evhttp_request_get_uri(req),
	    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
	evhttp_send_reply(req, 200, "OK", http_text(evhttp_request_get_uri(req)));
}

static void
keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request %s, kept", evhttp_request_get_uri(req));
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), on_close, (void *)"connection");
	kept[kept_count++] = req;
}

static void
reply_to(int i)
{
	say("reply %d", i);
	evhttp_send_reply(kept[i], 200, "OK", http_text(evhttp_request_get_uri(kept[i])));
	http_turns();
}

static void
begin(void (*cb)(struct evhttp_request *, void *))
{
	http = http_server(&port);
	evhttp_set_gencb(http, cb, NULL);
	fd = http_connect(port);
	http_turns();
}

static void
finish(void)
{
	evhttp_free(http);
	http_turns();
	event_base_free(http_base);
}

static void
pipelined(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 "
		     "HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
	HTTP_PUT(fd, "GET /4 HTTP/1.1\r\nHost: a\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\nConnection: "
		     "close\r\n\r\nGET /6 "
		     "HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
	finish();
}

static void
pipelined_posts(void)
{
	begin(handle);
	HTTP_PUT(fd,
	    "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
	    "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	    "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab");
	http_turns();
	http_say_received(fd);
	HTTP_PUT(fd, "cGET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
	finish();
}

static void
pipelined_and_kept(void)
{
	begin(keep);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	HTTP_PUT(fd, "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
	reply_to(0);
	http_say_received(fd);
	reply_to(1);
	http_say_received(fd);
	reply_to(2);
	http_say_received(fd);
	finish();
}

/* Inside the callback of the next. */
static void
pipelined_errors(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nFOO /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 "
		     "HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	http_say_received(fd);
	finish();
}

static void
byte_by_byte(void)
{
	static const char text[] = "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
				   "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

	begin(handle);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		http_put(fd, text + i, 1);
		http_turns();
	}
	http_say_received(fd);
	finish();
}

static void
half_close_after_request(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	shutdown(fd, SHUT_WR);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
half_close_in_head(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n");
	http_turns();
	shutdown(fd, SHUT_WR);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
half_close_in_body(void)
{
	begin(handle);
	HTTP_PUT(fd, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	http_turns();
	shutdown(fd, SHUT_WR);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
half_close_in_chunk(void)
{
	begin(handle);
	HTTP_PUT(fd, "POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na");
	http_turns();
	shutdown(fd, SHUT_WR);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
pass_seconds(const int *moments)
{
	int now = 0;

	for (; *moments; moments++) {
		http_pass((*moments - now) * 1000);
		now = *moments;
		say("%d s", now);
		http_say_received(fd);
	}
}

static void
pass(void)
{
	static const int moments[] = {44, 46, 49, 51, 61, 99, 101, 0};

	pass_seconds(moments);
}

static void
no_request(void)
{
	begin(handle);
	pass();
	finish();
}

static void
part_of_head(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n");
	http_turns();
	pass();
	finish();
}

static void
slow_head(void)
{
	begin(handle);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n");
	http_turns();
	for (int i = 0; i < 10; i++) {
		http_pass(40000);
		HTTP_PUT(fd, "X: y\r\n");
		http_turns();
	}
	HTTP_PUT(fd, "\r\n");
	http_turns();
	http_say_received(fd);
	finish();
}

static void
part_of_body(void)
{
	begin(handle);
	HTTP_PUT(fd, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	http_turns();
	pass();
	finish();
}

static void
idle_after_reply(void)
{
	begin(handle);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_received(fd);
	pass();
	finish();
}

static void
reply_is_late(void)
{
	begin(keep);
	HTTP_PUT(fd, GET);
	http_turns();
	pass();
	reply_to(0);
	http_say_received(fd);
	pass();
	finish();
}

static void
chunks_are_late(void)
{
	begin(keep);
	HTTP_PUT(fd, GET);
	http_turns();
	evhttp_send_reply_start(kept[0], 200, "OK");
	http_turns();
	pass();
	say("connection %d", evhttp_request_get_connection(kept[0]) != NULL);
	evhttp_send_reply_end(kept[0]);
	http_turns();
	http_say_received(fd);
	finish();
}

static void
reply_is_not_read(void)
{
	static char bytes[16 << 20];
	struct evbuffer *buffer = evbuffer_new();
	static const int moments[] = {44, 46, 49, 51, 99, 101, 500, 0};
	int now = 0;

	begin(keep);
	HTTP_PUT(fd, GET);
	http_turns();
	evbuffer_add_reference(buffer, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept[0], 200, "OK", buffer);
	http_turns();
	for (int i = 0; moments[i]; i++) {
		http_pass((moments[i] - now) * 1000);
		now = moments[i];
		say("%d s", now);
	}
	finish();
}

static void
with_timeout(const void *arg)
{
	static const int moments[] = {1, 2, 3, 4, 6, 49, 51, 101, 0};
	int seconds = *(const int *)arg;

	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_timeout(http, seconds);
	fd = http_connect(port);
	http_turns();
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	pass_seconds(moments);
	finish();
}

static void
with_timeout_tv(const void *arg)
{
	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_timeout(http, 7);
	evhttp_set_timeout_tv(http, arg);
	fd = http_connect(port);
	http_turns();
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	http_pass(1400);
	http_say_short(fd);
	http_pass(200);
	http_say_short(fd);
	http_pass(5300);
	http_say_short(fd);
	http_pass(200);
	http_say_short(fd);
	http_pass(50000);
	http_say_short(fd);
	finish();
}

static void
timeout_changes(void)
{
	begin(handle);
	evhttp_set_timeout(http, 3);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	http_pass(4000);
	say("4 s");
	http_say_short(fd);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	http_pass(4000);
	say("4 s");
	http_say_short(fd);
	http_pass(47000);
	say("51 s");
	http_say_short(fd);
	finish();
}

/* The connection's own timeout, from the request's callback. */
static void
handle_with_timeout(struct evhttp_request *req, void *arg)
{
	evhttp_connection_set_timeout(evhttp_request_get_connection(req), 3);
	handle(req, arg);
}

static void
timeout_of_connection(void)
{
	begin(handle_with_timeout);
	HTTP_PUT(fd, GET);
	http_turns();
	http_say_short(fd);
	http_pass(2000);
	say("2 s");
	http_say_short(fd);
	http_pass(2000);
	say("4 s");
	http_say_short(fd);
	finish();
}

static void
several_at_once(void)
{
	int other;

	begin(keep);
	other = http_connect(port);
	HTTP_PUT(fd, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	HTTP_PUT(other, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	reply_to(1);
	http_say_short(other);
	reply_to(0);
	http_say_short(fd);
	finish();
}

/* What a timeout of 3 s ends. */
static void
begin_with_timeout(void (*cb)(struct evhttp_request *, void *), const char *text)
{
	http = http_server(&port);
	evhttp_set_gencb(http, cb, NULL);
	evhttp_set_timeout(http, 3);
	fd = http_connect(port);
	http_turns();
	http_put_text(fd, text);
	http_turns();
}

static void
seconds(int count)
{
	for (int i = 1; i <= count; i++) {
		http_pass(1000);
		say("%d s", i);
		http_say_short(fd);
	}
}

static void
timeout_without_request(void)
{
	begin_with_timeout(handle, "");
	seconds(4);
	finish();
}

static void
timeout_in_head(void)
{
	begin_with_timeout(handle, "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n");
	seconds(4);
	finish();
}

static void
timeout_in_body(void)
{
	begin_with_timeout(handle, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	seconds(4);
	finish();
}

static void
timeout_before_reply(void)
{
	begin_with_timeout(keep, GET);
	seconds(8);
	reply_to(0);
	seconds(4);
	finish();
}

static void
timeout_amid_chunks(void)
{
	begin_with_timeout(keep, GET);
	evhttp_send_reply_start(kept[0], 200, "OK");
	http_turns();
	for (int i = 0; i < 5; i++) {
		evhttp_send_reply_chunk(kept[0], http_text("one"));
		http_turns();
		http_say_short(fd);
		http_pass(2000);
	}
	say("connection %d", evhttp_request_get_connection(kept[0]) != NULL);
	seconds(4);
	say("connection %d", evhttp_request_get_connection(kept[0]) != NULL);
	evhttp_send_reply_end(kept[0]);
	http_turns();
	http_say_short(fd);
	finish();
}

static void
timeout_of_long_reply(void)
{
	static char bytes[8 << 20];
	struct evbuffer *buffer = evbuffer_new();

	begin_with_timeout(keep, GET);
	evbuffer_add_reference(buffer, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept[0], 200, "OK", buffer);
	http_turns();
	for (int i = 1; i < 5; i++) {
		http_pass(1000);
		say("%d s", i);
	}
	finish();
}

/* Read slowly, for more than the timeout in all. */
static void
timeout_of_slow_reader(void)
{
	static char bytes[8 << 20], in[1 << 20];
	struct evbuffer *buffer = evbuffer_new();
	size_t total = 0;
	ssize_t n = 0;

	begin_with_timeout(keep, GET);
	evbuffer_add_reference(buffer, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept[0], 200, "OK", buffer);
	http_turns();
	for (int i = 0; i < 200 && total < sizeof(bytes); i++) {
		n = recv(fd, in, sizeof(in), 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0)
			total += (size_t)n;
		http_pass(500);
	}
	say("all of it %d", total >= sizeof(bytes));
	finish();
}

struct expect {
	const char *head;
	const char *body;
};

static void
expect(const void *arg)
{
	const struct expect *one = arg;

	http = http_server(&port);
	evhttp_set_gencb(http, handle, NULL);
	evhttp_set_max_body_size(http, 10);
	fd = http_connect(port);
	http_turns();
	http_say_line("> ", one->head);
	http_put_text(fd, one->head);
	http_turns();
	http_say_received(fd);
	http_say_line("> ", one->body);
	http_put_text(fd, one->body);
	http_turns();
	http_say_received(fd);
	finish();
}

static const struct expect expects[] = {
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
	"3\r\nabc\r\n0\r\n\r\n"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n", "abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", ""},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nab", "c"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n", ""},
    {"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", ""},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", ""},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc"},
    {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc"},
    {"POST / HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: something\r\n\r\n", "abc"},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: something\r\n\r\n", ""},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: \r\n\r\n", "abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue, x\r\n\r\n", "abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nExpect: x\r\n\r\n",
	"abc"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n",
	"abcdefghijk"},
    {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: x\r\n\r\n", "abcdefghijk"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
	"b\r\nabcdefghijk\r\n0\r\n\r\n"},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: x\r\n\r\n", "b\r\nabc"},
    {"FOO / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc"},
};

int
main(void)
{
	static const int seconds[] = {3, 0, -1, 1000000};
	static const struct timeval tv = {1, 500000}, none = {0, 0};

	http_case("pipelined", pipelined);
	http_case("pipelined bodies", pipelined_posts);
	http_case("pipelined, replies later", pipelined_and_kept);
	http_case("pipelined, one refused", pipelined_errors);
	http_case("byte by byte", byte_by_byte);
	http_case("half close after the request", half_close_after_request);
	http_case("half close in the head", half_close_in_head);
	http_case("half close in the body", half_close_in_body);
	http_case("half close in a chunk", half_close_in_chunk);
	http_case("no request", no_request);
	http_case("part of a head", part_of_head);
	http_case("a slow head", slow_head);
	http_case("part of a body", part_of_body);
	http_case("idle after a reply", idle_after_reply);
	http_case("the reply is late", reply_is_late);
	http_case("chunks are late", chunks_are_late);
	http_case("the reply is not read", reply_is_not_read);
	for (int i = 0; i < 4; i++) {
		say("-- timeout %d", seconds[i]);
		http_case_with("timeout", with_timeout, &seconds[i]);
	}
	http_case_with("timeout 1.5 s", with_timeout_tv, &tv);
	http_case_with("timeout NULL", with_timeout_tv, NULL);
	http_case_with("timeout 0", with_timeout_tv, &none);
	http_case("the timeout changes", timeout_changes);
	http_case("the timeout of a connection", timeout_of_connection);
	http_case("several connections", several_at_once);
	http_case("timeout without a request", timeout_without_request);
	http_case("timeout in the head", timeout_in_head);
	http_case("timeout in the body", timeout_in_body);
	http_case("timeout before the reply", timeout_before_reply);
	http_case("timeout amid chunks", timeout_amid_chunks);
	http_case("timeout of a long reply", timeout_of_long_reply);
	http_case("timeout of a slow reader", timeout_of_slow_reader);
	for (size_t i = 0; i < sizeof(expects) / sizeof(expects[0]); i++)
		http_case_with("expect", expect, &expects[i]);
	return 0;
}
