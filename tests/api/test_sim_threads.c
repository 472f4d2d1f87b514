/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads that wake a simulated base.
 */
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <levin/post.h>
#include <levin/sim.h>
#include <pthread.h>

#include "support/suite.h"

#define S INT64_C(1000000000)

static struct levin_sim *sim;
static struct event_base *base;
static int turns;
static int posts;

static void
count_turn(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	(void)arg;
	turns++;
}

static void
set_up(void)
{
	ck_assert_int_eq(evthread_use_pthreads(), 0);
	sim = levin_sim_new(1, NULL);
	base = levin_sim_base_new(sim, NULL);
	ck_assert_ptr_nonnull(base);
	ck_assert_ptr_nonnull(evwatch_prepare_new(base, count_turn, NULL));
	turns = posts = 0;
}

static void
tear_down(void)
{
	event_base_free(base);
	levin_sim_free(sim);
}

static void
count_post(void *arg)
{
	(void)arg;
	posts++;
}

static void *
post_one(void *arg)
{
	(void)arg;
	ck_assert_int_eq(levin_post(base, count_post, NULL), 0);
	return NULL;
}

static void
run_thread(void *(*start)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, start, arg), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* In the middle of a wait, so that the base is woken and does not only look before it sleeps. */
static void
post_from_thread(void *arg)
{
	(void)arg;
	run_thread(post_one, NULL);
}

TEST_FIXTURE(set_up, tear_down);

TEST(levin_sim_base_new__sleeps_again_after_a_thread_has_woken_the_base)
{
	static const struct timeval hour = {3600, 0};
	int64_t start_ns = levin_sim_now_ns(sim);

	ck_assert_int_eq(levin_sim_at(sim, S, post_from_thread, NULL), 0);
	ck_assert_int_eq(levin_sim_at(sim, 2 * S, post_from_thread, NULL), 0);
	ck_assert_int_eq(event_base_loopexit(base, &hour), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(posts, 2);
	ck_assert_int_eq(levin_sim_now_ns(sim) - start_ns, 3600 * S);
	ck_assert_int_lt(turns, 20);
}

static void *
activate(void *arg)
{
	event_active(arg, EV_READ, 1);
	return NULL;
}

static void
activate_from_thread(void *arg)
{
	run_thread(activate, arg);
}

static void
count_call(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	++*(int *)arg;
}

TEST(levin_sim_base_new__runs_what_a_thread_activates)
{
	static const struct timeval hour = {3600, 0};
	int calls = 0;
	struct event *ev = event_new(base, -1, 0, count_call, &calls);

	ck_assert_int_eq(levin_sim_at(sim, S, activate_from_thread, ev), 0);
	ck_assert_int_eq(event_base_loopexit(base, &hour), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert_int_eq(calls, 1);
	ck_assert_int_lt(turns, 20);
	event_free(ev);
}
