/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffers shared between threads: one works on two of them again and again, so that their locks
 * lean to it, and others come in between.  No byte may be lost or doubled.
 *
 * LEVIN_STRESS_SECONDS=60 in the environment makes it take that long.
 */
#include <event2/buffer.h>
#include <event2/thread.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "support/suite.h"

/* Without libevent_pthreads there are no locks, and nothing to see. */
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
#define HAVE_LOCKS 1
#else
#define HAVE_LOCKS              0
#define evthread_use_pthreads() (-1)
#endif

/* The lock leans to a thread that comes in some hundred times in a row. */
enum { STEPS_BETWEEN = 2000, VISITS = 100, VISITORS = 2, PIECE = 64 };

static struct evbuffer *one, *other;
static atomic_int visitors;
static atomic_long steps;
static atomic_long added, removed;

static time_t
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Adds a piece to one buffer, moves all to another, and takes a piece out of it. */
static void
pass_on(struct evbuffer *from, struct evbuffer *to)
{
	static const char piece[PIECE];
	char taken[PIECE];
	int count;

	ck_assert_int_eq(evbuffer_add(from, piece, sizeof(piece)), 0);
	atomic_fetch_add(&added, PIECE);
	ck_assert_int_eq(evbuffer_add_buffer(to, from), 0);
	count = evbuffer_remove(to, taken, sizeof(taken));
	ck_assert_int_ge(count, 0);
	atomic_fetch_add(&removed, count);
}

static void *
work(void *unused)
{
	while (atomic_load(&visitors) > 0) {
		pass_on(one, other);
		atomic_fetch_add(&steps, 1);
	}
	return unused;
}

/* Comes when the worker has had both locks for itself for a while. */
static void *
visit(void *unused)
{
	const char *seconds = getenv("LEVIN_STRESS_SECONDS");
	time_t end_s = seconds ? now_s() + atol(seconds) : 0;

	for (int i = 0; end_s ? now_s() < end_s : i < VISITS; i++) {
		long until = atomic_load(&steps) + STEPS_BETWEEN;

		while (atomic_load(&steps) < until)
			pass_on(i % 2 ? one : other, i % 2 ? other : one);
	}
	atomic_fetch_sub(&visitors, 1);
	return unused;
}

/* The same without looking on: the locks stay with the worker between the visits. */
static void *
visit_seldom(void *unused)
{
	for (int i = 0; i < VISITS; i++) {
		long until = atomic_load(&steps) + STEPS_BETWEEN;

		while (atomic_load(&steps) < until)
			sched_yield();
		pass_on(i % 2 ? one : other, i % 2 ? other : one);
	}
	atomic_fetch_sub(&visitors, 1);
	return unused;
}

static struct evbuffer *
new_with_lock(void)
{
	struct evbuffer *buffer = evbuffer_new();

	ck_assert_ptr_nonnull(buffer);
	ck_assert_int_eq(evbuffer_enable_locking(buffer, NULL), 0);
	return buffer;
}

static void
run_with(void *(*visitor)(void *))
{
	pthread_t threads[VISITORS];
	pthread_t worker;

	ck_assert_int_eq(evthread_use_pthreads(), 0);
	one = new_with_lock();
	other = new_with_lock();
	atomic_store(&visitors, VISITORS);
	ck_assert_int_eq(pthread_create(&worker, NULL, work, NULL), 0);
	for (int i = 0; i < VISITORS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, visitor, NULL), 0);
	for (int i = 0; i < VISITORS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(worker, NULL);

	ck_assert_int_eq(atomic_load(&added),
	    atomic_load(&removed) + (long)(evbuffer_get_length(one) + evbuffer_get_length(other)));
	evbuffer_free(one);
	evbuffer_free(other);
}

TEST_SECONDS(getenv("LEVIN_STRESS_SECONDS") ? 600 : 60);

TEST_RANGE(buffers__many_threads_keep_every_byte, 0, HAVE_LOCKS)
{
	run_with(visit);
}

TEST_RANGE(buffers__other_threads_use_the_lock_now_and_then, 0, HAVE_LOCKS)
{
	run_with(visit_seldom);
}
