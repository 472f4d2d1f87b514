/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signals of one base by both deliveries.  The system calls that make descriptors are
 * replaced here, so that they can fail.
 */
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/signals/signals.h"
#include "loop/wakeup.h"
#include "support/suite.h"
#include "unit/loop/signals/signals_kit.h"

/* The error of eventfd, pipe2 and pipe, 0 for none. */
static int broken_descriptors;

static int
fail_with(int error)
{
	errno = error;
	return -1;
}

int
eventfd(unsigned initial, int flags)
{
	if (broken_descriptors)
		return fail_with(broken_descriptors);
	return (int)syscall(SYS_eventfd2, initial, flags);
}

int
pipe2(int ends[2], int flags)
{
	if (broken_descriptors)
		return fail_with(broken_descriptors);
	return (int)syscall(SYS_pipe2, ends, flags);
}

int
pipe(int ends[2])
{
	return pipe2(ends, 0);
}

/* ---- delivery ---- */

TEST_RANGE(signals__signal_makes_a_descriptor_readable_until_taken, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert(!is_awake(&signals));

	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	ck_assert(!is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 0);
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__queued_signal_is_counted_each_time, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGRTMIN), 0);

	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(raise(SIGRTMIN), 0);

	for (uint32_t left = 40; left > 0;) {
		ck_assert(is_awake(&signals));
		left -= taken(&signals, SIGRTMIN);
	}
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__come_in_order_of_their_numbers, 0, DELIVERIES)
{
	const int last = SIGRTMIN + 1;
	const int sent[] = {last, SIGUSR2, SIGHUP, SIGUSR1};
	const int in_order[] = {SIGHUP, SIGUSR1, SIGUSR2, last};
	struct signal_count counts[NSIG];
	struct signals signals;

	init_signals(&signals, _i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(lvn_signals_watch(&signals, sent[i]), 0);

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(raise(sent[i]), 0);

	ck_assert_uint_eq(lvn_signals_take(&signals, counts), 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(counts[i].signo, in_order[i]);
		ck_assert_uint_eq(counts[i].count, 1);
	}
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__watching_twice_is_watching_once, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);

	lvn_signals_unwatch(&signals, SIGUSR1);
	lvn_signals_unwatch(&signals, SIGUSR1);

	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__what_is_no_signal_is_refused, 0, DELIVERIES)
{
	const int wrong[] = {0, -1, -2, NSIG, NSIG + 1, 1000000, SIGKILL, SIGSTOP, 32};
	struct signals signals;

	init_signals(&signals, _i);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(lvn_signals_watch(&signals, wrong[i]), -EINVAL);
		lvn_signals_unwatch(&signals, wrong[i]);
	}
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__signal_watched_again_before_the_take_is_not_lost, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);

	lvn_signals_unwatch(&signals, SIGUSR1);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

/* With signalfd it is still pending in the kernel, and would end the process. */
TEST_RANGE(signals__signal_no_longer_watched_is_dropped, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);

	lvn_signals_unwatch(&signals, SIGUSR1);

	ck_assert_uint_eq(taken(&signals, SIGUSR1), 0);
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST(signals__handler_keeps_errno)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	signal(SIGPIPE, SIG_IGN);
	close(lvn_signals_descriptor(&signals, 0)); /* so that its write fails */
	errno = EXDEV;

	raise(SIGUSR1);

	ck_assert_int_eq(errno, EXDEV);
	lvn_signals_clear(&signals);
}

TEST(signals__burst_writes_once)
{
	struct signals signals;
	uint64_t writes = 0;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert_int_eq(
	    read(lvn_signals_descriptor(&signals, 0), &writes, sizeof(writes)), sizeof(writes));
	ck_assert_uint_eq(writes, 1);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 100);
	lvn_signals_clear(&signals);
}

/* ---- sleep that is told of ---- */

TEST(signals__awake_base_is_not_woken)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert(lvn_signals_before_sleep(&signals));
	lvn_signals_after_sleep(&signals);
	ck_assert(!lvn_signals_came_quietly(&signals));

	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert(!is_awake(&signals));
	ck_assert(lvn_signals_came_quietly(&signals));
	ck_assert(!lvn_signals_before_sleep(&signals));
	lvn_signals_after_sleep(&signals);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	ck_assert(!lvn_signals_came_quietly(&signals));
	lvn_signals_clear(&signals);
}

TEST(signals__sleeping_base_is_woken_by_its_descriptor)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert(lvn_signals_before_sleep(&signals));

	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert(is_awake(&signals));
	lvn_signals_after_sleep(&signals);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

static void
raise_while_it_sleeps(struct signals *signals)
{
	ck_assert(lvn_signals_before_sleep(signals));
	ck_assert_int_eq(raise(SIGUSR1), 0);
	lvn_signals_after_sleep(signals);
}

TEST_RANGE(signals__take_some_turns_later_empties_the_descriptor, 0, 2)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	if (_i == 0)
		ck_assert_int_eq(raise(SIGUSR1), 0); /* before the first sleep */
	else
		raise_while_it_sleeps(&signals);
	for (int turn = 0; turn < 2; turn++) {
		ck_assert(!lvn_signals_before_sleep(&signals));
		lvn_signals_after_sleep(&signals);
		ck_assert(!lvn_signals_came_quietly(&signals));
		ck_assert(is_awake(&signals));
	}

	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);

	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST(signals__take_after_a_reinit_empties_the_new_descriptor)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	raise_while_it_sleeps(&signals);

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert(!lvn_signals_before_sleep(&signals));
	lvn_signals_after_sleep(&signals);
	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

/* Its writer saw the base asleep and was slow: the base knows of nothing, yet must read. */
TEST_RANGE(signals__descriptor_that_is_readable_in_vain_is_emptied, 0, 2)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	if (_i == 1) {
		ck_assert(lvn_signals_before_sleep(&signals));
		lvn_signals_after_sleep(&signals);
	}
	lvn_wakeup_raise(signals.wakeup.write_end);
	ck_assert(is_awake(&signals));

	ck_assert_uint_eq(taken(&signals, SIGUSR1), 0);

	ck_assert(!is_awake(&signals));
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__base_without_signals_may_always_sleep, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert(lvn_signals_before_sleep(&signals));
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert(is_awake(&signals));
	lvn_signals_after_sleep(&signals);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

/* ---- fork ---- */

static void
watch_usr1(struct signals *signals, int delivery)
{
	init_signals(signals, delivery);
	ck_assert_int_eq(lvn_signals_watch(signals, SIGUSR1), 0);
}

/* Calls it in a child, and returns when that has ended. */
static void
run_in_child(struct signals *signals, void (*call)(struct signals *signals))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		call(signals);
		lvn_signals_clear(signals);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void
raise_in_child(struct signals *signals)
{
	(void)signals;
	raise(SIGUSR1);
}

TEST_RANGE(signals__child_that_was_not_reinitialised_does_not_wake_its_parent, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	run_in_child(&signals, raise_in_child);

	ck_assert(!is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 0);
	lvn_signals_clear(&signals);
}

static void
find_nothing_in_child(struct signals *signals)
{
	ck_assert_uint_eq(taken(signals, SIGUSR1), 0);
}

TEST_RANGE(signals__child_does_not_take_what_woke_its_parent, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	run_in_child(&signals, find_nothing_in_child);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

static void
watch_another_in_child(struct signals *signals)
{
	ck_assert_int_eq(lvn_signals_watch(signals, SIGUSR2), 0);
	lvn_signals_unwatch(signals, SIGUSR1);
	ck_assert_int_eq(raise(SIGUSR2), 0);
	ck_assert_uint_eq(taken(signals, SIGUSR2), 1);
	ck_assert_int_eq(lvn_signals_reinit(signals), 0);
	ck_assert_int_eq(raise(SIGUSR2), 0);
	ck_assert(is_awake(signals));
	ck_assert_uint_eq(taken(signals, SIGUSR2), 1);
}

TEST_RANGE(signals__what_a_child_watches_before_reinit_is_not_its_parents_business, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	run_in_child(&signals, watch_another_in_child);

	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

static void
reinit_and_receive(struct signals *signals)
{
	ck_assert_int_eq(lvn_signals_reinit(signals), 0);
	ck_assert(!is_awake(signals));
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert(is_awake(signals));
	ck_assert_uint_eq(taken(signals, SIGUSR1), 1);
}

TEST_RANGE(signals__after_reinit_the_child_receives_its_own, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	run_in_child(&signals, reinit_and_receive);

	ck_assert(!is_awake(&signals));
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

static void
receive_and_reinit(struct signals *signals)
{
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(lvn_signals_reinit(signals), 0);
	ck_assert(is_awake(signals));
	ck_assert_uint_eq(taken(signals, SIGUSR1), 1);
	ck_assert(!is_awake(signals));
}

TEST_RANGE(signals__what_the_child_got_before_reinit_is_delivered, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	run_in_child(&signals, receive_and_reinit);
	lvn_signals_clear(&signals);
}

static void
reinit_and_find_nothing(struct signals *signals)
{
	ck_assert_int_eq(lvn_signals_reinit(signals), 0);
	ck_assert(!is_awake(signals));
	ck_assert_uint_eq(taken(signals, SIGUSR1), 0);
}

TEST_RANGE(signals__what_the_parent_got_before_the_fork_stays_the_parents, 0, DELIVERIES)
{
	struct signals signals;

	watch_usr1(&signals, _i);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	run_in_child(&signals, reinit_and_find_nothing);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST_RANGE(signals__reinit_without_fork_loses_nothing, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);

	ck_assert_int_eq(lvn_signals_reinit(&signals), 0);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
	ck_assert(!is_blocked(SIGUSR1));
}

/* ---- failures ---- */

TEST_RANGE(signals__without_descriptors_nothing_is_watched, 0, DELIVERIES)
{
	struct signals signals;

	init_signals(&signals, _i);
	broken_descriptors = EMFILE;
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), -EMFILE);
	ck_assert(handler_of(SIGUSR1).sa_handler == SIG_DFL);
	ck_assert(!is_blocked(SIGUSR1));

	broken_descriptors = 0;
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST(signals__reinit_that_failed_is_made_good_by_the_next_watch)
{
	struct signals signals;

	init_signals(&signals, BY_HANDLER);
	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);
	broken_descriptors = EMFILE;
	ck_assert_int_eq(lvn_signals_reinit(&signals), -EMFILE);
	ck_assert_int_eq(lvn_signals_descriptor(&signals, 0), -1);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	broken_descriptors = 0;

	ck_assert_int_eq(lvn_signals_watch(&signals, SIGUSR1), 0);

	ck_assert(is_awake(&signals));
	ck_assert_uint_eq(taken(&signals, SIGUSR1), 1);
	lvn_signals_clear(&signals);
}

TEST(signals__zeroed_memory_can_be_cleared)
{
	static struct signals signals;

	lvn_signals_clear(&signals);
	lvn_signals_init(&signals, false);
	ck_assert_int_eq(lvn_signals_descriptor(&signals, 0), -1);
	ck_assert_int_eq(lvn_signals_descriptor(&signals, 1), -1);
	lvn_signals_clear(&signals);
	lvn_signals_clear(&signals);
}
