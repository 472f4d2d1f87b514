/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/sock_connect.h"

#include <errno.h>
#include <event2/util.h>
#include <sys/socket.h>

#include "base/io.h"
#include "stream/sock_io.h"

enum attempt { ATTEMPT_CONNECTED, ATTEMPT_UNDER_WAY, ATTEMPT_REFUSED };

/* enum attempt or -errno. */
static int
attempt(evutil_socket_t fd, const struct sockaddr *address, int size)
{
	if (lvn_io_connect((int)fd, address, (unsigned)size) == 0)
		return ATTEMPT_CONNECTED;
	switch (errno) {
	case EINPROGRESS:
	case EINTR:
		return ATTEMPT_UNDER_WAY;
	case ECONNREFUSED:
		return ATTEMPT_REFUSED;
	default:
		return -errno;
	}
}

static evutil_socket_t
open_socket(int family)
{
	int fd = socket(family, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	if (lvn_io_make_nonblocking(fd) < 0) {
		lvn_io_close(fd);
		return -1;
	}
	return fd;
}

static int
start_on_locked(struct stream *stream, evutil_socket_t fd, const struct sockaddr *address, int size)
    REQUIRES(stream->lock)
{
	int outcome = address ? attempt(fd, address, size) : ATTEMPT_UNDER_WAY;
	int rc;

	if (outcome < 0)
		return outcome;
	if (fd != stream->bev.ev_read.ev_fd) {
		rc = lvn_sock_io_set_fd_locked(stream, fd);
		if (rc < 0)
			return rc;
	}
	if (outcome == ATTEMPT_REFUSED)
		stream->flags |= STREAM_IS_REFUSED;
	return lvn_sock_io_await_connection_locked(stream, outcome != ATTEMPT_UNDER_WAY);
}

int
lvn_sock_connect_start_locked(struct stream *stream, const struct sockaddr *address, int size)
{
	evutil_socket_t fd = stream->bev.ev_read.ev_fd;
	bool is_ours = false;
	int rc;

	if (fd < 0) {
		if (!address)
			return -EINVAL;
		fd = open_socket(address->sa_family);
		if (fd < 0)
			return -errno;
		is_ours = true;
	}
	rc = start_on_locked(stream, fd, address, size);
	if (rc < 0 && is_ours) {
		(void)lvn_sock_io_set_fd_locked(stream, -1);
		lvn_io_close((int)fd);
	}
	return rc;
}
