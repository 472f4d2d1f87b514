/* SPDX-License-Identifier: BSD-3-Clause */
/* Long replies and clients that close their half, settings of virtual hosts, replies that mix. */
#include "http_kit.h"

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define LONG (8 << 20)

static struct evhttp *http;
static struct evhttp_request *kept;
static int port, fd;
static char bytes[LONG];

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	say("closed");
}

static void
on_complete(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("complete, code %d, line %s", evhttp_request_get_response_code(req),
	    evhttp_request_get_response_code_line(req));
}

static void
keep(struct evhttp_request *req, void *arg)
{
	(void)arg;
	say("request %s", evhttp_request_get_uri(req));
	kept = req;
	evhttp_request_set_on_complete_cb(req, on_complete, NULL);
	evhttp_connection_set_closecb(evhttp_request_get_connection(req), on_close, NULL);
}

static void
begin(const char *request)
{
	http = http_server(&port);
	evhttp_set_gencb(http, keep, NULL);
	fd = http_connect(port);
	http_put_text(fd, request);
	http_turns();
}

static void
send_long(void)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add_reference(body, bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_reply(kept, 200, "OK", body);
	http_turns();
}

/* Reads until nothing more comes. */
static void
read_all(void)
{
	static char in[65536];
	size_t total = 0;
	ssize_t n;

	for (int idle = 0; idle < 3; idle++) {
		while ((n = recv(fd, in, sizeof(in), 0)) > 0) {
			total += (size_t)n;
			idle = 0;
		}
		http_turns();
	}
	say("all of it %d, %s", total > LONG,
	    n == 0            ? "closed"
	    : errno == EAGAIN ? "open"
			      : strerror(errno));
}

static void
long_reply(void)
{
	begin(GET);
	send_long();
	read_all();
	evhttp_free(http);
}

static void
long_reply_half_close(void)
{
	begin(GET);
	shutdown(fd, SHUT_WR);
	send_long();
	read_all();
	evhttp_free(http);
}

static void
long_reply_half_close_amid(void)
{
	begin(GET);
	send_long();
	shutdown(fd, SHUT_WR);
	http_turns();
	read_all();
	evhttp_free(http);
}

static void
long_reply_pipelined_amid(void)
{
	begin(GET);
	send_long();
	HTTP_PUT(fd, "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
	http_turns();
	read_all();
	evhttp_send_reply(kept, 200, "OK", NULL);
	http_turns();
	http_say_short(fd);
	evhttp_free(http);
}

static void
long_reply_1_0(void)
{
	begin("GET / HTTP/1.0\r\n\r\n");
	send_long();
	read_all();
	evhttp_free(http);
}

static void
long_error(void)
{
	begin(GET);
	evbuffer_add_reference(
	    evhttp_request_get_output_buffer(kept), bytes, sizeof(bytes), NULL, NULL);
	evhttp_send_error(kept, 500, NULL);
	http_turns();
	read_all();
	evhttp_free(http);
}

/* A reply of which parts are in files. */
static void
file_reply(void)
{
	struct evbuffer *body = http_text("first\n");
	FILE *file = tmpfile();

	begin(GET);
	fputs("from a file\n", file);
	fflush(file);
	evbuffer_add_file(body, dup(fileno(file)), 0, 12);
	evbuffer_add(body, "last\n", 5);
	evhttp_send_reply(kept, 200, "OK", body);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
reply_at_once(struct evhttp_request *req, void *arg)
{
	evhttp_send_reply(req, 200, "OK", http_text(arg));
}

static void
ask(const char *request)
{
	http_say_line("> ", request);
	fd = http_connect(port);
	http_put_text(fd, request);
	http_turns();
	http_say_received(fd);
}

static void
vhost_settings(void)
{
	struct evhttp *vhost = evhttp_new(NULL);

	http = http_server(&port);
	evhttp_set_gencb(vhost, reply_at_once, (void *)"vhost\n");
	evhttp_set_gencb(http, reply_at_once, (void *)"main\n");
	evhttp_add_virtual_host(http, "v", vhost);
	evhttp_set_default_content_type(vhost, "text/vhost");
	evhttp_set_max_body_size(vhost, 1);
	evhttp_set_max_headers_size(vhost, 1);
	evhttp_set_timeout(vhost, 3);
	ask("GET / HTTP/1.1\r\nHost: v\r\n\r\n");
	ask("POST / HTTP/1.1\r\nHost: v\r\nContent-Length: 3\r\n\r\nabc");
	ask("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
	evhttp_set_default_content_type(http, "text/main");
	ask("GET / HTTP/1.1\r\nHost: v\r\n\r\n");
	ask("GET / HTTP/1.1\r\nHost: w\r\n\r\n");
	evhttp_free(http);
}

/* What may be set between the start and the end. */
static void
late_fields(void)
{
	begin(GET);
	evhttp_send_reply_start(kept, 200, "OK");
	evhttp_add_header(evhttp_request_get_output_headers(kept), "X-Late", "1");
	evhttp_send_reply_chunk(kept, http_text("one"));
	evhttp_send_reply_end(kept);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
start_then_reply(void)
{
	begin(GET);
	evhttp_send_reply_start(kept, 200, "OK");
	evhttp_send_reply(kept, 201, NULL, http_text("body\n"));
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
start_then_error(void)
{
	begin(GET);
	evhttp_send_reply_start(kept, 200, "OK");
	evhttp_send_reply_chunk(kept, http_text("one"));
	evhttp_send_error(kept, 500, NULL);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
end_twice(void)
{
	begin(GET);
	evhttp_send_reply_start(kept, 200, "OK");
	evhttp_send_reply_end(kept);
	evhttp_send_reply_end(kept);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

static void
fields_twice(void)
{
	struct evkeyvalq *out;

	begin(GET);
	out = evhttp_request_get_output_headers(kept);
	evhttp_add_header(out, "Set-Cookie", "a");
	evhttp_add_header(out, "set-cookie", "b");
	evhttp_add_header(out, "Set-Cookie", "c");
	say("remove %d", evhttp_remove_header(out, "SET-COOKIE"));
	say("remove %d", evhttp_remove_header(out, "nothing"));
	say("find %s", evhttp_find_header(out, "SET-cookie"));
	evhttp_send_reply(kept, 200, "OK", NULL);
	http_turns();
	http_say_received(fd);
	evhttp_free(http);
}

int
main(void)
{
	http_case("a long reply", long_reply);
	http_case("a long reply, half closed before", long_reply_half_close);
	http_case("a long reply, half closed amid", long_reply_half_close_amid);
	http_case("a long reply, pipelined amid", long_reply_pipelined_amid);
	http_case("a long reply, 1.0", long_reply_1_0);
	http_case("a long error", long_error);
	http_case("a file", file_reply);
	http_case("settings of a virtual host", vhost_settings);
	http_case("late fields", late_fields);
	http_case("start, then reply", start_then_reply);
	http_case("start, then error", start_then_error);
	http_case("end twice", end_twice);
	http_case("fields twice", fields_twice);
	return 0;
}
