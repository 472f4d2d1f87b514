/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "support/deny.h"
#include "support/suite.h"

enum { SIMULATED = LVN_IO_FIRST_SIMULATED_FD + 3 };

/* The calls that the simulated kernel has had, one after the other. */
static char calls[256];

static int
note(const char *name, int fd, long answer)
{
	size_t length = strlen(calls);

	ck_assert_int_eq(fd, SIMULATED);
	snprintf(calls + length, sizeof(calls) - length, "%s ", name);
	return (int)answer;
}

static ssize_t
fake_read(int fd, void *data, size_t size)
{
	(void)data;
	return note("read", fd, (long)size);
}

static ssize_t
fake_write(int fd, const void *data, size_t size)
{
	(void)data;
	return note("write", fd, (long)size);
}

static ssize_t
fake_readv(int fd, const struct iovec *vectors, int count)
{
	(void)vectors;
	return note("readv", fd, count);
}

static ssize_t
fake_writev(int fd, const struct iovec *vectors, int count)
{
	(void)vectors;
	return note("writev", fd, count);
}

static int
fake_accept(int fd, struct sockaddr *address, unsigned *size)
{
	(void)address;
	*size = 5;
	return note("accept", fd, SIMULATED + 1);
}

static int
fake_connect(int fd, const struct sockaddr *address, unsigned size)
{
	(void)address;
	return note("connect", fd, (long)size);
}

static int
fake_shutdown(int fd, int how)
{
	return note("shutdown", fd, how);
}

static int
fake_socket_error(int fd)
{
	return note("socket_error", fd, ECONNRESET);
}

static int
fake_close(int fd)
{
	return note("close", fd, 7);
}

static const struct io_ops fake_ops = {
    .read = fake_read,
    .write = fake_write,
    .readv = fake_readv,
    .writev = fake_writev,
    .accept = fake_accept,
    .connect = fake_connect,
    .shutdown = fake_shutdown,
    .socket_error = fake_socket_error,
    .close = fake_close,
};

static char logged[256];

static void
keep_line(int severity, const char *text)
{
	(void)severity;
	snprintf(logged, sizeof(logged), "%s", text);
}

START_TEST(a_simulated_number_goes_to_the_simulated_kernel)
{
	struct iovec vectors[2] = {{NULL, 0}, {NULL, 0}};
	unsigned size = 0;
	char data[4];

	lvn_io_set_simulated(&fake_ops);
	ck_assert_int_eq(lvn_io_read(SIMULATED, data, 3), 3);
	ck_assert_int_eq(lvn_io_write(SIMULATED, data, 2), 2);
	ck_assert_int_eq(lvn_io_readv(SIMULATED, vectors, 2), 2);
	ck_assert_int_eq(lvn_io_writev(SIMULATED, vectors, 1), 1);
	ck_assert_int_eq(lvn_io_accept(SIMULATED, NULL, &size), SIMULATED + 1);
	ck_assert_uint_eq(size, 5);
	ck_assert_int_eq(lvn_io_connect(SIMULATED, NULL, 16), 16);
	ck_assert_int_eq(lvn_io_shutdown(SIMULATED, SHUT_WR), SHUT_WR);
	ck_assert_int_eq(lvn_io_socket_error(SIMULATED), ECONNRESET);
	ck_assert_int_eq(lvn_io_close(SIMULATED), 7);

	ck_assert_str_eq(
	    calls, "read write readv writev accept connect shutdown socket_error close ");
}
END_TEST

START_TEST(a_simulated_descriptor_takes_every_setting)
{
	lvn_io_set_simulated(&fake_ops);

	ck_assert_int_eq(lvn_io_make_nonblocking(SIMULATED), 0);
	ck_assert_int_eq(lvn_io_make_close_on_exec(SIMULATED), 0);
	ck_assert_int_eq(lvn_io_set_option(SIMULATED, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	ck_assert_str_eq(calls, "");
}
END_TEST

static const int not_open[] = {-1, SIMULATED};

START_TEST(what_is_not_open_is_a_bad_descriptor)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct sockaddr *any = (struct sockaddr *)&address;
	unsigned size = sizeof(address);
	int fd = not_open[_i];
	char data[1];
	struct iovec vector = {data, 1};

	lvn_log_set_callback(keep_line);
#define CK_ASSERT_BAD(call)                     \
	do {                                    \
		errno = 0;                      \
		ck_assert_int_eq(call, -1);     \
		ck_assert_int_eq(errno, EBADF); \
	} while (0)
	CK_ASSERT_BAD(lvn_io_read(fd, data, 1));
	CK_ASSERT_BAD(lvn_io_write(fd, data, 1));
	CK_ASSERT_BAD(lvn_io_readv(fd, &vector, 1));
	CK_ASSERT_BAD(lvn_io_writev(fd, &vector, 1));
	CK_ASSERT_BAD(lvn_io_accept(fd, any, &size));
	CK_ASSERT_BAD(lvn_io_connect(fd, any, size));
	CK_ASSERT_BAD(lvn_io_shutdown(fd, SHUT_RDWR));
	CK_ASSERT_BAD(lvn_io_socket_error(fd));
	CK_ASSERT_BAD(lvn_io_make_nonblocking(fd));
	CK_ASSERT_BAD(lvn_io_make_close_on_exec(fd));
	CK_ASSERT_BAD(lvn_io_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	CK_ASSERT_BAD(lvn_io_close(fd));
#undef CK_ASSERT_BAD
}
END_TEST

START_TEST(bytes_pass_through_a_real_pipe)
{
	char ab[] = "ab";
	char cd[] = "cd";
	struct iovec out[2] = {{ab, 2}, {cd, 2}};
	char data[8] = {0};
	struct iovec in[2] = {{data, 1}, {data + 1, 7}};
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(lvn_io_write(ends[1], "xy", 2), 2);
	ck_assert_int_eq(lvn_io_writev(ends[1], out, 2), 4);
	ck_assert_int_eq(lvn_io_read(ends[0], data, 2), 2);
	ck_assert_str_eq(data, "xy");
	ck_assert_int_eq(lvn_io_readv(ends[0], in, 2), 4);
	ck_assert_str_eq(data, "abcd");
	ck_assert_int_eq(lvn_io_close(ends[0]), 0);
	ck_assert_int_eq(lvn_io_close(ends[1]), 0);
}
END_TEST

START_TEST(settings_are_made_once_and_again)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(lvn_io_make_nonblocking(ends[0]), 0);
		ck_assert_int_eq(lvn_io_make_close_on_exec(ends[0]), 0);
		ck_assert_int_eq(fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		ck_assert_int_eq(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_setting_that_fails_is_logged)
{
	lvn_log_set_callback(keep_line);

	ck_assert_int_eq(lvn_io_make_nonblocking(-1), -1);
	ck_assert_str_eq(logged, "fcntl(-1, F_GETFL): Bad file descriptor");
	ck_assert_int_eq(lvn_io_make_close_on_exec(-1), -1);
	ck_assert_str_eq(logged, "fcntl(-1, F_GETFD): Bad file descriptor");
}
END_TEST

/* What is asked and set of a descriptor, with the lines when that fails. */
static const unsigned setting_commands[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD};
static const char *const setting_names[] = {"F_GETFL", "F_SETFL", "F_GETFD", "F_SETFD"};

START_TEST(a_setting_that_is_refused_is_logged)
{
	char expected[128];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int rc;

	lvn_log_set_callback(keep_line);
	snprintf(
	    expected, sizeof(expected), "fcntl(%d, %s): Permission denied", fd, setting_names[_i]);
	if (deny_system_call_with(DENY_FCNTL, 1, setting_commands[_i], EACCES)) {
		rc = _i < 2 ? lvn_io_make_nonblocking(fd) : lvn_io_make_close_on_exec(fd);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(errno, EACCES);
		ck_assert_str_eq(logged, expected);
	}
	close(fd);
}
END_TEST

/* A listener on the loopback address. */
static int
listener(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET};
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static int
connected_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(lvn_io_connect(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	return fd;
}

static void
accept_and_look(int listening, int client)
{
	struct sockaddr_in peer = {0};
	struct sockaddr_in name = {0};
	unsigned size = sizeof(peer);
	socklen_t name_size = sizeof(name);
	int fd = lvn_io_accept(listening, (struct sockaddr *)&peer, &size);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(size, sizeof(peer));
	ck_assert_int_eq(getsockname(client, (struct sockaddr *)&name, &name_size), 0);
	ck_assert_uint_eq(peer.sin_port, name.sin_port);
	close(fd);
}

START_TEST(an_accepted_connection_does_not_block_and_is_not_inherited)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);

	accept_and_look(listening, client);
	close(client);
	close(listening);
}
END_TEST

/* Some 32-bit platforms reach accept4 only through socketcall. */
static bool
without_accept4(void)
{
	if (!deny_accept4(ENOSYS))
		return false;
	errno = 0;
	accept4(-1, NULL, NULL, 0);
	return errno == ENOSYS;
}

START_TEST(without_accept4_a_connection_is_accepted_in_steps)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);

	if (without_accept4()) {
		accept_and_look(listening, client);
		ck_assert_int_eq(lvn_io_make_nonblocking(listening), 0);
		ck_assert_int_eq(lvn_io_accept(listening, NULL, NULL), -1);
		ck_assert_int_eq(errno, EAGAIN);
	}
	close(client);
	close(listening);
}
END_TEST

START_TEST(a_connection_that_cannot_be_set_up_is_closed)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int client = connected_to(&address);
	char data[1];

	lvn_log_set_callback(keep_line);
	if (without_accept4() &&
	    deny_system_call_with(DENY_FCNTL, 1, setting_commands[_i], EPERM)) {
		ck_assert_int_eq(lvn_io_accept(listening, NULL, NULL), -1);
		ck_assert_int_eq(errno, EPERM);
		ck_assert_int_eq(read(client, data, 1), 0);
	}
	close(client);
	close(listening);
}
END_TEST

START_TEST(the_error_of_a_refused_connection_is_told_once)
{
	struct sockaddr_in address;
	int listening = listener(&address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd waiting = {fd, POLLOUT, 0};

	close(listening);
	ck_assert_int_eq(lvn_io_socket_error(fd), 0);
	if (lvn_io_connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno == EINPROGRESS) {
		ck_assert_int_eq(poll(&waiting, 1, -1), 1);
		ck_assert_int_eq(lvn_io_socket_error(fd), ECONNREFUSED);
		ck_assert_int_eq(lvn_io_socket_error(fd), 0);
	} else {
		ck_assert_int_eq(errno, ECONNREFUSED);
	}
	close(fd);
}
END_TEST

START_TEST(a_shut_socket_has_an_end)
{
	int ends[2];
	char data[1];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(lvn_io_shutdown(ends[0], SHUT_WR), 0);
	ck_assert_int_eq(lvn_io_read(ends[1], data, 1), 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(an_option_is_set)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int value = 0;
	socklen_t size = sizeof(value);

	ck_assert_int_eq(lvn_io_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1), 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &size), 0);
	ck_assert_int_eq(value, 1);
	close(fd);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("io");
	TCase *group = tcase_create("io");

	tcase_add_test(group, a_simulated_number_goes_to_the_simulated_kernel);
	tcase_add_test(group, a_simulated_descriptor_takes_every_setting);
	tcase_add_loop_test(group, what_is_not_open_is_a_bad_descriptor, 0, 2);
	tcase_add_test(group, bytes_pass_through_a_real_pipe);
	tcase_add_test(group, settings_are_made_once_and_again);
	tcase_add_test(group, a_setting_that_fails_is_logged);
	tcase_add_loop_test(group, a_setting_that_is_refused_is_logged, 0, 4);
	tcase_add_test(group, an_accepted_connection_does_not_block_and_is_not_inherited);
	tcase_add_test(group, without_accept4_a_connection_is_accepted_in_steps);
	tcase_add_loop_test(group, a_connection_that_cannot_be_set_up_is_closed, 0, 4);
	tcase_add_test(group, the_error_of_a_refused_connection_is_told_once);
	tcase_add_test(group, a_shut_socket_has_an_end);
	tcase_add_test(group, an_option_is_set);
	suite_add_tcase(suite, group);
	return suite;
}
