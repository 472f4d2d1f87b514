/* SPDX-License-Identifier: BSD-3-Clause */
#include "net/listen_socket.h"

#include <errno.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/io.h"

static int
keep_alive(int fd)
{
	return lvn_io_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* In this order: what says that a port may be shared comes before bind. */
static const struct {
	unsigned flag; /* 0: always */
	int (*apply)(evutil_socket_t fd);
} options[] = {
    {0, keep_alive},
    {LEV_OPT_REUSEABLE, evutil_make_listen_socket_reuseable},
    {LEV_OPT_REUSEABLE_PORT, evutil_make_listen_socket_reuseable_port},
    {LEV_OPT_DEFERRED_ACCEPT, evutil_make_tcp_listen_socket_deferred},
};

static int
apply_options(int fd, unsigned flags)
{
	for (size_t i = 0; i < LVN_COUNT_OF(options); i++) {
		if ((!options[i].flag || (flags & options[i].flag)) && options[i].apply(fd) < 0)
			return -1;
	}
	return 0;
}

/* Both at once is one too many; "only" wins. */
static int
apply_families(int fd, int family, unsigned flags)
{
	if (flags & LEV_OPT_BIND_IPV6ONLY)
		return evutil_make_listen_socket_ipv6only(fd);
	if ((flags & LEV_OPT_BIND_IPV4_AND_IPV6) && family == AF_INET6)
		return evutil_make_listen_socket_not_ipv6only(fd);
	return 0;
}

int
lvn_listen_socket_open(const struct sockaddr *address, int address_size, unsigned flags)
{
	int family = address ? address->sa_family : AF_UNSPEC;
	int type = SOCK_STREAM | SOCK_NONBLOCK;
	int fd;
	int rc;

	if (flags & LEV_OPT_CLOSE_ON_EXEC)
		type |= SOCK_CLOEXEC;
	fd = socket(family, type, 0);
	if (fd < 0)
		return -errno;
	if (apply_options(fd, flags) == 0 && apply_families(fd, family, flags) == 0 &&
	    bind(fd, address, (socklen_t)address_size) == 0)
		return fd;
	rc = -errno;
	lvn_io_close(fd);
	return rc;
}
