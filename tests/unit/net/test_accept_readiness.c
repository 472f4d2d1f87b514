/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"
#include "net/accept_io.h"
#include "support/deny.h"
#include "support/loop_kit.h"
#include "support/suite.h"

#define LISTENING LVN_IO_FIRST_SIMULATED_FD

/* ---- A kernel that answers what it is told ---- */

static int answer; /* -errno, or the descriptor */
static int asked;
static unsigned address_size;

static int
fake_accept(int fd, struct sockaddr *address, unsigned *size)
{
	ck_assert_int_eq(fd, LISTENING);
	asked++;
	if (answer < 0) {
		errno = -answer;
		return -1;
	}
	memset(address, 'a', *size);
	*size = address_size;
	return answer;
}

static const struct io_ops fake_ops = {.accept = fake_accept};

static const struct {
	int error;
	enum accept_outcome outcome;
} outcomes[] = {
    {EAGAIN, ACCEPT_NONE},
    {EWOULDBLOCK, ACCEPT_NONE},
    {ECONNABORTED, ACCEPT_LOST},
    {EINTR, ACCEPT_LOST},
    {EPROTO, ACCEPT_LOST},
    {EPERM, ACCEPT_LOST},
    {ENETDOWN, ACCEPT_LOST},
    {ENETUNREACH, ACCEPT_LOST},
    {EHOSTDOWN, ACCEPT_LOST},
    {EHOSTUNREACH, ACCEPT_LOST},
    {ENONET, ACCEPT_LOST},
    {ENOPROTOOPT, ACCEPT_LOST},
    {EMFILE, ACCEPT_FAILED},
    {ENFILE, ACCEPT_FAILED},
    {ENOBUFS, ACCEPT_FAILED},
    {ENOMEM, ACCEPT_FAILED},
    {EBADF, ACCEPT_FAILED},
    {EINVAL, ACCEPT_FAILED},
    {ENOTSOCK, ACCEPT_FAILED},
    {EOPNOTSUPP, ACCEPT_FAILED},
};

START_TEST(each_error_has_its_outcome)
{
	struct accepted accepted;

	lvn_io_set_simulated(&fake_ops);
	answer = -outcomes[_i].error;
	ck_assert_int_eq(lvn_accept_readiness_take(LISTENING, 0, &accepted), outcomes[_i].outcome);
	ck_assert_int_eq(accepted.error, outcomes[_i].error);
}
END_TEST

START_TEST(an_address_ends_with_a_zero_and_is_never_too_long)
{
	struct accepted accepted;
	const char *bytes = (const char *)&accepted.address;

	lvn_io_set_simulated(&fake_ops);
	answer = LISTENING + 1;
	address_size = 2;
	ck_assert_int_eq(lvn_accept_readiness_take(LISTENING, 0, &accepted), ACCEPT_CAME);
	ck_assert_int_eq(accepted.fd, answer);
	ck_assert_int_eq(accepted.address_size, 2);
	ck_assert_int_eq(bytes[1], 'a');
	ck_assert_int_eq(bytes[2], '\0');

	address_size = sizeof(accepted.address) - 1;
	ck_assert_int_eq(lvn_accept_readiness_take(LISTENING, 0, &accepted), ACCEPT_CAME);
	ck_assert_int_eq(bytes[sizeof(accepted.address) - 1], '\0');

	/* The kernel says how long it was, not how much it wrote. */
	address_size = sizeof(accepted.address) + 100;
	ck_assert_int_eq(lvn_accept_readiness_take(LISTENING, 0, &accepted), ACCEPT_CAME);
	ck_assert_int_eq(accepted.address_size, sizeof(accepted.address));
}
END_TEST

/* ---- Policy on top of it ---- */

static int errors;

static void
count_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	errors++;
}

static void
ignore_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	(void)listener;
	(void)fd;
	(void)address;
	(void)size;
	(void)arg;
}

/* The descriptor is a pipe's, so that it can be watched, and it is always readable. */
START_TEST(connections_that_are_all_lost_do_not_spin)
{
	struct event_base *base = event_base_new();
	struct evconnlistener *listener;
	int ends[2], turns = 0;

	if (!deny_accept4(ECONNABORTED)) {
		event_base_free(base);
		return;
	}
	ck_assert_int_eq(pipe(ends), 0);
	put(ends[1], "x");
	listener = evconnlistener_new(base, ignore_connection, NULL, 0, 0, ends[0]);
	evconnlistener_set_error_cb(listener, count_error);
	count_turns(base, &turns);
	event_base_loopexit(base, MS(100));
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_le(turns, 15);
	ck_assert_int_eq(errors, 0);
	evconnlistener_free(listener);
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* ---- Without accept4 ---- */

static const struct {
	unsigned how;
	int error;
	int status;
	int flags;
} in_steps[] = {
    {0, ENOSYS, O_NONBLOCK, FD_CLOEXEC},
    {IO_ACCEPT_BLOCKING, ENOSYS, 0, FD_CLOEXEC},
    {IO_ACCEPT_INHERITED, ENOSYS, O_NONBLOCK, 0},
    {IO_ACCEPT_BLOCKING | IO_ACCEPT_INHERITED, EPERM, 0, 0},
};

START_TEST(without_accept4_the_new_descriptor_is_the_same)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t size = sizeof(address);
	struct accepted accepted;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(lvn_io_listen(listening, 5), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, size), 0);
	deny_accept4(in_steps[_i].error);

	ck_assert_int_eq(
	    lvn_accept_readiness_take(listening, in_steps[_i].how, &accepted), ACCEPT_CAME);
	ck_assert_int_eq(fcntl(accepted.fd, F_GETFL) & O_NONBLOCK, in_steps[_i].status);
	ck_assert_int_eq(fcntl(accepted.fd, F_GETFD), in_steps[_i].flags);
	ck_assert_int_eq(
	    lvn_accept_readiness_take(listening, in_steps[_i].how, &accepted), ACCEPT_NONE);
	close(accepted.fd);
	close(client);
	close(listening);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("accept_readiness");
	TCase *group = tcase_create("accept_readiness");

	tcase_add_loop_test(
	    group, each_error_has_its_outcome, 0, (int)(sizeof(outcomes) / sizeof(outcomes[0])));
	tcase_add_test(group, an_address_ends_with_a_zero_and_is_never_too_long);
	tcase_add_test(group, connections_that_are_all_lost_do_not_spin);
	tcase_add_loop_test(group, without_accept4_the_new_descriptor_is_the_same, 0,
	    (int)(sizeof(in_steps) / sizeof(in_steps[0])));
	suite_add_tcase(suite, group);
	return suite;
}
