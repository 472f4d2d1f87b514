/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wake-ups of each kind.  The system calls that make them are replaced here, so that
 * each can be missing or fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/platform.h"
#include "loop/wakeup.h"
#include "support/suite.h"

/* The errors of the calls, 0 for none. */
static struct {
	int eventfd;
	int pipe;
	int fcntl_command; /* which one fails, 0 for none */
} broken;

int
eventfd(unsigned initial, int flags)
{
	if (broken.eventfd) {
		errno = broken.eventfd;
		return -1;
	}
	return (int)syscall(SYS_eventfd2, initial, flags);
}

int
pipe(int ends[2])
{
	if (broken.pipe) {
		errno = broken.pipe;
		return -1;
	}
	return (int)syscall(SYS_pipe2, ends, 0);
}

int
fcntl(int fd, int command, ...)
{
#ifdef SYS_fcntl64
	const long number = SYS_fcntl64;
#else
	const long number = SYS_fcntl;
#endif
	va_list rest;
	long arg;

	if (broken.fcntl_command && command == broken.fcntl_command) {
		errno = EINVAL;
		return -1;
	}
	va_start(rest, command);
	arg = va_arg(rest, long);
	va_end(rest);
	return (int)syscall(number, fd, command, arg);
}

enum kind { BY_EVENTFD, BY_PIPE, KINDS };

#define FIRST_KIND (LVN_HAVE_EVENTFD ? BY_EVENTFD : BY_PIPE)

static struct wakeup
wakeup_of_kind(int kind)
{
	struct wakeup wakeup = {0};

	broken.eventfd = kind == BY_PIPE ? ENOSYS : 0;
	ck_assert_int_eq(lvn_wakeup_open(&wakeup), 0);
	ck_assert(wakeup.is_open);
	ck_assert((wakeup.read_end == wakeup.write_end) == (kind == BY_EVENTFD));
	return wakeup;
}

static bool
is_readable(int fd)
{
	struct pollfd slot = {.fd = fd, .events = POLLIN};

	ck_assert_int_ge(poll(&slot, 1, 0), 0);
	return slot.revents & POLLIN;
}

TEST_RANGE(wakeup__what_was_raised_is_readable_until_drained, FIRST_KIND, KINDS)
{
	struct wakeup wakeup = wakeup_of_kind(_i);

	ck_assert(!is_readable(wakeup.read_end));
	lvn_wakeup_raise(wakeup.write_end);
	ck_assert(is_readable(wakeup.read_end));

	ck_assert(lvn_wakeup_drain(wakeup.read_end));
	ck_assert(!is_readable(wakeup.read_end));
	ck_assert(!lvn_wakeup_drain(wakeup.read_end));
	lvn_wakeup_close(&wakeup);
}

/* More than a pipe holds: the call that would block must not. */
TEST_RANGE(wakeup__raising_never_blocks_and_one_drain_is_enough, FIRST_KIND, KINDS)
{
	struct wakeup wakeup = wakeup_of_kind(_i);

	for (int i = 0; i < 20000; i++)
		lvn_wakeup_raise(wakeup.write_end);

	ck_assert(lvn_wakeup_drain(wakeup.read_end));
	ck_assert(!is_readable(wakeup.read_end));
	lvn_wakeup_close(&wakeup);
}

TEST_RANGE(wakeup__raising_and_draining_keep_errno, FIRST_KIND, KINDS)
{
	struct wakeup wakeup = wakeup_of_kind(_i);

	errno = EXDEV;
	ck_assert(!lvn_wakeup_drain(wakeup.read_end));
	ck_assert_int_eq(errno, EXDEV);
	lvn_wakeup_raise(-1);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert(!lvn_wakeup_drain(-1));
	ck_assert_int_eq(errno, EXDEV);
	lvn_wakeup_close(&wakeup);
}

TEST_RANGE(wakeup__both_ends_are_non_blocking_and_closed_on_exec, FIRST_KIND, KINDS)
{
	struct wakeup wakeup = wakeup_of_kind(_i);
	int ends[2] = {wakeup.read_end, wakeup.write_end};

	for (int i = 0; i < 2; i++) {
		ck_assert(fcntl(ends[i], F_GETFL) & O_NONBLOCK);
		ck_assert(fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
	}
	lvn_wakeup_close(&wakeup);
}

TEST_RANGE(wakeup__closed_wakeup_can_be_closed_and_opened_again, FIRST_KIND, KINDS)
{
	struct wakeup wakeup = wakeup_of_kind(_i);

	lvn_wakeup_close(&wakeup);
	ck_assert(!wakeup.is_open);
	lvn_wakeup_close(&wakeup);

	wakeup = wakeup_of_kind(_i);
	lvn_wakeup_raise(wakeup.write_end);
	ck_assert(lvn_wakeup_drain(wakeup.read_end));
	lvn_wakeup_close(&wakeup);
}

TEST(wakeup__zeroed_memory_can_be_closed)
{
	struct wakeup wakeup = {0};

	lvn_wakeup_close(&wakeup);

	ck_assert(!wakeup.is_open);
	ck_assert_int_ge(fcntl(STDERR_FILENO, F_GETFD), 0);
}

TEST(wakeup__without_descriptors_it_stays_closed_and_says_why)
{
	struct wakeup wakeup = {0};

	broken.eventfd = broken.pipe = EMFILE;
	ck_assert_int_eq(lvn_wakeup_open(&wakeup), -EMFILE);
	ck_assert(!wakeup.is_open);
}

/* The suite finds descriptors that stay open. */
TEST_RANGE(wakeup__pipe_that_cannot_be_set_up_is_closed_again, 0, 3)
{
	static const int commands[] = {F_GETFL, F_SETFL, F_SETFD};
	struct wakeup wakeup = {0};

	broken.eventfd = ENOSYS;
	broken.fcntl_command = commands[_i];
	ck_assert_int_eq(lvn_wakeup_open(&wakeup), -EINVAL);
	broken.fcntl_command = 0;

	ck_assert(!wakeup.is_open);
}
