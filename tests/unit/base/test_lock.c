/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks and conditions, with the functions of libevent_pthreads and with functions of this file
 * that count.  Lock debugging is tested by test_lock_debug.c.
 */
#include <errno.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "base/lock.h"
#include "support/suite.h"

/* ---- Functions that count ------------------------------------------------------------ */

struct counted_lock {
	int depth;
};

static struct counted_lock *lock_made; /* the last one */
static int locks;
static bool alloc_fails;

static void *
counted_alloc(unsigned type)
{
	ck_assert_uint_eq(type, EVTHREAD_LOCKTYPE_RECURSIVE);
	lock_made = alloc_fails ? NULL : calloc(1, sizeof(*lock_made));
	locks += lock_made != NULL;
	return lock_made;
}

static void
counted_free(void *lock, unsigned type)
{
	ck_assert_uint_eq(type, EVTHREAD_LOCKTYPE_RECURSIVE);
	ck_assert_int_eq(((struct counted_lock *)lock)->depth, 0);
	locks--;
	free(lock);
}

static int
counted_lock(unsigned mode, void *lock)
{
	ck_assert_uint_eq(mode, 0);
	((struct counted_lock *)lock)->depth++;
	return 0;
}

/* What the library has released may be gone at once: nothing in it makes sense any more. */
static struct lock *cleared_when_released;

static int
counted_unlock(unsigned mode, void *lock)
{
	ck_assert_uint_eq(mode, 0);
	((struct counted_lock *)lock)->depth--;
	if (cleared_when_released)
		*cleared_when_released = (struct lock){.handle = (void *)1};
	return 0;
}

static void
use_counted_locks(void)
{
	static const struct evthread_lock_callbacks functions = {
	    EVTHREAD_LOCK_API_VERSION,
	    EVTHREAD_LOCKTYPE_RECURSIVE,
	    counted_alloc,
	    counted_free,
	    counted_lock,
	    counted_unlock,
	};

	ck_assert_int_eq(evthread_set_lock_callbacks(&functions), 0);
}

/* ---- One thread ---------------------------------------------------------------------- */

static struct lock lock;

TEST(lvn_lock_init__is_absent_without_threads)
{
	struct condition condition;

	ck_assert(!lvn_lock_threads_enabled());
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_ptr_null(lock.handle);
	ck_assert_int_eq(lvn_condition_init(&condition, &lock), 0);
	ck_assert_ptr_null(condition.handle);

	lvn_lock_acquire(&lock);
	lvn_condition_wait(&condition, &lock);
	lvn_condition_wake_all(&condition);
	lvn_lock_release(&lock);

	lvn_condition_clear(&condition);
	lvn_lock_clear(&lock);
}

TEST(lvn_lock_init__is_absent_if_not_wanted)
{
	use_counted_locks();
	ck_assert(lvn_lock_threads_enabled());

	ck_assert_int_eq(lvn_lock_init(&lock, false), 0);

	ck_assert_ptr_null(lock.handle);
	ck_assert_int_eq(locks, 0);
}

TEST(lvn_lock_init__out_of_memory)
{
	use_counted_locks();
	alloc_fails = true;

	ck_assert_int_eq(lvn_lock_init(&lock, true), -ENOMEM);

	lvn_lock_acquire(&lock);
	lvn_lock_release(&lock);
	lvn_lock_clear(&lock);
}

TEST(lvn_lock_init_with__lock_stays_the_applications)
{
	struct counted_lock own = {0};

	use_counted_locks();
	lvn_lock_init_with(&lock, &own);

	lvn_lock_acquire(&lock);
	ck_assert_int_eq(own.depth, 1);
	lvn_lock_release(&lock);
	ck_assert_int_eq(own.depth, 0);
}

TEST(lvn_lock_clear__after_functions_were_taken_back)
{
	use_counted_locks();
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(evthread_set_lock_callbacks(NULL), 0);

	lvn_lock_clear(&lock);

	ck_assert_int_eq(locks, 1);
	free(lock_made);
}

TEST(lvn_lock_release__reads_nothing_after_unlocking)
{
	use_counted_locks();
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	lvn_lock_acquire(&lock);
	cleared_when_released = &lock;

	lvn_lock_release(&lock);

	ck_assert_ptr_eq(lock.handle, (void *)1);
	free(lock_made);
}

TEST(lvn_lock_pair_acquire__takes_each_lock_once)
{
	struct lock other;
	struct counted_lock *one, *two;

	use_counted_locks();
	lvn_lock_init(&lock, true);
	one = lock_made;
	lvn_lock_init(&other, true);
	two = lock_made;

	lvn_lock_pair_acquire(&lock, &other);
	ck_assert_int_eq(one->depth, 1);
	ck_assert_int_eq(two->depth, 1);
	lvn_lock_pair_acquire(&other, &other);
	ck_assert_int_eq(two->depth, 2);
	lvn_lock_pair_release(&other, &other);
	lvn_lock_pair_release(&lock, &other);

	ck_assert_int_eq(one->depth, 0);
	ck_assert_int_eq(two->depth, 0);
	lvn_lock_clear(&other);
	lvn_lock_clear(&lock);
}

static void *order[2];
static int order_length;

static int
note_order(unsigned mode, void *handle)
{
	order[order_length++ % 2] = handle;
	return counted_lock(mode, handle);
}

TEST(lvn_lock_pair_acquire__takes_the_same_order_for_all_callers)
{
	struct lock pair[2];

	use_counted_locks();
	lvn_lock_functions.lock.lock = note_order;
	lvn_lock_init(&pair[0], true);
	lvn_lock_init(&pair[1], true);

	for (int i = 0; i < 2; i++) {
		lvn_lock_pair_acquire(&pair[i], &pair[1 - i]);
		lvn_lock_pair_release(&pair[i], &pair[1 - i]);
		ck_assert_ptr_eq(order[0], pair[0].handle);
		ck_assert_ptr_eq(order[1], pair[1].handle);
	}

	lvn_lock_clear(&pair[0]);
	lvn_lock_clear(&pair[1]);
}

#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED

/* ---- Threads ------------------------------------------------------------------------- */

static struct condition condition;
static long counter;
static atomic_int turn;

static void
set_up(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	ck_assert_int_eq(lvn_lock_init(&lock, true), 0);
	ck_assert_int_eq(lvn_condition_init(&condition, &lock), 0);
}

static void
tear_down(void)
{
	lvn_condition_clear(&condition);
	lvn_lock_clear(&lock);
}

static void
count_with_recursion(unsigned depth)
{
	lvn_lock_acquire(&lock);
	if (depth > 0)
		count_with_recursion(depth - 1);
	else
		counter++;
	lvn_lock_release(&lock);
}

enum { THREADS = 3, ROUNDS = 20000 };

static void *
count(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++)
		count_with_recursion(i % 4);
	return NULL;
}

TEST(lvn_lock_acquire__counter_of_threads_is_right)
{
	pthread_t threads[THREADS];

	set_up();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);

	ck_assert_int_eq(counter, THREADS * ROUNDS);
	tear_down();
}

static void *
wait_for_turn(void *arg)
{
	int number = (int)(intptr_t)arg;

	lvn_lock_acquire(&lock);
	while (atomic_load(&turn) != number)
		lvn_condition_wait(&condition, &lock);
	counter++;
	atomic_store(&turn, number + 1);
	lvn_condition_wake_all(&condition);
	lvn_lock_release(&lock);
	return NULL;
}

TEST(lvn_condition_wake_all__wakes_each_waiter)
{
	enum { COUNT = 8 };
	pthread_t threads[COUNT];

	set_up();
	for (int i = 0; i < COUNT; i++)
		pthread_create(&threads[i], NULL, wait_for_turn, (void *)(intptr_t)(COUNT - 1 - i));
	for (int i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);

	ck_assert_int_eq(counter, COUNT);
	tear_down();
}

TEST(condition_callbacks__a_wait_ends_after_its_time)
{
	const struct timeval timeout = {0, 5000};
	struct timespec before, after;

	set_up();
	clock_gettime(CLOCK_MONOTONIC, &before);
	lvn_lock_acquire(&lock);
	ck_assert_int_eq(
	    lvn_lock_functions.condition.wait_condition(condition.handle, lock.handle, &timeout),
	    1);
	lvn_lock_release(&lock);
	clock_gettime(CLOCK_MONOTONIC, &after);

	ck_assert_int_ge(
	    (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec, 5000000);
	tear_down();
}

#endif
