/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptors whose other side has gone, in all the ways that backends tell apart.
 */
#ifndef LEVIN_TESTS_UNIT_LOOP_HANG_UP_KIT_H
#define LEVIN_TESTS_UNIT_LOOP_HANG_UP_KIT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/suite.h"

enum hang_up {
	PIPE_WITHOUT_WRITER,
	PIPE_WITHOUT_READER, /* the end for writing is watched */
	SOCKET_IDLE,
	SOCKET_HALF_CLOSED,
	SOCKET_CLOSED,
	TCP_HALF_CLOSED,
	TCP_RESET,
	TCP_UNCONNECTED,
	HANG_UPS
};

static inline void
tcp_pair(int ends[2])
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ends[0], (struct sockaddr *)&address, size), 0);
	ends[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(ends[1], 0);
	close(listener);
}

static inline void
close_with_reset(int fd)
{
	const struct linger at_once = {1, 0};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(fd);
}

/* Answers the descriptor to watch; *other_out is one to close afterwards, or -1. */
static inline int
hung_up(enum hang_up how, int *other_out)
{
	int ends[2] = {-1, -1};
	int watched = 0;

	if (how == PIPE_WITHOUT_WRITER || how == PIPE_WITHOUT_READER)
		ck_assert_int_eq(pipe(ends), 0);
	else if (how == SOCKET_IDLE || how == SOCKET_HALF_CLOSED || how == SOCKET_CLOSED)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	else if (how == TCP_HALF_CLOSED || how == TCP_RESET)
		tcp_pair(ends);
	else
		ends[0] = socket(AF_INET, SOCK_STREAM, 0);

	if (how == PIPE_WITHOUT_READER)
		watched = 1;
	*other_out = ends[1 - watched];
	if (how == SOCKET_HALF_CLOSED || how == TCP_HALF_CLOSED) {
		ck_assert_int_eq(shutdown(*other_out, SHUT_WR), 0);
	} else if (how == TCP_RESET) {
		close_with_reset(*other_out);
		*other_out = -1;
	} else if (how != SOCKET_IDLE && *other_out >= 0) {
		close(*other_out);
		*other_out = -1;
	}
	return ends[watched];
}

#endif
