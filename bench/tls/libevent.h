/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections as bufferevents over OpenSSL.
 */
#ifndef BENCH_TLS_LIBEVENT_H
#define BENCH_TLS_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

struct tls_connection {
	struct tls_server *server;
	struct bufferevent *stream;
	size_t left; /* of what is to be sent */
};

static inline void
tls_write(struct tls_connection *connection, size_t size)
{
	static const char bytes[TLS_HEAD_SIZE];

	bench_must(bufferevent_write(connection->stream, bytes, size), "bufferevent_write");
}

/* The body comes in a buffer of its own, as with evhttp. */
static inline void
tls_answer(struct tls_connection *connection)
{
	struct evbuffer *body = evbuffer_new();

	if (!body)
		bench_fail("evbuffer_new");
	bench_must(evbuffer_add(body, "Hello world", TLS_BODY_SIZE), "evbuffer_add");
	tls_write(connection, TLS_HEAD_SIZE);
	bench_must(bufferevent_write_buffer(connection->stream, body), "bufferevent_write_buffer");
	evbuffer_free(body);
}

/* Large data is added by reference, a few blocks at a time. */
static inline void
tls_send_more(struct tls_connection *connection)
{
	static const char bytes[TLS_BLOCK_SIZE];
	struct evbuffer *output = bufferevent_get_output(connection->stream);

	for (int i = 0; i < 4 && connection->left > 0; i++) {
		bench_must(evbuffer_add_reference(output, bytes, sizeof(bytes), NULL, NULL),
		    "evbuffer_add_reference");
		connection->left -= sizeof(bytes);
	}
}

static void
tls_on_read(struct bufferevent *stream, void *arg)
{
	struct tls_connection *connection = arg;
	struct evbuffer *input = bufferevent_get_input(stream);
	size_t size = evbuffer_get_length(input);

	if (connection->server->service == TLS_ECHO) {
		bench_must(bufferevent_write_buffer(stream, input), "bufferevent_write_buffer");
		tls_count(connection->server, (long)size);
		return;
	}
	bench_must(evbuffer_drain(input, size), "evbuffer_drain");
	if (connection->server->service == TLS_ANSWER) {
		tls_answer(connection);
		tls_count(connection->server, 1);
	} else if (connection->server->service == TLS_SEND) {
		connection->left = TLS_SEND_SIZE;
		tls_send_more(connection);
	}
}

static void
tls_on_written(struct bufferevent *stream, void *arg)
{
	struct tls_connection *connection = arg;

	(void)stream;
	if (connection->server->service != TLS_SEND)
		return;
	if (connection->left > 0)
		tls_send_more(connection);
	else
		tls_count(connection->server, 1);
}

static void
tls_on_event(struct bufferevent *stream, short what, void *arg)
{
	struct tls_connection *connection = arg;

	if (what & BEV_EVENT_CONNECTED) {
		if (connection->server->service == TLS_GREET)
			tls_write(connection, 1);
		return;
	}
	bufferevent_free(stream);
	if (connection->server->service == TLS_GREET)
		tls_count(connection->server, 1);
	free(connection);
}

static inline void
tls_server_add(struct tls_server *server, int fd)
{
	struct tls_connection *connection = bench_allocate(1, sizeof(*connection));
	int options = BEV_OPT_CLOSE_ON_FREE | (engine_has_locks ? BEV_OPT_THREADSAFE : 0);

	connection->server = server;
	connection->stream = bufferevent_openssl_socket_new(
	    server->engine.base, fd, tls_ssl(server), BUFFEREVENT_SSL_ACCEPTING, options);
	if (!connection->stream)
		bench_fail("bufferevent_openssl_socket_new");
	bufferevent_setcb(
	    connection->stream, tls_on_read, tls_on_written, tls_on_event, connection);
	bench_must(
	    bufferevent_enable(connection->stream, EV_READ | EV_WRITE), "bufferevent_enable");
}

#endif
