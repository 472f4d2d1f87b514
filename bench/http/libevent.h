/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server by evhttp.
 */
#ifndef BENCH_HTTP_LIBEVENT_H
#define BENCH_HTTP_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/http.h>

#include "support/clock.h"
#include "support/loopback.h"

struct http_server {
	struct engine engine;
	struct evhttp *http;
	struct evbuffer_file_segment *file;
	char *large;
	long served;
	long wanted; /* the loop is told to stop then */
};

static void
http_count(struct http_server *server)
{
	if (++server->served >= server->wanted)
		engine_stop(&server->engine);
}

static void
http_reply(struct evhttp_request *request, struct evbuffer *body)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type", "text/plain");
	evhttp_send_reply(request, HTTP_OK, "OK", body);
	evbuffer_free(body);
}

static struct evbuffer *
http_body_new(void)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		bench_fail("evbuffer_new");
	return body;
}

static void
http_on_hello(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = http_body_new();

	if (evbuffer_add(body, HTTP_TEXT, sizeof(HTTP_TEXT) - 1) < 0)
		bench_fail("evbuffer_add");
	http_reply(request, body);
	http_count(arg);
}

static void
http_on_memory(struct evhttp_request *request, void *arg)
{
	struct http_server *server = arg;
	struct evbuffer *body = http_body_new();

	if (evbuffer_add_reference(body, server->large, HTTP_LARGE, NULL, NULL) < 0)
		bench_fail("evbuffer_add_reference");
	http_reply(request, body);
	http_count(server);
}

static void
http_on_file(struct evhttp_request *request, void *arg)
{
	struct http_server *server = arg;
	struct evbuffer *body = http_body_new();

	if (evbuffer_add_file_segment(body, server->file, 0, HTTP_LARGE) < 0)
		bench_fail("evbuffer_add_file_segment");
	http_reply(request, body);
	http_count(server);
}

/* A reply in chunks, of which the next is made when the last has gone out. */
struct http_chunks {
	struct http_server *server;
	struct evhttp_request *request;
	struct evbuffer *piece;
	size_t sent;
};

static void
http_on_chunk_sent(struct evhttp_connection *connection, void *arg)
{
	struct http_chunks *chunks = arg;

	(void)connection;
	if (chunks->sent == HTTP_LARGE) {
		evhttp_send_reply_end(chunks->request);
		http_count(chunks->server);
		evbuffer_free(chunks->piece);
		free(chunks);
		return;
	}
	if (evbuffer_add_reference(
		chunks->piece, chunks->server->large + chunks->sent, HTTP_PIECE, NULL, NULL) < 0)
		bench_fail("evbuffer_add_reference");
	chunks->sent += HTTP_PIECE;
	evhttp_send_reply_chunk_with_cb(chunks->request, chunks->piece, http_on_chunk_sent, chunks);
}

static void
http_on_chunks(struct evhttp_request *request, void *arg)
{
	struct http_chunks *chunks = bench_allocate(1, sizeof(*chunks));

	chunks->server = arg;
	chunks->request = request;
	chunks->piece = http_body_new();
	evhttp_send_reply_start(request, HTTP_OK, "OK");
	http_on_chunk_sent(NULL, chunks);
}

static inline void
http_server_open(struct http_server *server, const char *variant, struct sockaddr_in *address_out)
{
	int listener = loopback_listen(address_out);
	bool failed;

	*server = (struct http_server){.large = bench_allocate(1, HTTP_LARGE)};
	server->file = evbuffer_file_segment_new(http_open_large_file(), 0, HTTP_LARGE, 0);
	engine_choose(variant);
	engine_open(&server->engine);
	server->http = evhttp_new(server->engine.base);
	evutil_make_socket_nonblocking(listener);
	if (!server->http || !server->file || evhttp_accept_socket(server->http, listener) < 0)
		bench_fail("no server");
	failed = evhttp_set_cb(server->http, "/hello", http_on_hello, server) < 0;
	failed |= evhttp_set_cb(server->http, "/post", http_on_hello, server) < 0;
	failed |= evhttp_set_cb(server->http, "/memory", http_on_memory, server) < 0;
	failed |= evhttp_set_cb(server->http, "/chunks", http_on_chunks, server) < 0;
	failed |= evhttp_set_cb(server->http, "/file", http_on_file, server) < 0;
	if (failed)
		bench_fail("evhttp_set_cb");
}

/* The listener takes them. */
static inline void
http_server_add(struct http_server *server, int count)
{
	(void)count;
	engine_poll(&server->engine);
}

static inline void
http_server_run(struct http_server *server, long requests)
{
	server->wanted = server->served + requests;
	while (server->served < server->wanted)
		engine_run(&server->engine);
}

static inline void
http_server_turn(struct http_server *server)
{
	engine_poll(&server->engine);
}

static inline int64_t
http_server_cpu_ns(const struct http_server *server)
{
	(void)server;
	return clock_cpu_ns();
}

static inline long
http_server_resident_bytes(const struct http_server *server)
{
	(void)server;
	return bench_resident_bytes();
}

static inline void
http_server_close(struct http_server *server)
{
	(void)server;
}

#endif
