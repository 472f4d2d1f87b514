/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Echo by a stream of libuv for each connection, written at once with uv_try_write.
 */
#ifndef BENCH_ECHO_LIBUV_H
#define BENCH_ECHO_LIBUV_H

struct echo_connection {
	uv_tcp_t stream;
	struct echo_server *server;
};

static inline void
echo_on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
	static char room[65536];

	(void)handle;
	(void)size;
	buffer->base = room;
	buffer->len = sizeof(room);
}

static inline void
echo_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct echo_connection *connection = stream->data;
	uv_buf_t out = uv_buf_init(buffer->base, size > 0 ? (unsigned)size : 0);

	if (size <= 0)
		return;
	if (uv_try_write(stream, &out, 1) != (int)size)
		bench_fail("uv_try_write did not take everything");
	echo_count(connection->server, size);
}

static inline void
echo_add(struct echo_connection *connection, struct echo_server *server, int fd)
{
	connection->server = server;
	connection->stream.data = connection;
	uv_must(uv_tcp_init(&server->engine.loop, &connection->stream), "uv_tcp_init");
	connection->stream.data = connection;
	uv_must(uv_tcp_open(&connection->stream, fd), "uv_tcp_open");
	uv_must(uv_read_start((uv_stream_t *)&connection->stream, echo_on_alloc, echo_on_read),
	    "uv_read_start");
}

/* The handle is closed, and the descriptor with it, by engine_close. */
static inline void
echo_remove(struct echo_connection *connection)
{
	(void)connection;
}

#endif
