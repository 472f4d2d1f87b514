/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lock that leans to one thread: it excludes whatever way threads come in, however the
 * lean moves between them.
 */
#include "base/lock.h"

#include <event2/thread.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "support/suite.h"

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED

/* Longer than a streak after which the lock leans to another thread. */
enum { THREADS = 4, STREAK = 700, STREAKS = 40, SINGLES = 500 };

static struct lock lock;
static long guarded, entered;
static atomic_int inside;

static void
enter_once(int depth)
{
	for (int i = 0; i < depth; i++)
		lvn_lock_acquire(&lock);
	if (atomic_fetch_add(&inside, 1) != 0)
		ck_abort_msg("two threads are inside");
	guarded++;
	entered++;
	atomic_fetch_sub(&inside, 1);
	for (int i = 0; i < depth; i++)
		lvn_lock_release(&lock);
}

/* Long streaks of one thread, then single entries in between those of others. */
static void *
come_and_go(void *unused)
{
	(void)unused;
	for (int streak = 0; streak < STREAKS; streak++) {
		for (int i = 0; i < STREAK; i++)
			enter_once(1 + i % 3);
		sched_yield();
		for (int i = 0; i < SINGLES / STREAKS; i++) {
			enter_once(1);
			sched_yield();
		}
		lvn_lock_acquire(&lock);
		lvn_lock_prefer_this_thread(&lock);
		lvn_lock_release(&lock);
	}
	return NULL;
}

static void
open_lock(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(lock.kind, LOCK_NATIVE);
}

START_TEST(a_leaning_lock_excludes_while_its_lean_moves)
{
	pthread_t threads[THREADS];

	open_lock();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(guarded, THREADS * STREAKS * (STREAK + SINGLES / STREAKS));
	ck_assert_int_eq(entered, guarded);
	lvn_lock_clear(&lock);
}
END_TEST

/* Threads that end give their place back, so that later ones find one. */
static void *
enter_and_end(void *unused)
{
	(void)unused;
	for (int i = 0; i < STREAK; i++)
		enter_once(1);
	return NULL;
}

START_TEST(threads_that_have_ended_leave_the_lock_to_others)
{
	enum { GENERATIONS = 300 };

	open_lock();
	for (int i = 0; i < GENERATIONS; i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, enter_and_end, NULL), 0);
		enter_once(2);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	ck_assert_int_eq(guarded, GENERATIONS * (STREAK + 1));
	lvn_lock_clear(&lock);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("lock");
	TCase *group = tcase_create("bias");

	tcase_add_test(group, a_leaning_lock_excludes_while_its_lean_moves);
	tcase_add_test(group, threads_that_have_ended_leave_the_lock_to_others);
	suite_add_tcase(suite, group);
	return suite;
}

#else

Suite *
suite_under_test(void)
{
	return suite_create("lock");
}

#endif
