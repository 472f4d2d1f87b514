/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Delivery by signalfd: masks, threads, and its absence.  signalfd is replaced here, so
 * that it can be missing or fail.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/platform.h"
#include "loop/signals/signals.h"
#include "support/suite.h"
#include "unit/loop/signals/signals_kit.h"

/* The error of signalfd, 0 for none. */
static int broken_signalfd;

int
signalfd(int fd, const sigset_t *mask, int flags)
{
	if (broken_signalfd) {
		errno = broken_signalfd;
		return -1;
	}
	return (int)syscall(SYS_signalfd4, fd, mask, (size_t)(_NSIG / 8), flags);
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__blocks_a_signal_while_it_is_watched)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert(is_blocked(SIGUSR1));

	lvn_signals_unwatch(&signals, SIGUSR1);

	ck_assert(!is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__blocked_signal_stays_blocked)
{
	struct signals signals;

	block(SIGUSR1, SIG_BLOCK);
	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);

	lvn_signals_clear(&signals);

	ck_assert(is_blocked(SIGUSR1));
}

static void *
raise_in_thread(void *arg)
{
	int signo = *(int *)arg;

	block(signo, SIG_UNBLOCK);
	ck_assert_int_eq(raise(signo), 0);
	return NULL;
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__signal_of_a_thread_that_does_not_block_it)
{
	struct signals signals;
	int signo = SIGUSR1;
	pthread_t thread;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, signo), 0);

	ck_assert_int_eq(pthread_create(&thread, NULL, raise_in_thread, &signo), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, signo), 1);
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__signal_stays_blocked_in_event_reinit)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert(is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
	ck_assert(!is_blocked(SIGUSR1));
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__without_it_the_handler_delivers)
{
	struct signals signals;

	broken_signalfd = ENOSYS;
	lvn_signals_init(&signals, true);
	ck_assert_str_eq(lvn_signals_method(&signals), "signal");
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert(!is_blocked(SIGUSR1));
	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__refused_signal_is_not_watched)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	broken_signalfd = ENOMEM;
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), -ENOMEM);

	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	ck_assert(!is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
}

TEST_IF(LVN_HAVE_SIGNALFD, signal_fd__failure_in_event_reinit_falls_back_to_the_handler)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	broken_signalfd = EMFILE;

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert_str_eq(lvn_signals_method(&signals), "signal");
	ck_assert(!is_blocked(SIGUSR1));
	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}
