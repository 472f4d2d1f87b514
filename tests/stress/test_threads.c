/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Many threads against one running loop: adding, deleting, activating, posting, finalizing,
 * freeing.  What each has asked for is counted and must have come, no more and no less.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <levin/post.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/stress_kit.h"

/* Without libevent_pthreads there are no locks, and nothing to see. */
#ifndef EVTHREAD_USE_PTHREADS_IMPLEMENTED
#define evthread_use_pthreads() (-1)
#endif

enum { PRODUCERS = 4, ROUNDS = 400 };

static struct event_base *base;
static const struct backend_under_test *backend;

/* False where there are no locks: then there is nothing to see. */
static bool
set_up(int i)
{
	backend = backend_under_test(i);
	if (!backend->threads)
		return false;
	base = base_on(backend);
	return true;
}

/* ---- Posts ---- */

struct post_order {
	long sent;
	long received;
};

struct numbered {
	struct post_order *order;
	long number;
};

static atomic_long posts_sent, posts_received;

static void
receive(void *arg)
{
	struct numbered *numbered = arg;

	if (numbered->number != numbered->order->received++)
		abort();
	atomic_fetch_add(&posts_received, 1);
	free(numbered);
}

static void
post_many(void)
{
	static struct post_order orders[PRODUCERS];
	static atomic_int next;
	struct post_order *order = &orders[atomic_fetch_add(&next, 1) % PRODUCERS];

	for (long round = 0; stress_goes_on(round / 8, ROUNDS); round++) {
		struct numbered *numbered = malloc(sizeof(*numbered));

		ck_assert_ptr_nonnull(numbered);
		*numbered = (struct numbered){order, order->sent++};
		ck_assert_int_eq(levin_post(base, receive, numbered), 0);
		atomic_fetch_add(&posts_sent, 1);
	}
}

TEST_SECONDS(getenv("LEVIN_STRESS_SECONDS") ? 600 : 60);

TEST_ON_BACKENDS(levin_post__functions_of_each_thread_run_in_order)
{
	if (!set_up(_i))
		return;
	stress_run(base, PRODUCERS, post_many);
	ck_assert_int_eq(atomic_load(&posts_received), atomic_load(&posts_sent));
	ck_assert_int_ge(atomic_load(&posts_sent), PRODUCERS * ROUNDS);
	event_base_free(base);
}

/* ---- Events that come and go ---- */

static atomic_long calls;

static void
count_call(evutil_socket_t fd, short what, void *local)
{
	(void)fd;
	(void)what;
	atomic_fetch_add((atomic_long *)local, 1);
	atomic_fetch_add(&calls, 1);
}

static void
count_and_take(evutil_socket_t fd, short what, void *local)
{
	take(fd);
	count_call(fd, what, local);
}

static void
wait_for(atomic_long *count, long wanted)
{
	while (atomic_load(count) < wanted)
		sched_yield();
}

/* Every activation, byte and timeout is waited for; nothing comes after a deletion. */
static void
add_and_delete(void)
{
	atomic_long count = 0;
	evutil_socket_t ends[2];
	struct event *reader, *timer;
	long wanted = 0;

	open_pair(backend, ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, count_and_take, &count);
	timer = evtimer_new(base, count_call, &count);
	for (long round = 0; stress_goes_on(round * 8, ROUNDS); round++) {
		ck_assert_int_eq(event_add(reader, round % 3 ? NULL : MS(100000)), 0);
		put(ends[1], "x");
		wait_for(&count, ++wanted);
		ck_assert_int_eq(event_del(reader), 0);
		put(ends[1], "x");
		ck_assert_int_eq(event_add(timer, MS(0)), 0);
		wait_for(&count, ++wanted);
		ck_assert_int_eq(event_add(timer, MS(100000)), 0);
		ck_assert_int_eq(event_del(timer), 0);
		event_active(timer, EV_WRITE, 1);
		wait_for(&count, ++wanted);
		ck_assert_int_eq(take(ends[0]), 1);
		ck_assert_int_eq(atomic_load(&count), wanted);
	}
	event_free(reader);
	event_free(timer);
	close_pair(ends);
}

TEST_ON_BACKENDS(event_add__and_event_del_by_many_threads)
{
	if (!set_up(_i))
		return;
	stress_run(base, PRODUCERS, add_and_delete);
	ck_assert_int_ge(atomic_load(&calls), PRODUCERS * (ROUNDS / 8) * 3);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	event_base_free(base);
}

/* ---- Deleting and freeing while the callback runs ---- */

struct owned {
	struct event *ev;
	atomic_int inside;
	atomic_bool gone;
};

static void
use(evutil_socket_t fd, short what, void *arg)
{
	struct owned *owned = arg;

	(void)fd;
	(void)what;
	if (atomic_load(&owned->gone))
		abort();
	atomic_fetch_add(&owned->inside, 1);
	atomic_fetch_add(&calls, 1);
	/* Asks for the lock that the deleting thread has now and then while it waits. */
	(void)event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
	sched_yield();
	atomic_fetch_sub(&owned->inside, 1);
}

/* After event_del has returned, the callback neither runs nor starts. */
static void
free_in_use(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct owned *owned = calloc(1, sizeof(*owned));

		ck_assert_ptr_nonnull(owned);
		owned->ev = event_new(base, -1, EV_PERSIST, use, owned);
		ck_assert_int_eq(event_add(owned->ev, MS(round % 2)), 0);
		event_active(owned->ev, EV_READ, 1);
		if (round % 4)
			sched_yield();
		ck_assert_int_eq(event_del(owned->ev), 0);
		atomic_store(&owned->gone, true);
		ck_assert_int_eq(atomic_load(&owned->inside), 0);
		event_free(owned->ev);
		free(owned);
	}
}

TEST_ON_BACKENDS(event_del__callback_does_not_run_afterwards)
{
	if (!set_up(_i))
		return;
	stress_run(base, PRODUCERS, free_in_use);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	event_base_free(base);
}

/* ---- Finalizing ---- */

static atomic_long finalized;

static void
end_owned(struct event *ev, void *arg)
{
	struct owned *owned = arg;

	if (owned->ev != ev || atomic_load(&owned->inside))
		abort();
	atomic_fetch_add(&finalized, 1);
	free(owned);
}

static atomic_long made;

static void
finalize_many(void)
{
	for (long round = 0; stress_goes_on(round, ROUNDS); round++) {
		struct owned *owned = calloc(1, sizeof(*owned));

		ck_assert_ptr_nonnull(owned);
		owned->ev = event_new(base, -1, EV_PERSIST | EV_FINALIZE, use, owned);
		ck_assert_int_eq(event_add(owned->ev, MS(1)), 0);
		event_active(owned->ev, EV_READ, 1);
		atomic_fetch_add(&made, 1);
		ck_assert_int_eq(event_free_finalize(0, owned->ev, end_owned), 0);
	}
}

TEST_ON_BACKENDS(event_finalize__runs_once_for_each_event)
{
	if (!set_up(_i))
		return;
	stress_run(base, PRODUCERS, finalize_many);
	event_base_free(base); /* runs those that are left */
	ck_assert_int_eq(atomic_load(&finalized), atomic_load(&made));
}

/* ---- Everything at once on the same events ---- */

enum { SHARED = 16 };

static struct event shared[SHARED];
static evutil_socket_t shared_ends[SHARED][2];

static void
meddle(void)
{
	static atomic_uint seeds;
	unsigned state = 1 + atomic_fetch_add(&seeds, 1);

	for (long round = 0; stress_goes_on(round / 4, ROUNDS); round++) {
		struct event *ev;

		state = state * 1103515245u + 12345u;
		ev = &shared[(state >> 8) % SHARED];
		switch ((state >> 16) % 6) {
		case 0:
			ck_assert_int_eq(event_add(ev, NULL), 0);
			break;
		case 1:
			ck_assert_int_eq(event_add(ev, MS((state >> 20) % 3)), 0);
			break;
		case 2:
			ck_assert_int_eq(event_del_noblock(ev), 0);
			break;
		case 3:
			event_active(ev, EV_WRITE, 1);
			break;
		case 4:
			ck_assert_int_eq(event_remove_timer(ev), 0);
			break;
		default:
			(void)event_pending(ev, EV_READ | EV_TIMEOUT, NULL);
			(void)event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE);
			break;
		}
	}
}

TEST_ON_BACKENDS(events__many_threads_change_the_same_ones)
{
	atomic_long count = 0;

	if (!set_up(_i))
		return;
	for (int i = 0; i < SHARED; i++) {
		open_pair(backend, shared_ends[i]);
		event_assign(&shared[i], base, shared_ends[i][0], EV_READ | EV_PERSIST,
		    count_and_take, &count);
	}
	stress_run(base, PRODUCERS, meddle);
	for (int i = 0; i < SHARED; i++)
		event_del(&shared[i]);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
	/* Each still works. */
	for (int i = 0; i < SHARED; i++) {
		long before = atomic_load(&count);

		ck_assert_int_eq(event_add(&shared[i], NULL), 0);
		put(shared_ends[i][1], "x");
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(atomic_load(&count), before + 1);
		event_del(&shared[i]);
		event_debug_unassign(&shared[i]);
	}
	event_base_free(base);
	for (int i = 0; i < SHARED; i++)
		close_pair(shared_ends[i]);
}

/* ---- Cases ---- */

TEST_RANGE(evthread_enable_lock_debugging__with_many_threads, 0, 3)
{
	if (evthread_use_pthreads() < 0)
		return;
	/* Checks that a lock is released by its holder, and freed when no thread holds it. */
	evthread_enable_lock_debugging();
	backend = backend_under_test(0);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	if (_i == 0)
		stress_run(base, PRODUCERS, add_and_delete);
	else if (_i == 1)
		stress_run(base, PRODUCERS, free_in_use);
	else
		stress_run(base, PRODUCERS, post_many);
	event_base_free(base);
}
