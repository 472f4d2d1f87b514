/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A segment for the whole file, put into the output of a bufferevent.
 */
#ifndef BENCH_FILE_LIBEVENT_H
#define BENCH_FILE_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

struct file_connection {
	struct file_server *server;
	struct bufferevent *stream;
	struct evbuffer_file_segment *segment;
};

static inline void
file_send(struct file_connection *connection)
{
	if (evbuffer_add_file_segment(bufferevent_get_output(connection->stream),
		connection->segment, 0, (ev_off_t)connection->server->file_size) < 0)
		bench_fail("evbuffer_add_file_segment");
}

static void
file_on_written(struct bufferevent *stream, void *arg)
{
	struct file_connection *connection = arg;

	(void)stream;
	if (file_count(connection->server))
		file_send(connection);
}

static inline void
file_add(struct file_connection *connection, struct file_server *server, int fd)
{
	connection->server = server;
	connection->segment =
	    evbuffer_file_segment_new(server->file, 0, (ev_off_t)server->file_size, 0);
	connection->stream = bufferevent_socket_new(
	    server->engine.base, fd, engine_has_locks ? BEV_OPT_THREADSAFE : 0);
	if (!connection->segment || !connection->stream)
		bench_fail("bufferevent_socket_new");
	bufferevent_setcb(connection->stream, NULL, file_on_written, NULL, connection);
}

#endif
