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

#include "loop/signals.h"
#include "support/suite.h"
#include "unit/loop/signals_kit.h"

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

START_TEST(a_signal_is_blocked_only_while_signalfd_watches_it)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert(is_blocked(SIGUSR1));

	lvn_signals_unwatch(&signals, SIGUSR1);

	ck_assert(!is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
}
END_TEST

START_TEST(a_signal_that_was_blocked_stays_blocked)
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
END_TEST

static void *
raise_in_thread(void *arg)
{
	int signo = *(int *)arg;

	block(signo, SIG_UNBLOCK);
	ck_assert_int_eq(raise(signo), 0);
	return NULL;
}

START_TEST(a_signal_for_a_thread_that_does_not_block_it_is_heard)
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
END_TEST

START_TEST(a_signal_stays_blocked_through_reinit)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert(is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
	ck_assert(!is_blocked(SIGUSR1));
}
END_TEST

START_TEST(without_signalfd_the_handler_delivers)
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
END_TEST

START_TEST(a_signal_that_signalfd_refuses_is_not_watched)
{
	struct signals signals;

	init_signals(&signals, BY_SIGNALFD);
	broken_signalfd = ENOMEM;
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), -ENOMEM);

	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	ck_assert(!is_blocked(SIGUSR1));
	lvn_signals_clear(&signals);
}
END_TEST

START_TEST(when_signalfd_fails_in_reinit_the_handler_takes_over)
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
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("signal_fd");
	TCase *group = tcase_create("signal_fd");

	tcase_add_test(group, a_signal_is_blocked_only_while_signalfd_watches_it);
	tcase_add_test(group, a_signal_that_was_blocked_stays_blocked);
	tcase_add_test(group, a_signal_for_a_thread_that_does_not_block_it_is_heard);
	tcase_add_test(group, a_signal_stays_blocked_through_reinit);
	tcase_add_test(group, without_signalfd_the_handler_delivers);
	tcase_add_test(group, a_signal_that_signalfd_refuses_is_not_watched);
	tcase_add_test(group, when_signalfd_fails_in_reinit_the_handler_takes_over);
	suite_add_tcase(suite, group);
	return suite;
}
