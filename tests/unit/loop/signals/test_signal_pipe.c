/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The handler of the process and the bases that listen to it: side by side, on other
 * threads, and without harm to the handlers of the application.  Replaced here are write and
 * nanosleep, so that a handler can be held in its middle.  Nothing here forks.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/platform.h"
#include "loop/signals/signals.h"
#include "support/suite.h"
#include "unit/loop/signals/signals_kit.h"

static struct {
	bool hold; /* the next write waits until somebody has napped */
	atomic_bool in_write;
	atomic_bool napped;
} held;

ssize_t
write(int fd, const void *data, size_t size)
{
	if (held.hold) {
		held.hold = false;
		atomic_store(&held.in_write, true);
		while (!atomic_load(&held.napped))
			sched_yield();
	}
	return syscall(SYS_write, fd, data, size);
}

/* Only who waits for handlers naps here. */
int
nanosleep(const struct timespec *span, struct timespec *rest)
{
	(void)span;
	(void)rest;
	atomic_store(&held.napped, true);
	sched_yield();
	return 0;
}

/* ---- several bases ---- */

static const struct {
	int first, second;
} pairs[] = {
    {BY_HANDLER, BY_HANDLER},
    {BY_HANDLER, BY_SIGNALFD},
    {BY_SIGNALFD, BY_HANDLER},
    {BY_SIGNALFD, BY_SIGNALFD},
};
/* Those without signalfd come first. */
enum { PAIRS = LVN_HAVE_SIGNALFD ? sizeof(pairs) / sizeof(pairs[0]) : 1 };

/* The one that reads a signalfd first takes the signal away from the other. */
static void
take_from_both(struct signals *first, struct signals *second, int of_first, int of_second)
{
	uint32_t got_first = 0, got_second = 0;

	while (is_awake(first) || is_awake(second)) {
		if (is_awake(first))
			got_first += taken(first, of_first);
		if (is_awake(second))
			got_second += taken(second, of_second);
	}
	ck_assert_uint_eq(got_first, 1);
	ck_assert_uint_eq(got_second, 1);
}

TEST_RANGE(signal_pipe__no_base_loses_its_signals_to_another, 0, PAIRS)
{
	struct signals first, second;

	init_signals(&first, pairs[_i].first);
	init_signals(&second, pairs[_i].second);
	ck_assert_int_eq(lvn_signals_watch(&first, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&second, SIGUSR2), 0);

	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR2), 0);

	take_from_both(&first, &second, SIGUSR1, SIGUSR2);
	lvn_signals_clear(&first);
	lvn_signals_clear(&second);
}

TEST_RANGE(signal_pipe__each_base_that_watches_a_signal_gets_it, 0, PAIRS)
{
	struct signals first, second;

	init_signals(&first, pairs[_i].first);
	init_signals(&second, pairs[_i].second);
	ck_assert_int_eq(lvn_signals_watch(&first, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&second, SIGUSR1), 0);

	ck_assert_int_eq(raise(SIGUSR1), 0);
	take_from_both(&first, &second, SIGUSR1, SIGUSR1);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	take_from_both(&second, &first, SIGUSR1, SIGUSR1);

	lvn_signals_clear(&first);
	lvn_signals_clear(&second);
}

TEST_RANGE(signal_pipe__other_base_receives_after_one_is_freed, 0, PAIRS)
{
	struct signals first, second;

	init_signals(&first, pairs[_i].first);
	init_signals(&second, pairs[_i].second);
	ck_assert_int_eq(lvn_signals_watch(&first, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&second, SIGUSR1), 0);

	lvn_signals_clear(&first);
	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert(is_awake(&second));
	ck_assert_uint_eq(taken(&second, SIGUSR1), 1);
	lvn_signals_clear(&second);
	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	ck_assert(!is_blocked(SIGUSR1));
}

/* ---- handlers of the application ---- */

static void
handler_of_the_application(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
}

static void
assert_same_action(const struct sigaction *a, const struct sigaction *b)
{
	ck_assert_int_eq(a->sa_flags, b->sa_flags);
	ck_assert_int_eq(memcmp(&a->sa_sigaction, &b->sa_sigaction, sizeof(a->sa_sigaction)), 0);
	for (int signo = 1; signo < NSIG; signo++)
		ck_assert_int_eq(sigismember(&a->sa_mask, signo), sigismember(&b->sa_mask, signo));
}

TEST_RANGE(signal_pipe__handler_before_comes_back_when_the_last_base_stops, 0, PAIRS)
{
	struct sigaction own = {.sa_flags = SA_SIGINFO | SA_NODEFER}, before, ours, after;
	struct signals first, second;

	own.sa_sigaction = handler_of_the_application;
	sigaddset(&own.sa_mask, SIGHUP);
	ck_assert_int_eq(sigaction(SIGUSR1, &own, NULL), 0);
	before = handler_of(SIGUSR1);
	init_signals(&first, pairs[_i].first);
	init_signals(&second, pairs[_i].second);

	ck_assert_int_eq(lvn_signals_watch(&first, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&second, SIGUSR1), 0);
	lvn_signals_unwatch(&first, SIGUSR1);
	ours = handler_of(SIGUSR1);
	ck_assert(ours.sa_handler != before.sa_handler);
	ck_assert_int_eq(ours.sa_flags & (SA_RESTART | SA_SIGINFO | SA_NODEFER), SA_RESTART);
	lvn_signals_unwatch(&second, SIGUSR1);

	after = handler_of(SIGUSR1);
	assert_same_action(&after, &before);
	lvn_signals_clear(&first);
	lvn_signals_clear(&second);
}

TEST_RANGE(signal_pipe__ignored_signal_is_ignored_again_afterwards, 0, DELIVERIES)
{
	struct signals signals;

	signal(SIGUSR1, SIG_IGN);
	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);

	lvn_signals_clear(&signals);

	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_IGN);
}

/* ---- threads ---- */

static void *
raise_in_thread(void *arg)
{
	raise(*(int *)arg);
	return NULL;
}

static void
hold_a_handler(struct signals *signals, int *signo, pthread_t *thread)
{
	init_signals(signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(signals, *signo), 0);
	held.hold = true;
	ck_assert_int_eq(pthread_create(thread, NULL, raise_in_thread, signo), 0);
	while (!atomic_load(&held.in_write))
		sched_yield();
	ck_assert(!atomic_load(&held.napped));
}

TEST(signal_pipe__base_outlives_the_handler_that_wakes_it)
{
	struct signals signals;
	int signo = SIGUSR1;
	pthread_t thread;

	hold_a_handler(&signals, &signo, &thread);

	lvn_signals_clear(&signals);

	ck_assert(atomic_load(&held.napped));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

TEST(signal_pipe__descriptor_is_not_closed_before_the_handler_has_written)
{
	struct signals signals;
	int signo = SIGUSR1;
	pthread_t thread;

	hold_a_handler(&signals, &signo, &thread);

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert(atomic_load(&held.napped));
	ck_assert(is_awake(&signals));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(taken(&signals, signo), 1);
	lvn_signals_clear(&signals);
}

enum { RAISES = 20000, BASES_MADE = 500 };

static void *
raise_many(void *arg)
{
	int signo = *(int *)arg;

	block(signo, SIG_UNBLOCK);
	for (int i = 0; i < RAISES; i++)
		raise(signo);
	return NULL;
}

/* A wake-up that got lost would leave this waiting until the time limit. */
TEST_RANGE(signal_pipe__no_signal_of_a_storm_is_lost, 0, DELIVERIES)
{
	struct signals signals;
	int signo = SIGUSR1;
	uint32_t got = 0;
	pthread_t thread;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, signo), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, raise_many, &signo), 0);

	while (got < RAISES) {
		ck_assert(wait_for(&signals, -1));
		got += taken(&signals, signo);
	}

	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(got, RAISES);
	ck_assert_uint_eq(taken(&signals, signo), 0);
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST_RANGE(signal_pipe__no_signal_of_a_storm_is_lost_around_sleep, 0, DELIVERIES)
{
	struct signals signals;
	int signo = SIGUSR1;
	uint32_t got = 0;
	pthread_t thread;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, signo), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, raise_many, &signo), 0);

	while (got < RAISES) {
		bool may_sleep = lvn_signals_before_sleep(&signals);
		bool readable = wait_for(&signals, may_sleep ? -1 : 0);

		lvn_signals_after_sleep(&signals);
		if (readable || lvn_signals_came_quietly(&signals))
			got += taken(&signals, signo);
	}

	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(got, RAISES);
	lvn_signals_clear(&signals);
}

TEST_RANGE(signal_pipe__bases_come_and_go_while_handlers_run, 0, DELIVERIES)
{
	struct signals lasting;
	int signo = SIGUSR1;
	uint32_t got = 0;
	pthread_t threads[2];

	init_signals(&lasting, _i);
	ck_assert_int_eq(lvn_signals_watch(&lasting, signo), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, raise_many, &signo), 0);

	for (int i = 0; i < BASES_MADE; i++) {
		struct signals *passing = malloc(sizeof(*passing));

		ck_assert_ptr_nonnull(passing);
		init_signals(passing, _i);
		ck_assert_int_eq(lvn_signals_watch(passing, signo), 0);
		got += taken(&lasting, signo);
		lvn_signals_clear(passing);
		memset(passing, 0x5a, sizeof(*passing));
		free(passing);
	}

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(got + taken(&lasting, signo), 2 * RAISES);
	lvn_signals_clear(&lasting);
}
