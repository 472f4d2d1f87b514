/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP client under test: connections on each of which one GET follows the other.
 */
#ifndef BENCH_HTTP_REQUESTS_H
#define BENCH_HTTP_REQUESTS_H

#include "engines/engine.h"
#include "support/loopback.h"

struct http_requests {
	struct engine engine;
	struct sockaddr_in address;
	size_t reply_size;
	long done;
	long wanted; /* the loop is told to stop then */
};

static inline void
http_requests_count(struct http_requests *requests)
{
	if (++requests->done >= requests->wanted)
		engine_stop(&requests->engine);
}

static inline void
http_requests_open(struct http_requests *requests, const char *variant,
    const struct sockaddr_in *address, size_t reply_size)
{
	requests->address = *address;
	requests->reply_size = reply_size;
	engine_choose(variant);
	engine_open(&requests->engine);
}

/* Each has http_requests_add(requests), which opens a connection with its first request. */

#if defined(ENGINE_LIBEVENT)

#include <event2/buffer.h>
#include <event2/http.h>

struct http_connection {
	struct http_requests *requests;
	struct evhttp_connection *http;
};

static void http_make_request(struct http_connection *connection);

static void
http_on_reply(struct evhttp_request *request, void *arg)
{
	struct http_connection *connection = arg;

	if (!request || evhttp_request_get_response_code(request) != HTTP_OK)
		bench_fail("a request has failed");
	http_requests_count(connection->requests);
	http_make_request(connection);
}

static void
http_make_request(struct http_connection *connection)
{
	struct evhttp_request *request = evhttp_request_new(http_on_reply, connection);

	if (!request)
		bench_fail("evhttp_request_new");
	evhttp_add_header(evhttp_request_get_output_headers(request), "Host", "localhost");
	bench_must(evhttp_make_request(connection->http, request, EVHTTP_REQ_GET, "/hello"),
	    "evhttp_make_request");
}

static inline void
http_requests_add(struct http_requests *requests)
{
	struct http_connection *connection = bench_allocate(1, sizeof(*connection));

	connection->requests = requests;
	connection->http = evhttp_connection_base_new(
	    requests->engine.base, NULL, "127.0.0.1", ntohs(requests->address.sin_port));
	if (!connection->http)
		bench_fail("evhttp_connection_base_new");
	http_make_request(connection);
}

#else

struct http_connection {
	struct reader reader;
	struct http_requests *requests;
	int fd;
	size_t left; /* of the reply */
};

static inline void
http_make_request(struct http_connection *connection)
{
	static const char request[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

	connection->left = connection->requests->reply_size;
	if (write(connection->fd, request, sizeof(request) - 1) != sizeof(request) - 1)
		bench_fail("a socket did not take everything");
}

ON_READY(http_on_readable)
{
	static char room[4096];
	struct http_connection *connection = arg;
	ssize_t size = read(connection->fd, room, sizeof(room));

	if (size <= 0 || (size_t)size > connection->left)
		bench_fail("no reply");
	connection->left -= (size_t)size;
	if (connection->left > 0)
		return;
	http_requests_count(connection->requests);
	http_make_request(connection);
}

static inline void
http_requests_add(struct http_requests *requests)
{
	struct http_connection *connection = bench_allocate(1, sizeof(*connection));

	connection->requests = requests;
	connection->fd = loopback_connect(&requests->address);
	reader_init(
	    &connection->reader, &requests->engine, connection->fd, http_on_readable, connection);
	reader_start(&connection->reader);
	http_make_request(connection);
}

#endif

#endif
