/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the public functions for sockets treat simulated descriptors.
 */
#include <event2/util.h>

#include "base/io.h"
#include "support/suite.h"

enum { SIMULATED = LVN_IO_FIRST_SIMULATED_FD };

static int closed_fd;

static int
fake_close(int fd)
{
	closed_fd = fd;
	return 0;
}

static int
fake_set_option(int fd, int level, int option, int value)
{
	(void)level;
	(void)option;
	(void)value;
	ck_assert_int_eq(fd, SIMULATED);
	return 0;
}

static const struct io_ops fake_ops = {.set_option = fake_set_option, .close = fake_close};

TEST(evutil_closesocket__simulated_descriptor)
{
	lvn_io_set_simulated(&fake_ops);

	ck_assert_int_eq(evutil_closesocket(SIMULATED), 0);

	ck_assert_int_eq(closed_fd, SIMULATED);
}

TEST(evutil_make_socket_nonblocking__simulated_descriptor)
{
	lvn_io_set_simulated(&fake_ops);

	ck_assert_int_eq(evutil_make_socket_nonblocking(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_socket_closeonexec(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_listen_socket_reuseable(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_listen_socket_reuseable_port(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_listen_socket_ipv6only(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_listen_socket_not_ipv6only(SIMULATED), 0);
	ck_assert_int_eq(evutil_make_tcp_listen_socket_deferred(SIMULATED), 0);
	ck_assert_int_eq(evutil_set_tcp_keepalive(SIMULATED, 1, 60), 0);
}
