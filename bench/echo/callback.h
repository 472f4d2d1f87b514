/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Echo by a read and a write in the callback for a readable descriptor.
 */
#ifndef BENCH_ECHO_CALLBACK_H
#define BENCH_ECHO_CALLBACK_H

#include <unistd.h>

struct echo_connection {
	struct reader reader;
	struct echo_server *server;
	int fd;
};

ON_READY(echo_on_ready)
{
	static char room[65536];
	struct echo_connection *connection = arg;
	ssize_t size = read(connection->fd, room, sizeof(room));

	if (size <= 0)
		return;
	if (write(connection->fd, room, (size_t)size) != size)
		bench_fail("a socket did not take everything");
	echo_count(connection->server, size);
}

static inline void
echo_add(struct echo_connection *connection, struct echo_server *server, int fd)
{
	connection->server = server;
	connection->fd = fd;
	reader_init(&connection->reader, &server->engine, fd, echo_on_ready, connection);
	reader_start(&connection->reader);
}

static inline void
echo_remove(struct echo_connection *connection)
{
	reader_stop(&connection->reader);
}

#endif
