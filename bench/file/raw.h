/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sendfile until the socket takes no more.
 */
#ifndef BENCH_FILE_RAW_H
#define BENCH_FILE_RAW_H

#include <errno.h>
#include <sys/sendfile.h>

struct file_connection {
	struct file_server *server;
	struct duplex writer;
	int fd;
	off_t at;
};

/* Whether the file is through. */
static inline bool
file_send_more(struct file_connection *connection)
{
	size_t left = connection->server->file_size - (size_t)connection->at;

	if (sendfile(connection->fd, connection->server->file, &connection->at, left) < 0 &&
	    errno != EAGAIN)
		bench_fail("sendfile");
	if ((size_t)connection->at < connection->server->file_size)
		return false;
	connection->at = 0;
	return true;
}

ON_READY(file_on_writable)
{
	struct file_connection *connection = arg;

	if (file_send_more(connection) && !file_count(connection->server))
		duplex_write_off(&connection->writer);
}

/* The other side sends nothing. */
ON_READY(file_on_answer)
{
	(void)arg;
	bench_fail("the other side has gone");
}

static inline void
file_add(struct file_connection *connection, struct file_server *server, int fd)
{
	connection->server = server;
	connection->fd = fd;
	connection->at = 0;
	duplex_init(
	    &connection->writer, &server->engine, fd, file_on_answer, file_on_writable, connection);
}

static inline void
file_send(struct file_connection *connection)
{
	duplex_write_on(&connection->writer);
}

#endif
