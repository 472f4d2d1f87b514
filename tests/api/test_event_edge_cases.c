/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events in situations that come up rarely: several results in one turn, many events, events
 * that outlive their base, misuse that must do no harm.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <levin/sim.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/loop_case.h"

static struct seen seen;

/* ---- Active and timed out in one turn ---- */

static void
run_once_with_a_timeout(short kind)
{
	struct event *ev = event_new(base, ends[0], kind, see_and_take, &seen);

	put(ends[1], "x");
	event_add(ev, MS(0));

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what & (EV_READ | EV_TIMEOUT), EV_READ | EV_TIMEOUT);
	event_free(ev);
}

TEST_EVERYWHERE(event_add__readable_and_timed_out_is_one_call_with_both_bits)
{
	set_up(_i);
	run_once_with_a_timeout(EV_READ);
	tear_down();
}

TEST_EVERYWHERE(event_add__persistent_readable_and_timed_out_is_one_call_with_both_bits)
{
	set_up(_i);
	run_once_with_a_timeout(EV_READ | EV_PERSIST);
	tear_down();
}

TEST_EVERYWHERE(event_active__is_not_lost_when_the_timeout_is_due_in_the_same_turn)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, EV_PERSIST, see, &seen);
	event_add(ev, MS(0));
	event_active(ev, EV_WRITE, 1);

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_WRITE | EV_TIMEOUT);
	event_free(ev);
	tear_down();
}

static void
raise_with_a_timeout(short kind, int times)
{
	struct event *ev = event_new(base, SIGUSR1, EV_SIGNAL | kind, see, &seen);

	seen = (struct seen){0};
	event_add(ev, MS(0));
	for (int i = 0; i < times; i++)
		raise(SIGUSR1);

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.calls, times);
	ck_assert_int_eq(seen.what, EV_SIGNAL | EV_TIMEOUT);
	event_free(ev);
}

TEST_ON_BACKENDS(event_add__signals_and_the_timeout_of_one_turn_are_all_reported)
{
	set_up(_i);
	raise_with_a_timeout(0, 1);
	raise_with_a_timeout(EV_PERSIST, 3);
	tear_down();
}

static void
add_with_a_new_timeout(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	event_add(ev, MS(1000000));
}

TEST_EVERYWHERE(event_add__of_an_event_active_for_its_timeout_keeps_its_readiness)
{
	struct event *first, *ev;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	first = event_new(base, ends[1], EV_WRITE, add_with_a_new_timeout, ev);
	event_base_priority_init(base, 2);
	event_priority_set(first, 0);
	event_priority_set(ev, 1);
	put(ends[1], "x");
	event_add(first, NULL);
	event_add(ev, MS(0));

	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what & (EV_READ | EV_TIMEOUT), EV_READ);
	event_free(ev);
	event_free(first);
	tear_down();
}

static void
expect_watched_after_expiry(short kind)
{
	struct event *ev = event_new(base, ends[0], EV_READ | kind, see_and_take, &seen);
	struct event *first = event_new(base, ends[1], EV_WRITE, add_with_a_new_timeout, ev);

	seen = (struct seen){0};
	event_priority_set(first, 0);
	event_priority_set(ev, 1);
	event_add(first, NULL);
	event_add(ev, MS(0));
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(seen.calls, 0);
	put(ends[1], "x");

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ);
	event_free(ev);
	event_free(first);
}

TEST_EVERYWHERE(event_add__of_an_expired_event_watches_its_descriptor_again)
{
	set_up(_i);
	event_base_priority_init(base, 2);
	expect_watched_after_expiry(0);
	expect_watched_after_expiry(EV_PERSIST);
	tear_down();
}

/* ---- Results ---- */

TEST_EVERYWHERE(event_add__reports_EV_ET_only_where_the_backend_has_edges)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_ET, see, &seen);
	put(ends[1], "x");

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(
	    seen.what, event_base_get_features(base) & EV_FEATURE_ET ? EV_READ | EV_ET : EV_READ);
	event_free(ev);
	tear_down();
}

TEST_ON_BACKENDS(event_base_loop__after_RLIMIT_NOFILE_was_lowered_below_what_is_watched)
{
	struct event *events[40];
	evutil_socket_t pairs[40][2];
	struct rlimit before, lower;

	set_up(_i);
	for (int i = 0; i < 40; i++) {
		open_pair(backend, pairs[i]);
		events[i] = added(pairs[i][0], EV_READ, see, &seen);
	}
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	lower = (struct rlimit){16, before.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lower), 0);
	for (int i = 0; i < 40; i++)
		put(pairs[i][1], "x");

	/* select looks at no descriptor above the limit, whatever is done about it. */
	while (strcmp(backend->method, "select") != 0 && seen.calls < 40)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	for (int i = 0; i < 40; i++) {
		event_free(events[i]);
		close_pair(pairs[i]);
	}
	tear_down();
}

/* ---- Many events ---- */

/* A way that takes time in proportion to the square takes minutes for these. */
enum { MANY = 60000 };

static struct event *many;

/* Once without and once with locks for each backend is enough. */
static int
count_of_many(void)
{
	return backend->debug_mode ? 100 : MANY;
}

TEST_EVERYWHERE(event_del__of_many_events_of_one_descriptor)
{
	int count;

	set_up(_i);
	count = count_of_many();
	many = calloc((size_t)count, sizeof(*many));
	for (int i = 0; i < count; i++) {
		event_assign(&many[i], base, ends[0], EV_READ | EV_PERSIST, see, &seen);
		ck_assert_int_eq(event_add(&many[i], NULL), 0);
	}
	put(ends[1], "x");

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.calls, count);
	for (int i = 0; i < count; i++) {
		event_del(&many[i]);
		event_debug_unassign(&many[i]);
	}
	free(many);
	tear_down();
}

static struct timeval
one_of_many_durations(int i)
{
	return (struct timeval){100 + i % 1000, i * 7919L % 1000000};
}

TEST_EVERYWHERE(event_base_free__with_many_timers_of_many_durations)
{
	int count;

	set_up(_i);
	count = count_of_many();
	many = calloc((size_t)count, sizeof(*many));
	for (int i = 0; i < count; i++) {
		struct timeval duration = one_of_many_durations(i);

		event_assign(&many[i], base, -1, 0, see, &seen);
		ck_assert_int_eq(event_add(&many[i], &duration), 0);
	}
	tear_down();
	for (int i = 0; i < count; i++)
		event_debug_unassign(&many[i]);
	free(many);
}

/* ---- Events that outlive their base ---- */

TEST_EVERYWHERE(event_free__after_event_base_free_of_events_that_were_pending_or_active)
{
	struct event *reader, *timer, *active;

	set_up(_i);
	reader = added(ends[0], EV_READ | EV_PERSIST, see, &seen);
	timer = event_new(base, -1, 0, see, &seen);
	active = event_new(base, -1, 0, see, &seen);
	event_add(timer, MS(1000));
	event_active(active, EV_READ, 1);
	tear_down();

	ck_assert_ptr_null(event_get_base(reader));
	ck_assert_int_eq(event_del(timer), -1);
	event_free(reader);
	event_free(timer);
	event_free(active);
	ck_assert_int_eq(seen.calls, 0);
}

/* ---- Misuse, and what looks like it ---- */

TEST_EVERYWHERE(event_free_finalize__without_a_function)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ, see, &seen);
	ck_assert_int_eq(event_free_finalize(0, ev, NULL), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ev = added(ends[0], EV_READ, see, &seen);
	ck_assert_int_eq(event_free_finalize(0, ev, NULL), 0);
	tear_down();
	ck_assert_int_eq(seen.calls, 0);
}

TEST_EVERYWHERE(event_assign__of_an_added_event_does_not_make_the_loop_spin)
{
	static struct event ev;

	set_up(_i);
	event_assign(&ev, base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	event_add(&ev, NULL);
	ck_assert_int_eq(
	    event_assign(&ev, base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen),
	    backend->debug_mode ? -1 : 0);
	event_add(&ev, NULL);
	put(ends[1], "x");

	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen.calls, 1);
	event_del(&ev);
	event_debug_unassign(&ev);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), backend->debug_mode);
	event_base_free(base);
	close_pair(ends);
}

struct connection {
	char head[64];
	struct event ev;
};

TEST_EVERYWHERE(event_assign__in_debug_mode_does_not_look_into_memory_used_again)
{
	struct connection *connection = malloc(sizeof(*connection));

	set_up(_i);
	for (int i = 0; i < 10; i++) {
		memset(connection, 'x', sizeof(*connection));
		ck_assert_int_eq(event_assign(&connection->ev, base, -1, 0, see, &seen), 0);
		event_add(&connection->ev, MS(1000));
		event_del(&connection->ev);
		event_assign(&connection->ev, base, ends[1], EV_WRITE, see, &seen);
		event_add(&connection->ev, NULL);
		event_base_loop(base, EVLOOP_ONCE);
		event_assign(&connection->ev, base, -1, 0, see, &seen);
		event_active(&connection->ev, EV_READ, 1);
		event_base_loop(base, EVLOOP_ONCE);
	}
	ck_assert_int_eq(seen.calls, 20);
	free(connection);
	tear_down();
}

/* ---- Other threads ---- */

static struct event *activated;

static void *
activate_from_a_thread(void *arg)
{
	(void)arg;
	event_active(activated, EV_WRITE, 1);
	return NULL;
}

static void
let_a_thread_activate(evutil_socket_t fd, short what, void *arg)
{
	pthread_t thread;

	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(pthread_create(&thread, NULL, activate_from_a_thread, NULL), 0);
	pthread_join(thread, NULL);
}

TEST_EVERYWHERE(event_active__by_another_thread_is_run_within_the_same_EVLOOP_ONCE)
{
	struct event *first;

	set_up(_i);
	if (backend->threads) {
		activated = event_new(base, -1, 0, see, &seen);
		first = event_new(base, -1, 0, let_a_thread_activate, NULL);
		event_active(first, EV_READ, 1);

		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

		ck_assert_int_eq(seen.calls, 1);
		event_free(activated);
		event_free(first);
	}
	tear_down();
}

static void
let_a_thread_activate_during_a_wait(void *arg)
{
	let_a_thread_activate(-1, 0, arg);
}

TEST_EVERYWHERE(event_active__by_a_real_thread_lets_a_simulated_base_sleep_again)
{
	set_up(_i);
	if (backend->threads && backend_is_simulated(backend)) {
		activated = event_new(base, -1, 0, see, &seen);
		ck_assert_int_eq(levin_sim_at(simulation_under_test(), 5000000,
				     let_a_thread_activate_during_a_wait, NULL),
		    0);

		/* One turn for the activation, one for the end, and one that was woken. */
		ck_assert_int_le(turns_in(1000), 3);

		ck_assert_int_eq(seen.calls, 1);
		event_free(activated);
	}
	tear_down();
}
