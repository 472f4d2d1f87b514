/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: descriptors and options of sockets.
 */
#include <event2/util.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/platform.h"

/* So many probes fail before the kernel resets the connection. */
#define KEEPALIVE_PROBES 3

int
evutil_make_socket_nonblocking(evutil_socket_t sock)
{
	return lvn_io_make_nonblocking(sock);
}

int
evutil_make_socket_closeonexec(evutil_socket_t sock)
{
	return lvn_io_make_close_on_exec(sock);
}

int
evutil_closesocket(evutil_socket_t sock)
{
	return lvn_io_close(sock);
}

int
evutil_make_listen_socket_reuseable(evutil_socket_t sock)
{
	return lvn_io_set_option(sock, SOL_SOCKET, SO_REUSEADDR, 1);
}

int
evutil_make_listen_socket_reuseable_port(evutil_socket_t sock)
{
#if LVN_HAVE_REUSEPORT
	return lvn_io_set_option(sock, SOL_SOCKET, SO_REUSEPORT, 1);
#else
	(void)sock;
	return 0;
#endif
}

int
evutil_make_listen_socket_ipv6only(evutil_socket_t sock)
{
	return lvn_io_set_option(sock, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

int
evutil_make_listen_socket_not_ipv6only(evutil_socket_t sock)
{
	return lvn_io_set_option(sock, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

int
evutil_make_tcp_listen_socket_deferred(evutil_socket_t sock)
{
#if LVN_HAVE_DEFER_ACCEPT
	return lvn_io_set_option(sock, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
#else
	(void)sock;
	return 0;
#endif
}

/* The times come first: keepalive is never on with the default times. */
int
evutil_set_tcp_keepalive(evutil_socket_t sock, int on, int timeout)
{
	int interval = timeout / KEEPALIVE_PROBES > 0 ? timeout / KEEPALIVE_PROBES : 1;

	if (!on)
		return lvn_io_set_option(sock, SOL_SOCKET, SO_KEEPALIVE, 0);
#if LVN_HAVE_KEEPALIVE
	if (lvn_io_set_option(sock, IPPROTO_TCP, TCP_KEEPIDLE, timeout) < 0)
		return -1;
	if (lvn_io_set_option(sock, IPPROTO_TCP, TCP_KEEPINTVL, interval) < 0)
		return -1;
	if (lvn_io_set_option(sock, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES) < 0)
		return -1;
#else
	(void)interval;
#endif
	return lvn_io_set_option(sock, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int
evutil_socketpair(int d, int type, int protocol, evutil_socket_t sv[2])
{
	return socketpair(d, type, protocol, sv);
}
