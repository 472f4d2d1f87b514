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
#include "base/platform.h"
#include "net/accept.h"
#include "net/listener.h"
#include "support/deny.h"
#include "support/loop_kit.h"
#include "support/suite.h"

#define LISTENING LVN_IO_FIRST_SIMULATED_FD

/* ---- A simulated world with a fixed result ---- */

static int result; /* -errno, or the descriptor */
static unsigned address_size;

static int
fake_accept(int fd, struct sockaddr *address, unsigned *size)
{
	ck_assert_int_eq(fd, LISTENING);
	if (result < 0)
		return result;
	memset(address, 'a', *size);
	*size = address_size;
	return result;
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

TEST_RANGE(accept__outcome_of_each_error, 0, (int)(sizeof(outcomes) / sizeof(outcomes[0])))
{
	struct accepted accepted;

	lvn_io_set_simulated(&fake_ops);
	result = -outcomes[_i].error;
	ck_assert_int_eq(lvn_accept(LISTENING, 0, &accepted), outcomes[_i].outcome);
	ck_assert_int_eq(accepted.error, outcomes[_i].error);
}

TEST(accept__address_ends_with_zero_byte)
{
	struct accepted accepted;
	const char *bytes = (const char *)&accepted.address;

	lvn_io_set_simulated(&fake_ops);
	result = LISTENING + 1;
	address_size = 2;
	ck_assert_int_eq(lvn_accept(LISTENING, 0, &accepted), ACCEPT_CONNECTION);
	ck_assert_int_eq(accepted.fd, result);
	ck_assert_int_eq(accepted.address_size, 2);
	ck_assert_int_eq(bytes[1], 'a');
	ck_assert_int_eq(bytes[2], '\0');

	address_size = sizeof(accepted.address) - 1;
	ck_assert_int_eq(lvn_accept(LISTENING, 0, &accepted), ACCEPT_CONNECTION);
	ck_assert_int_eq(bytes[sizeof(accepted.address) - 1], '\0');

	/* The kernel returns the full length, not how much it wrote. */
	address_size = sizeof(accepted.address) + 100;
	ck_assert_int_eq(lvn_accept(LISTENING, 0, &accepted), ACCEPT_CONNECTION);
	ck_assert_int_eq(accepted.address_size, sizeof(accepted.address));
}

/* ---- A listener above it ---- */

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
TEST_IF(LVN_HAVE_ACCEPT4, listener__pauses_while_all_connections_are_lost)
{
	struct event_base *base = event_base_new();
	struct evconnlistener *listener;
	int ends[2];

	if (!deny_accept4(ECONNABORTED)) {
		event_base_free(base);
		return;
	}
	ck_assert_int_eq(pipe(ends), 0);
	put(ends[1], "x");
	listener = evconnlistener_new(base, ignore_connection, NULL, 0, 0, ends[0]);
	evconnlistener_set_error_cb(listener, count_error);

	for (unsigned pauses = 1; pauses <= 3; pauses++) {
		while (listener->pauses < pauses) {
			ck_assert(!listener->paused || !listener->watching);
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		}
		ck_assert(listener->paused);
		ck_assert(!listener->watching);
		ck_assert(event_pending(&listener->on_resume, EV_TIMEOUT, NULL));
	}

	ck_assert_int_eq(errors, 0);
	evconnlistener_free(listener);
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
}

/* ---- Without accept4 ---- */

static const struct {
	unsigned how;
	int error;
	int status;
	int flags;
} in_steps[] = {
    {0, ENOSYS, O_NONBLOCK, FD_CLOEXEC},
    {IO_BLOCKING, ENOSYS, 0, FD_CLOEXEC},
    {IO_INHERITED, ENOSYS, O_NONBLOCK, 0},
    {IO_BLOCKING | IO_INHERITED, EPERM, 0, 0},
};

TEST_RANGE(accept__without_accept4_descriptor_has_same_flags, 0,
    (int)(sizeof(in_steps) / sizeof(in_steps[0])))
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

	ck_assert_int_eq(lvn_accept(listening, in_steps[_i].how, &accepted), ACCEPT_CONNECTION);
	ck_assert_int_eq(fcntl(accepted.fd, F_GETFL) & O_NONBLOCK, in_steps[_i].status);
	ck_assert_int_eq(fcntl(accepted.fd, F_GETFD), in_steps[_i].flags);
	ck_assert_int_eq(lvn_accept(listening, in_steps[_i].how, &accepted), ACCEPT_NONE);
	close(accepted.fd);
	close(client);
	close(listening);
}
