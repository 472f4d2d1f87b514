/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events that are activated by hand, changed in callbacks, or run once.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/loop_case.h"

static struct seen seen, other_seen;

/* ---- Coming and going ---- */

TEST_EVERYWHERE(event_changes__last_descriptor_goes_and_another_comes)
{
	set_up(_i);
	for (int i = 1; i <= 3; i++) {
		struct event *ev = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);

		put(ends[1], "x");
		event_base_loop(base, EVLOOP_NONBLOCK);
		ck_assert_int_eq(seen.calls, i);
		event_free(ev);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);
		ck_assert_int_eq(
		    event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY), 0);
	}
	ck_assert_int_eq(seen.calls, 3);
	tear_down();
}

/* ---- Activating by hand ---- */

TEST_EVERYWHERE(event_changes__event_made_active_sees_the_bits_it_was_given)
{
	static const short bits[] = {0, EV_READ, EV_WRITE | EV_CLOSED, EV_TIMEOUT, 0x7f};
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, 0, see, &seen);
	for (int i = 0; i < 5; i++) {
		event_active(ev, bits[i], 1);
		ck_assert_int_eq(event_base_loop(base, 0), 1);
		ck_assert_int_eq(seen.calls, i + 1);
		ck_assert_int_eq(seen.what, bits[i]);
		ck_assert_int_eq(seen.fd, -1);
	}
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__event_active_twice_runs_once_with_all_bits)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, 0, see, &seen);
	event_active(ev, EV_READ, 1);
	event_active(ev, EV_WRITE, 7);
	ck_assert_int_eq(
	    event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT, NULL), EV_READ | EV_WRITE);

	event_base_loop(base, 0);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ | EV_WRITE);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__deleted_active_event_does_not_run)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, 0, see, &seen);
	event_active(ev, EV_READ, 1);
	event_del(ev);

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_int_eq(seen.calls, 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__activation_and_readiness_are_one_call)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	put(ends[1], "x");
	event_active(ev, EV_WRITE, 1);

	turn(base);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ | EV_WRITE);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__active_event_that_does_not_persist_is_taken_off)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(ev, MS(1000000));
	event_active(ev, EV_WRITE, 1);

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__user_event_is_triggered)
{
	struct event *ev;

	set_up(_i);
	ev = evuser_new(base, see, &seen);
	evuser_trigger(ev);
	evuser_trigger(ev);

	event_base_loop(base, 0);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, 0);
	event_free(ev);
	tear_down();
}

/* ---- Callbacks that change things ---- */

static void
free_it(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	spell_text("f");
	event_free(ev);
}

TEST_EVERYWHERE(event_changes__event_may_free_itself)
{
	static const short kinds[] = {EV_READ, EV_READ | EV_PERSIST, EV_WRITE | EV_PERSIST};

	set_up(_i);
	put(ends[1], "x");
	for (int i = 0; i < 3; i++) {
		struct event *ev = event_new(base, ends[0], kinds[i], free_it, event_self_cbarg());

		event_add(ev, i == 1 ? MS(1000000) : NULL);
		turn(base);
	}
	for (int persist = 0; persist < 2; persist++) {
		struct event *timer =
		    event_new(base, -1, persist ? EV_PERSIST : 0, free_it, event_self_cbarg());

		event_add(timer, MS(0));
		turn(base);
	}

	ck_assert_str_eq(spelled(), "fffff");
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	tear_down();
}

static void
free_both(evutil_socket_t fd, short what, void *readers)
{
	struct event **both = readers;

	(void)fd;
	(void)what;
	spell_text("f");
	event_free(both[0]);
	event_free(both[1]);
}

TEST_EVERYWHERE(event_changes__event_may_free_another_active_one)
{
	struct event *readers[2];

	set_up(_i);
	for (int i = 0; i < 2; i++)
		readers[i] = added(ends[0], EV_READ | EV_PERSIST, free_both, readers);
	put(ends[1], "x");

	turn(base);

	ck_assert_str_eq(spelled(), "f");
	tear_down();
}

TEST_EVERYWHERE(event_changes__event_deleted_by_another_does_not_run)
{
	struct event *victim, *killer;

	set_up(_i);
	victim = added(ends[0], EV_READ, see, &seen);
	killer = added(ends[0], EV_READ, delete_it, victim);
	put(ends[1], "x");

	turn(base);

	ck_assert_int_eq(seen.calls, 0);
	event_free(victim);
	event_free(killer);
	tear_down();
}

static void
add_it(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), 0);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	spell_text("a");
}

TEST_EVERYWHERE(event_changes__event_may_add_itself_again)
{
	struct event *ev;

	set_up(_i);
	ev = added(ends[0], EV_READ, add_it, event_self_cbarg());
	put(ends[1], "x");

	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE);

	ck_assert_str_eq(spelled(), "aaa");
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_changes__event_added_by_a_callback_runs_in_the_next_turn)
{
	struct event *adder, *reader;
	struct evwatch *watch;
	int turns;

	set_up(_i);
	watch = count_turns(base, &turns);
	reader = event_new(base, ends[0], EV_READ, break_loop, base);
	adder = added(ends[0], EV_READ, add_it, reader);
	put(ends[1], "x");

	event_base_loop(base, 0);

	ck_assert_int_eq(turns, 2);
	ck_assert_str_eq(spelled(), "a");
	event_free(adder);
	event_free(reader);
	evwatch_free(watch);
	tear_down();
}

TEST_EVERYWHERE(event_changes__event_may_make_itself_active_again)
{
	struct event *ev;
	int turns;
	struct evwatch *watch;

	set_up(_i);
	watch = count_turns(base, &turns);
	ev = event_new(base, -1, 0, activate_it, event_self_cbarg());
	event_active(ev, EV_READ, 1);
	event_base_once(base, -1, EV_TIMEOUT, break_loop, base, NULL);

	event_base_loop(base, 0);

	ck_assert_int_eq(turns, 1);
	ck_assert_int_eq(event_pending(ev, EV_READ, NULL), EV_READ);
	event_free(ev);
	evwatch_free(watch);
	tear_down();
}

static void
see_running(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_ptr_eq(event_base_get_running_event(event_get_base(ev)), ev);
	spell_text("r");
}

TEST_EVERYWHERE(event_changes__running_event_is_known_inside_its_callback_alone)
{
	struct event *ev;

	set_up(_i);
	ck_assert_ptr_null(event_base_get_running_event(base));
	ev = event_new(base, -1, 0, see_running, event_self_cbarg());
	event_active(ev, 0, 1);

	event_base_loop(base, 0);

	ck_assert_str_eq(spelled(), "r");
	ck_assert_ptr_null(event_base_get_running_event(base));
	event_free(ev);
	tear_down();
}

/* ---- event_base_once ---- */

TEST_EVERYWHERE(event_changes__once_is_once)
{
	set_up(_i);
	put(ends[1], "x");
	ck_assert_int_eq(event_base_once(base, ends[0], EV_READ, see, &seen, NULL), 0);
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, see, &other_seen, MS(1)), 0);

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(seen.what, EV_READ);
	ck_assert_int_eq(seen.fd, ends[0]);
	ck_assert_int_eq(other_seen.calls, 1);
	ck_assert_int_eq(other_seen.what, EV_TIMEOUT);
	ck_assert_int_eq(other_seen.fd, -1);
	tear_down();
}

TEST_EVERYWHERE(event_changes__once_with_a_timeout_receives_what_comes_first)
{
	set_up(_i);
	event_base_once(base, ends[0], EV_READ, see, &seen, MS(1));
	event_base_once(base, ends[1], EV_READ, see, &other_seen, MS(1000000));
	put(ends[0], "x");

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	ck_assert_int_eq(other_seen.what, EV_READ);
	tear_down();
}

TEST_EVERYWHERE(event_changes__once_without_a_time_is_at_once)
{
	set_up(_i);
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, NULL);
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(0));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 2);

	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	ck_assert_int_eq(seen.what, EV_TIMEOUT);
	tear_down();
}

TEST_EVERYWHERE(event_changes__once_refuses_signals_and_persistent_events)
{
	static const short wrong[] = {EV_SIGNAL, EV_READ | EV_PERSIST, 0, EV_ET};

	set_up(_i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(event_base_once(base, ends[0], wrong[i], see, &seen, NULL), -1);
	ck_assert_int_eq(event_base_once(NULL, -1, EV_TIMEOUT, see, &seen, NULL), -1);

	ck_assert_int_eq(event_base_loop(base, 0), 1);
	tear_down();
}

TEST_EVERYWHERE(event_changes__once_that_never_came_is_freed_with_its_base)
{
	set_up(_i);
	event_base_once(base, ends[0], EV_READ, see, &seen, MS(1000000));
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(1000000));
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, NULL);

	tear_down();

	ck_assert_int_eq(seen.calls, 0);
}
