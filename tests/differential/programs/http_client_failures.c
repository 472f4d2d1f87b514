/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of a client that fail, at each stage: which callbacks, in which order, with what. */
#include "http_kit.h"

#include <netinet/in.h>

static struct evhttp_connection *client;
static int listener, port, peer = -1;

/* What the configuration of the requests is. */
static struct setting {
	const char *name;
	bool error_cb, own, free_on_completion, close_cb, header_cb, chunk_cb;
	int retries;
} setting;

static void
on_done(struct evhttp_request *req, void *arg)
{
	if (!req) {
		say("%s: done, NULL", (char *)arg);
		return;
	}
	say("%s: done, code %d, line %s, version %d.%d, body %zu, connection %s, owned %d",
	    (char *)arg, evhttp_request_get_response_code(req),
	    evhttp_request_get_response_code_line(req) ? evhttp_request_get_response_code_line(req)
						       : "NULL",
	    req->major, req->minor, evbuffer_get_length(evhttp_request_get_input_buffer(req)),
	    !evhttp_request_get_connection(req)            ? "NULL"
	    : evhttp_request_get_connection(req) == client ? "the client"
							   : "another",
	    evhttp_request_is_owned(req));
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	say("%s: error %s", (char *)arg, http_error(error));
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	say("%s: closed, the client's %d", (char *)arg, connection == client);
}

static int
on_header(struct evhttp_request *req, void *arg)
{
	say("%s: header, code %d", (char *)arg, evhttp_request_get_response_code(req));
	return 0;
}

static void
on_chunk(struct evhttp_request *req, void *arg)
{
	say("%s: chunk, %zu", (char *)arg,
	    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
}

static struct evhttp_request *
request(const char *name)
{
	struct evhttp_request *req = evhttp_request_new(on_done, (void *)name);

	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", "a");
	if (setting.error_cb)
		evhttp_request_set_error_cb(req, on_error);
	if (setting.header_cb)
		evhttp_request_set_header_cb(req, on_header);
	if (setting.chunk_cb)
		evhttp_request_set_chunked_cb(req, on_chunk);
	if (setting.own)
		evhttp_request_own(req);
	return req;
}

static void
make(const char *name)
{
	say("make %s: %d", name, evhttp_make_request(client, request(name), EVHTTP_REQ_GET, "/"));
}

static void
connect_to(const char *host, int to)
{
	client = evhttp_connection_base_new(http_base, NULL, host, (ev_uint16_t)to);
	if (setting.close_cb)
		evhttp_connection_set_closecb(client, on_close, (void *)"connection");
	if (setting.retries)
		evhttp_connection_set_retries(client, setting.retries);
}

/* Two requests; the first is on its way. */
static void
begin(void)
{
	listener = http_listen(&port);
	connect_to("127.0.0.1", port);
	make("first");
	make("second");
	if (setting.free_on_completion)
		evhttp_connection_free_on_completion(client);
	http_turns();
	peer = http_accept(listener);
	http_turns();
	http_say_short(peer);
}

/* Answers what comes on a new connection, if there is one. */
static void
go_on(void)
{
	int next;

	http_turns();
	next = http_accept(listener);
	if (next >= 0) {
		say("a new connection");
		http_turns();
		http_say_short(next);
		HTTP_PUT(next, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
		http_turns();
		close(next);
		http_turns();
	}
	if (!setting.free_on_completion) {
		say("free the connection");
		evhttp_connection_free(client);
		http_turns();
	}
	event_base_free(http_base);
}

static void
refused(void)
{
	connect_to("127.0.0.1", http_closed_port());
	make("first");
	make("second");
	if (setting.free_on_completion)
		evhttp_connection_free_on_completion(client);
	say("loop");
	http_turns();
	http_pass(1900);
	say("1.9 s");
	http_pass(200);
	say("2.1 s");
	http_pass(3800);
	say("5.9 s");
	http_pass(200);
	say("6.1 s");
	http_pass(8000);
	say("14.1 s");
	http_pass(16000);
	say("30.1 s");
	if (!setting.free_on_completion)
		evhttp_connection_free(client);
	http_turns();
}

static void
bad_name(void)
{
	connect_to("name.invalid.", 80);
	make("first");
	say("loop");
	http_turns();
	evhttp_connection_free(client);
}

static void
bad_address(void)
{
	connect_to("256.1.1.1", 80);
	make("first");
	say("loop");
	http_turns();
	evhttp_connection_free(client);
}

static void
connect_timeout(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	/* The backlog is full, so that the connection is not made. */
	listener = http_listen(&port);
	listen(listener, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	for (int i = 0; i < 4; i++)
		connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
		    (struct sockaddr *)&address, sizeof(address));
	connect_to("127.0.0.1", port);
	make("first");
	http_turns();
	http_pass(44000);
	say("44 s");
	http_pass(2000);
	say("46 s");
	http_pass(5000);
	say("51 s");
	evhttp_connection_free(client);
	http_turns();
}

static void
pass(void)
{
	static const int moments[] = {44, 46, 49, 51, 101};
	int now = 0;

	for (int i = 0; i < 5; i++) {
		http_pass((moments[i] - now) * 1000);
		now = moments[i];
		say("%d s", now);
	}
}

static void
no_answer(void)
{
	begin();
	pass();
	go_on();
}

static void
part_then_timeout(const char *text)
{
	begin();
	http_put_text(peer, text);
	http_turns();
	pass();
	go_on();
}

static void
head_timeout(void)
{
	part_then_timeout("HTTP/1.1 200 OK\r\n");
}

static void
body_timeout(void)
{
	part_then_timeout("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
}

static void
until_close_timeout(void)
{
	part_then_timeout("HTTP/1.1 200 OK\r\n\r\na");
}

static void
part_then_end(const char *text)
{
	begin();
	http_put_text(peer, text);
	http_turns();
	say("end");
	close(peer);
	go_on();
}

static void
part_then_reset(const char *text)
{
	begin();
	http_put_text(peer, text);
	http_turns();
	say("reset");
	http_reset(peer);
	go_on();
}

#define PART(name, text)               \
	static void end_##name(void)   \
	{                              \
		part_then_end(text);   \
	}                              \
	static void reset_##name(void) \
	{                              \
		part_then_reset(text); \
	}
PART(nothing, "")
PART(line, "HTTP/1.1 200 OK\r\n")
PART(head, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
PART(body, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na")
PART(chunk, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na")
PART(chunks, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
PART(last, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")
PART(until_close, "HTTP/1.1 200 OK\r\n\r\na")
PART(empty_until_close, "HTTP/1.1 200 OK\r\n\r\n")
PART(bad_line, "HTP/1.1 200 OK\r\n\r\n")
PART(bad_code, "HTTP/1.1 2x0 OK\r\n\r\n")
PART(bad_field, "HTTP/1.1 200 OK\r\nX\r\n\r\n")
PART(bad_length, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n")
PART(bad_chunk, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nabc\r\n")
PART(whole, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
PART(whole_close, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc")
PART(too_much, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd")

static void
limited(ev_ssize_t head, ev_ssize_t body, const char *text)
{
	listener = http_listen(&port);
	connect_to("127.0.0.1", port);
	evhttp_connection_set_max_headers_size(client, head);
	evhttp_connection_set_max_body_size(client, body);
	make("first");
	make("second");
	if (setting.free_on_completion)
		evhttp_connection_free_on_completion(client);
	http_turns();
	peer = http_accept(listener);
	http_turns();
	http_put_text(peer, text);
	http_turns();
	http_say_short(peer);
	go_on();
}

static void
long_head(void)
{
	limited(20, -1, "HTTP/1.1 200 OK\r\nX: yyyyyyyyyyyyyy\r\n\r\n");
}

static void
long_body(void)
{
	limited(-1, 2, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
}

static void
long_chunks(void)
{
	limited(-1, 4,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n");
}

static void
long_until_close(void)
{
	limited(-1, 2, "HTTP/1.1 200 OK\r\n\r\nabc");
}

static const struct {
	const char *name;
	void (*run)(void);
} stages[] = {
    {"refused", refused},
    {"a name that is none", bad_name},
    {"an address that is none", bad_address},
    {"no answer to connect", connect_timeout},
    {"no answer", no_answer},
    {"part of a head, timeout", head_timeout},
    {"part of a body, timeout", body_timeout},
    {"part of a body until close, timeout", until_close_timeout},
    {"nothing, end", end_nothing},
    {"nothing, reset", reset_nothing},
    {"a line, end", end_line},
    {"a line, reset", reset_line},
    {"a head, end", end_head},
    {"a head, reset", reset_head},
    {"part of a body, end", end_body},
    {"part of a body, reset", reset_body},
    {"part of a chunk, end", end_chunk},
    {"part of a chunk, reset", reset_chunk},
    {"a chunk, end", end_chunks},
    {"a chunk, reset", reset_chunks},
    {"a last chunk, end", end_last},
    {"a last chunk, reset", reset_last},
    {"a body until close, end", end_until_close},
    {"a body until close, reset", reset_until_close},
    {"an empty body until close, end", end_empty_until_close},
    {"an empty body until close, reset", reset_empty_until_close},
    {"a bad line", end_bad_line},
    {"a bad line, reset", reset_bad_line},
    {"a bad code", end_bad_code},
    {"a bad code, reset", reset_bad_code},
    {"a bad field", end_bad_field},
    {"a bad field, reset", reset_bad_field},
    {"a bad length", end_bad_length},
    {"a bad length, reset", reset_bad_length},
    {"a bad chunk", end_bad_chunk},
    {"a bad chunk, reset", reset_bad_chunk},
    {"a whole reply, end", end_whole},
    {"a whole reply, reset", reset_whole},
    {"a whole reply that closes, end", end_whole_close},
    {"a whole reply that closes, reset", reset_whole_close},
    {"more than a reply, end", end_too_much},
    {"more than a reply, reset", reset_too_much},
    {"a long head", long_head},
    {"a long body", long_body},
    {"long chunks", long_chunks},
    {"a long body until close", long_until_close},
};

int
main(int argc, char **argv)
{
	static const struct setting settings[] = {
	    {"plain", false, false, false, false, false, false, 0},
	    {"all callbacks", true, false, false, true, true, true, 0},
	    {"retries", true, false, false, true, false, false, 2},
	    {"free on completion", true, false, true, true, false, false, 0},
	    {"owned", true, true, false, false, false, false, 0},
	};
	char name[200];

	for (size_t k = 0; k < sizeof(settings) / sizeof(settings[0]); k++) {
		setting = settings[k];
		for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
			snprintf(name, sizeof(name), "%s: %s", setting.name, stages[i].name);
			if (argc < 2 || strstr(name, argv[1]))
				http_case(name, stages[i].run);
		}
	}
	return 0;
}
