/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Native locks with and without bias, counted under; conditions; locks of callbacks are
 * tested by test_lock_debug.c and api/test_event_threads.c.
 */
#include <event2/thread.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/lock.h"
#include "support/suite.h"

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
#define HAVE_NATIVE_LOCKS 1
#else
#define HAVE_NATIVE_LOCKS       0
#define evthread_use_pthreads() (-1)
#endif

static struct lock lock;
static long counter;

static void
set_up(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(lock.kind, LOCK_NATIVE);
}

static bool
has_bias_here(void)
{
	return atomic_load(&lock.bias) == lvn_lock_self;
}

START_TEST(without_threads_a_lock_is_absent)
{
	struct condition condition;

	ck_assert(!lvn_lock_threads_enabled());
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(lock.kind, LOCK_ABSENT);
	ck_assert(lvn_lock_is_cheap_here(&lock));
	ck_assert_int_eq(lvn_condition_init(&condition, &lock), 0);
	ck_assert_int_eq(condition.kind, LOCK_ABSENT);
	lvn_lock_acquire(&lock);
	lvn_lock_prefer_this_thread(&lock);
	lvn_condition_wait(&condition, &lock, -1);
	lvn_condition_wake_all(&condition);
	lvn_lock_release(&lock);
	lvn_condition_clear(&condition);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(a_lock_that_is_not_wanted_is_absent)
{
	set_up();
	lvn_lock_clear(&lock);
	ck_assert(lvn_lock_threads_enabled());
	ck_assert_int_eq(lvn_lock_init(&lock, false), 0);
	ck_assert_int_eq(lock.kind, LOCK_ABSENT);
}
END_TEST

START_TEST(a_lock_may_be_taken_again_by_its_holder)
{
	set_up();
	for (int i = 0; i < 5; i++)
		lvn_lock_acquire(&lock);
	ck_assert_uint_eq(lock.depth, 5);
	for (int i = 0; i < 5; i++)
		lvn_lock_release(&lock);
	ck_assert_ptr_null(atomic_load(&lock.holder));
	lvn_lock_clear(&lock);
}
END_TEST

static void *
take_and_give(void *arg)
{
	(void)arg;
	ck_assert(!has_bias_here());
	lvn_lock_acquire(&lock);
	counter++;
	lvn_lock_release(&lock);
	return NULL;
}

START_TEST(another_thread_takes_the_bias_away)
{
	pthread_t thread;

	set_up();
	if (lvn_lock_bias_available())
		ck_assert(has_bias_here());
	pthread_create(&thread, NULL, take_and_give, NULL);
	pthread_join(thread, NULL);

	ck_assert(!has_bias_here());
	lvn_lock_acquire(&lock);
	ck_assert_int_eq(counter, 1);
	lvn_lock_release(&lock);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(who_comes_again_and_again_gets_the_bias_back)
{
	pthread_t thread;

	set_up();
	pthread_create(&thread, NULL, take_and_give, NULL);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2000; i++) {
		lvn_lock_acquire(&lock);
		lvn_lock_acquire(&lock);
		lvn_lock_release(&lock);
		lvn_lock_release(&lock);
	}
	ck_assert_int_eq(has_bias_here(), lvn_lock_bias_available());
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(a_holder_may_be_preferred)
{
	pthread_t thread;

	set_up();
	pthread_create(&thread, NULL, take_and_give, NULL);
	pthread_join(thread, NULL);
	lvn_lock_acquire(&lock);
	lvn_lock_prefer_this_thread(&lock);
	lvn_lock_prefer_this_thread(&lock);
	ck_assert_int_eq(has_bias_here(), lvn_lock_bias_available());
	lvn_lock_release(&lock);
	ck_assert_ptr_null(atomic_load(&lock.holder));
	pthread_create(&thread, NULL, take_and_give, NULL);
	pthread_join(thread, NULL);
	ck_assert_int_eq(counter, 2);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(locks_may_be_given_back_in_any_order)
{
	enum { COUNT = LOCK_HELD_MAX + 4, SOME = 3 };
	struct lock locks[COUNT];

	set_up();
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(lvn_lock_init(&locks[i], true), 0);
	for (int round = 0; round < 3; round++) {
		/* More than there are slots: the rest goes through mutexes. */
		for (int i = 0; i < COUNT; i++)
			lvn_lock_acquire(&locks[i]);
		for (int i = SOME; i < COUNT; i += 2)
			lvn_lock_release(&locks[i]);
		for (int i = SOME + 1; i < COUNT; i += 2)
			lvn_lock_release(&locks[i]);
		/* Taken in one order always, lest the thread sanitizer sees a deadlock coming. */
		for (int i = SOME; i < COUNT; i++)
			lvn_lock_acquire(&locks[i]);
		for (int i = 0; i < COUNT; i += 2)
			lvn_lock_release(&locks[i]);
		for (int i = 1; i < COUNT; i += 2)
			lvn_lock_release(&locks[i]);
		for (int i = 0; i < COUNT; i++)
			ck_assert_ptr_null(atomic_load(&locks[i].holder));
		ck_assert_uint_eq(lvn_lock_self->count, 0);
	}
	for (int i = 0; i < COUNT; i++)
		lvn_lock_clear(&locks[i]);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(two_locks_are_taken_in_one_order)
{
	struct lock other;

	set_up();
	lvn_lock_init(&other, true);
	lvn_lock_pair_acquire(&lock, &other);
	lvn_lock_pair_acquire(&other, &lock);
	ck_assert_uint_eq(lock.depth, 2);
	lvn_lock_pair_release(&lock, &other);
	lvn_lock_pair_release(&other, &lock);
	lvn_lock_pair_acquire(&lock, &lock);
	ck_assert_uint_eq(lock.depth, 2);
	lvn_lock_pair_release(&lock, &lock);
	ck_assert_ptr_null(atomic_load(&lock.holder));
	ck_assert_ptr_null(atomic_load(&other.holder));
	lvn_lock_clear(&other);
	lvn_lock_clear(&lock);
}
END_TEST

/* ---- Counting under it ---- */

enum { THREADS = 3, ROUNDS = 20000 };

static atomic_int turn;
static long mirrors[2]; /* always equal outside of the lock */

static void
count_inside(void)
{
	if (mirrors[0] != mirrors[1])
		abort();
	mirrors[0]++;
	counter++;
	mirrors[1]++;
}

static void
count_with_recursion(unsigned depth)
{
	lvn_lock_acquire(&lock);
	if (depth > 0)
		count_with_recursion(depth - 1);
	else
		count_inside();
	lvn_lock_release(&lock);
}

static void
count_with_pauses(int pauses)
{
	struct lock_pause pause;

	lvn_lock_acquire(&lock);
	pause = lvn_lock_pause_of(&lock);
	for (int i = 0; i < pauses; i++) {
		count_inside();
		lvn_lock_pause(&lock, pause);
		/* As a callback would. */
		lvn_lock_acquire(&lock);
		mirrors[0]++;
		mirrors[1]++;
		lvn_lock_release(&lock);
		lvn_lock_resume(&lock, &pause);
	}
	counter -= pauses - 1;
	lvn_lock_release(&lock);
}

static void
count_by_touch(void)
{
	struct lock_thread *self = lvn_lock_touch(&lock);

	if (self) {
		count_inside();
		if (!lvn_lock_untouch(&lock, self))
			lvn_lock_bias_tell_revoker();
	} else {
		lvn_lock_touch_missed();
		count_with_recursion(0);
	}
}

static void *
count_in_every_way(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		int way = rand_r(&seed) % 4;

		if (way == 0)
			count_with_recursion(seed % 4);
		else if (way == 1)
			count_with_pauses(1 + (int)(seed % 3));
		else
			count_by_touch();
		/* Now and then one thread is alone for long enough to get the bias. */
		if (i % 2000 == 1999) {
			for (int n = 0; n < 700; n++)
				count_by_touch();
			sched_yield();
			lvn_lock_acquire(&lock);
			lvn_lock_prefer_this_thread(&lock);
			lvn_lock_release(&lock);
		}
	}
	return NULL;
}

START_TEST(a_counter_under_a_lock_is_right)
{
	pthread_t threads[THREADS];

	set_up();
	for (int i = 0; i < THREADS; i++)
		pthread_create(
		    &threads[i], NULL, count_in_every_way, (void *)(uintptr_t)(i + 1 + _i));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	ck_assert_int_eq(counter, THREADS * (ROUNDS + ROUNDS / 2000 * 700));
	ck_assert_int_eq(mirrors[0], mirrors[1]);
	lvn_lock_clear(&lock);
}
END_TEST

static void *
take_bias_and_end(void *arg)
{
	(void)arg;
	for (int i = 0; i < 700; i++)
		count_with_recursion(1);
	lvn_lock_acquire(&lock);
	lvn_lock_prefer_this_thread(&lock);
	count_inside();
	lvn_lock_release(&lock);
	return NULL;
}

/* They give their places back, so that later ones find one. */
START_TEST(threads_that_ended_leave_nothing_behind)
{
	enum { GENERATIONS = 300 };

	set_up();
	for (int i = 0; i < GENERATIONS; i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, take_bias_and_end, NULL), 0);
		count_with_recursion(1);
		pthread_join(thread, NULL);
	}
	lvn_lock_acquire(&lock);
	ck_assert_int_eq(counter, GENERATIONS * 702);
	lvn_lock_release(&lock);
	lvn_lock_clear(&lock);
}
END_TEST

static pthread_barrier_t barrier;

static void *
count_beside_many(void *arg)
{
	(void)arg;
	lvn_lock_acquire(&lock);
	lvn_lock_release(&lock);
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 50; i++)
		count_with_recursion(1);
	return NULL;
}

START_TEST(more_threads_than_there_are_slots_count_right)
{
	enum { MANY = 300 };
	pthread_t threads[MANY];
	pthread_attr_t small;

	set_up();
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 262144);
	pthread_barrier_init(&barrier, NULL, MANY);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(pthread_create(&threads[i], &small, count_beside_many, NULL), 0);
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	pthread_attr_destroy(&small);

	ck_assert_int_eq(counter, MANY * 50);
	lvn_lock_clear(&lock);
}
END_TEST

/* ---- Conditions ---- */

static struct condition condition;

static void *
wait_for_turn(void *arg)
{
	int number = (int)(intptr_t)arg;

	lvn_lock_acquire(&lock);
	lvn_lock_acquire(&lock);
	while (atomic_load(&turn) != number)
		lvn_condition_wait(&condition, &lock, -1);
	if (lock.depth != 2)
		abort();
	counter++;
	atomic_store(&turn, number + 1);
	lvn_condition_wake_all(&condition);
	lvn_lock_release(&lock);
	lvn_lock_release(&lock);
	return NULL;
}

START_TEST(waiters_are_woken_and_hold_the_lock_as_often_as_before)
{
	enum { COUNT = 8 };
	pthread_t threads[COUNT];

	set_up();
	ck_assert_int_eq(lvn_condition_init(&condition, &lock), 0);
	for (int i = 0; i < COUNT; i++)
		pthread_create(&threads[i], NULL, wait_for_turn, (void *)(intptr_t)(COUNT - 1 - i));
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);

	ck_assert_int_eq(counter, COUNT);
	lvn_condition_clear(&condition);
	lvn_lock_clear(&lock);
}
END_TEST

START_TEST(a_wait_ends_after_its_time)
{
	struct timespec before, after;

	set_up();
	ck_assert_int_eq(lvn_condition_init(&condition, &lock), 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	lvn_lock_acquire(&lock);
	lvn_condition_wait(&condition, &lock, 5000000);
	ck_assert_uint_eq(lock.depth, 1);
	lvn_lock_release(&lock);
	clock_gettime(CLOCK_MONOTONIC, &after);

	ck_assert_int_ge(
	    (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec, 5000000);
	lvn_condition_clear(&condition);
	lvn_lock_clear(&lock);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("base/lock");
	TCase *alone = tcase_create("alone");
	TCase *threads = tcase_create("threads");

	tcase_add_test(alone, without_threads_a_lock_is_absent);
	suite_add_tcase(suite, alone);
	if (!HAVE_NATIVE_LOCKS)
		return suite;
	tcase_add_test(alone, a_lock_that_is_not_wanted_is_absent);
	tcase_add_test(alone, a_lock_may_be_taken_again_by_its_holder);
	tcase_add_test(alone, another_thread_takes_the_bias_away);
	tcase_add_test(alone, who_comes_again_and_again_gets_the_bias_back);
	tcase_add_test(alone, a_holder_may_be_preferred);
	tcase_add_test(alone, locks_may_be_given_back_in_any_order);
	tcase_add_test(alone, two_locks_are_taken_in_one_order);

	tcase_add_loop_test(threads, a_counter_under_a_lock_is_right, 0, 4);
	tcase_add_test(threads, threads_that_ended_leave_nothing_behind);
	tcase_add_test(threads, more_threads_than_there_are_slots_count_right);
	tcase_add_test(threads, waiters_are_woken_and_hold_the_lock_as_often_as_before);
	tcase_add_test(threads, a_wait_ends_after_its_time);
	tcase_set_timeout(threads, suite_patience(30));
	suite_add_tcase(suite, threads);
	return suite;
}
