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

static const struct io_ops fake_ops = {.close = fake_close};

START_TEST(a_simulated_descriptor_is_closed_by_the_simulated_kernel)
{
	lvn_io_set_simulated(&fake_ops);

	ck_assert_int_eq(evutil_closesocket(SIMULATED), 0);

	ck_assert_int_eq(closed_fd, SIMULATED);
}
END_TEST

START_TEST(a_simulated_descriptor_accepts_every_setting)
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
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("evutil_socket");
	TCase *group = tcase_create("evutil_socket");

	tcase_add_test(group, a_simulated_descriptor_is_closed_by_the_simulated_kernel);
	tcase_add_test(group, a_simulated_descriptor_accepts_every_setting);
	suite_add_tcase(suite, group);
	return suite;
}
