/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Echo by a bufferevent for each connection.
 */
#ifndef BENCH_ECHO_LIBEVENT_H
#define BENCH_ECHO_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

struct echo_connection {
	struct bufferevent *stream;
};

static void
echo_on_read(struct bufferevent *stream, void *server)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	long size = (long)evbuffer_get_length(input);

	if (evbuffer_add_buffer(bufferevent_get_output(stream), input) < 0)
		bench_fail("evbuffer_add_buffer");
	echo_count(server, size);
}

static inline void
echo_add(struct echo_connection *connection, struct echo_server *server, int fd)
{
	connection->stream = bufferevent_socket_new(
	    server->engine.base, fd, engine_has_locks ? BEV_OPT_THREADSAFE : 0);
	if (!connection->stream)
		bench_fail("bufferevent_socket_new");
	bufferevent_setcb(connection->stream, echo_on_read, NULL, NULL, server);
	bench_must(bufferevent_enable(connection->stream, EV_READ), "bufferevent_enable");
}

static inline void
echo_remove(struct echo_connection *connection)
{
	bufferevent_free(connection->stream);
}

#endif
