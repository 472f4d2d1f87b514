/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: connected pairs of sockets.
 */
#include <event2/util.h>

#include <sys/socket.h>

int
evutil_socketpair(int d, int type, int protocol, evutil_socket_t sv[2])
{
	return socketpair(d, type, protocol, sv);
}
