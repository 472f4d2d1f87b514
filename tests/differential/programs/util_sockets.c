/* SPDX-License-Identifier: BSD-3-Clause */
/* Descriptors and options of sockets, good and bad ones, with what is logged. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "kit.h"

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, name, &value, &size) < 0 ? -errno : value;
}

#define TRY(call)                                           \
	do {                                                \
		errno = 0;                                  \
		int rc = call;                              \
		say("%s = %d, errno %d", #call, rc, errno); \
	} while (0)

static void
try_everything(int fd)
{
	TRY(evutil_make_socket_nonblocking(fd));
	TRY(evutil_make_socket_nonblocking(fd));
	TRY(evutil_make_socket_closeonexec(fd));
	TRY(evutil_make_socket_closeonexec(fd));
	TRY(evutil_make_listen_socket_reuseable(fd));
	TRY(evutil_make_listen_socket_reuseable_port(fd));
	TRY(evutil_make_listen_socket_ipv6only(fd));
	TRY(evutil_make_tcp_listen_socket_deferred(fd));
}

static void
show(const char *when, int fd)
{
	say("%s: flags %x %x, reuse %d %d, IPv6 only %d, deferred %d, keepalive %d", when,
	    (unsigned)fcntl(fd, F_GETFL), (unsigned)fcntl(fd, F_GETFD),
	    option(fd, SOL_SOCKET, SO_REUSEADDR), option(fd, SOL_SOCKET, SO_REUSEPORT),
	    option(fd, IPPROTO_IPV6, IPV6_V6ONLY), option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT),
	    option(fd, SOL_SOCKET, SO_KEEPALIVE));
}

static void
pair(int domain, int type, int protocol)
{
	int ends[2] = {-7, -7};
	int rc;
	char got = 0;

	errno = 0;
	rc = evutil_socketpair(domain, type, protocol, ends);
	say("pair %d %d %d = %d, errno %d", domain, type, protocol, rc, errno);
	if (rc < 0)
		return;
	show("    first", ends[0]);
	show("    second", ends[1]);
	say("    type %d, domain %d", option(ends[0], SOL_SOCKET, SO_TYPE),
	    option(ends[0], SOL_SOCKET, SO_DOMAIN));
	if (write(ends[0], "x", 1) == 1 && read(ends[1], &got, 1) == 1)
		say("    got %c", got);
	TRY(evutil_closesocket(ends[0]));
	TRY(evutil_closesocket(ends[1]));
}

int
main(void)
{
	static const int bad[] = {-1, -2, -2147483647 - 1, 12345, 1000000, 2147483647};
	static const int kinds[][2] = {{AF_INET, SOCK_STREAM}, {AF_INET6, SOCK_STREAM},
	    {AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_DGRAM}, {AF_UNIX, SOCK_STREAM},
	    {AF_UNIX, SOCK_DGRAM}};
	int ends[2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		say("-- descriptor %d", bad[i]);
		try_everything(bad[i]);
		TRY(evutil_closesocket(bad[i]));
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = kit_fixed(socket(kinds[i][0], kinds[i][1], 0));

		say("-- domain %d, type %d", kinds[i][0], kinds[i][1]);
		show("before", fd);
		try_everything(fd);
		show("after", fd);
		TRY(evutil_closesocket(fd));
		TRY(evutil_closesocket(fd));
	}
	say("-- a pipe");
	kit_pipe(ends);
	try_everything(ends[0]);
	try_everything(ends[1]);
	say("-- pairs");
	pair(AF_UNIX, SOCK_STREAM, 0);
	pair(AF_UNIX, SOCK_DGRAM, 0);
	pair(AF_UNIX, SOCK_SEQPACKET, 0);
	pair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	pair(AF_UNIX, SOCK_STREAM, AF_UNIX);
	pair(AF_UNIX, SOCK_STREAM, 99);
	pair(AF_UNIX, 77, 0);
	pair(AF_INET, SOCK_STREAM, 0);
	pair(AF_INET6, SOCK_STREAM, 0);
	pair(AF_UNSPEC, SOCK_STREAM, 0);
	pair(99, SOCK_STREAM, 0);
	TRY(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, NULL));
	return 0;
}
