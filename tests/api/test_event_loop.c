/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running, stopping and nesting loops; what each flag does.
 */
#include <event2/event.h>
#include <event2/watch.h>
#include <string.h>

#include "support/loop_case.h"

static struct seen seen, other_seen;

/* ---- Nothing to do ---- */

TEST_EVERYWHERE(event_base_loop__loop_without_events_ends_at_once)
{
	static const int flags[] = {0, EVLOOP_ONCE, EVLOOP_NONBLOCK, EVLOOP_ONCE | EVLOOP_NONBLOCK};

	set_up(_i);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(event_base_loop(base, flags[i]), 1);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY), 0);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__active_event_is_work)
{
	struct event *ev;

	set_up(_i);
	ev = event_new(base, -1, 0, see, &seen);
	event_active(ev, 0, 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 1);
	event_free(ev);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__loop_may_stay_without_events)
{
	struct evwatch *watch;
	int turns;

	set_up(_i);
	watch = count_turns(base, &turns);
	event_base_once(base, -1, EV_TIMEOUT, break_loop, base, MS(1));

	ck_assert_int_eq(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);

	ck_assert_int_le(turns, MOST_TURNS_OF_A_SLEEP);
	ck_assert(event_base_got_break(base));
	evwatch_free(watch);
	tear_down();
}

TEST(event_base_loop__missing_base_is_no_loop)
{
	keep_log();
	ck_assert_int_eq(event_base_loop(NULL, 0), -1);
	ck_assert_int_eq(event_base_dispatch(NULL), -1);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 2);
	ck_assert_int_eq(event_base_loopexit(NULL, NULL), -1);
	ck_assert_int_eq(event_base_loopbreak(NULL), -1);
	ck_assert_int_eq(event_base_loopcontinue(NULL), -1);
}

/* ---- Once, and without waiting ---- */

TEST_EVERYWHERE(event_base_loop__once_ends_after_a_callback)
{
	struct event *reader;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);
	event_add(reader, NULL);
	put(ends[1], "x");

	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 2);
	event_free(reader);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__once_waits_for_a_timer)
{
	set_up(_i);
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(2));

	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);

	ck_assert_int_eq(seen.calls, 1);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__without_waiting_nothing_ready_is_nothing_run)
{
	struct event *timer;

	set_up(_i);
	timer = evtimer_new(base, see, &seen);
	event_add(timer, MS(1000000));

	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE), 0);

	ck_assert_int_eq(seen.calls, 0);
	event_free(timer);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__without_waiting_all_that_is_ready_runs)
{
	struct event *reader;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, MS(1000000));
	put(ends[1], "x");
	event_base_once(base, -1, EV_TIMEOUT, see, &other_seen, MS(0));

	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 1);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(other_seen.calls, 1);
	event_free(reader);
	tear_down();
}

static int activations_left;

static void
activate_again(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	spell_text("a");
	if (--activations_left > 0)
		event_active(ev, what, 1);
}

TEST_EVERYWHERE(event_base_loop__what_callbacks_activate_runs_in_the_same_turn)
{
	static const int flags[] = {0, EVLOOP_ONCE, EVLOOP_NONBLOCK};
	struct evwatch *watch;
	struct event *ev;
	int turns;

	set_up(_i);
	watch = count_turns(base, &turns);
	ev = event_new(base, -1, 0, activate_again, event_self_cbarg());
	for (int i = 0; i < 3; i++) {
		turns = 0;
		activations_left = 5;
		event_active(ev, EV_READ, 1);
		ck_assert_int_ge(event_base_loop(base, flags[i]), 0);
		ck_assert_str_eq(spelled(), "aaaaa");
		ck_assert_int_eq(turns, 1);
	}
	event_free(ev);
	evwatch_free(watch);
	tear_down();
}

/* ---- Stopping ---- */

TEST_EVERYWHERE(event_base_loop__break_ends_the_loop_after_the_running_callback)
{
	struct event *first, *second;

	set_up(_i);
	first = event_new(base, -1, 0, break_loop, base);
	second = event_new(base, -1, 0, see, &seen);
	event_active(first, 0, 0);
	event_active(second, 0, 0);

	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(event_base_got_break(base));
	ck_assert(!event_base_got_exit(base));
	ck_assert_int_eq(seen.calls, 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert(!event_base_got_break(base));
	ck_assert_int_eq(seen.calls, 1);
	event_free(first);
	event_free(second);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__break_before_the_loop_is_forgotten)
{
	set_up(_i);
	event_base_loopbreak(base);
	ck_assert(event_base_got_break(base));
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 1);
	tear_down();
}

static void
exit_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_base_loopexit(arg, NULL), 0);
}

TEST_EVERYWHERE(event_base_loop__exit_lets_active_callbacks_run)
{
	struct event *first, *second, *idle;

	set_up(_i);
	idle = keep_alive(base);
	first = event_new(base, -1, 0, exit_loop, base);
	second = event_new(base, -1, 0, see, &seen);
	event_active(first, 0, 0);
	event_active(second, 0, 0);

	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert(event_base_got_exit(base));
	ck_assert(!event_base_got_break(base));
	ck_assert_int_eq(seen.calls, 1);
	event_free(first);
	event_free(second);
	event_free(idle);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__exit_before_the_loop_is_remembered_for_one_run)
{
	struct event *idle;

	set_up(_i);
	idle = keep_alive(base);
	event_base_loopexit(base, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(event_base_got_exit(base));
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert(!event_base_got_exit(base));
	event_free(idle);
	tear_down();
}

TEST_EVERYWHERE(event_base_loop__exit_after_a_time_keeps_the_loop_until_then)
{
	set_up(_i);
	event_base_loopexit(base, MS(3));
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);

	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert(event_base_got_exit(base));
	tear_down();
}

static void
continue_loop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	spell_text("c");
	ck_assert_int_eq(event_base_loopcontinue(arg), 0);
}

TEST_EVERYWHERE(event_base_loop__continue_looks_again_before_the_rest_of_the_queue)
{
	struct event *first, *second;
	struct evwatch *watch;
	int turns;

	set_up(_i);
	watch = count_turns(base, &turns);
	first = event_new(base, -1, 0, continue_loop, base);
	second = event_new(base, -1, 0, spell, word("s"));
	event_active(first, 0, 0);
	event_active(second, 0, 0);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "cs");
	ck_assert_int_eq(turns, 2);
	event_free(first);
	event_free(second);
	evwatch_free(watch);
	tear_down();
}

/* ---- Nesting ---- */

static void
run_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_base_loop(arg, EVLOOP_NONBLOCK), -1);
	spell_text("n");
}

TEST_EVERYWHERE(event_base_loop__running_loop_is_not_run_again)
{
	set_up(_i);
	keep_log();
	event_base_once(base, -1, EV_TIMEOUT, run_again, base, NULL);
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "n");
	ck_assert_int_eq(seen.calls, 1);
	ck_assert(was_logged("event_base_loop: reentrant invocation.  Only one event_base_loop can "
			     "run on each event_base at once."));
	tear_down();
}

static void
run_other(evutil_socket_t fd, short what, void *other)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_base_dispatch(other), 1);
}

TEST_EVERYWHERE(event_base_loop__callback_may_run_the_loop_of_another_base)
{
	struct event_base *other;

	set_up(_i);
	other = base_on(backend);
	event_base_once(other, -1, EV_TIMEOUT, see, &seen, NULL);
	event_base_once(base, -1, EV_TIMEOUT, run_other, other, NULL);

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 1);
	event_base_free(other);
	tear_down();
}

/* ---- Order ---- */

TEST_EVERYWHERE(event_base_loop__by_hand_then_descriptors_then_timers)
{
	struct event *hand, *reader, *timer;

	set_up(_i);
	timer = event_new(base, -1, 0, spell, word("t"));
	event_add(timer, MS(0));
	reader = event_new(base, ends[0], EV_READ, spell, word("r"));
	event_add(reader, NULL);
	put(ends[1], "x");
	hand = event_new(base, -1, 0, spell, word("h"));
	event_active(hand, 0, 0);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "hrt");
	event_free(hand);
	event_free(reader);
	event_free(timer);
	tear_down();
}

/* ---- Idle loops ---- */

TEST_EVERYWHERE(event_base_loop__idle_loop_turns_no_more_than_its_timers)
{
	struct event *reader, *timer;
	struct evwatch *watch;
	int turns;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);
	event_add(reader, NULL);
	timer = event_new(base, -1, 0, break_loop, base);
	event_add(timer, MS(20));
	watch = count_turns(base, &turns);

	event_base_dispatch(base);

	ck_assert_int_le(turns, MOST_TURNS_OF_A_SLEEP);
	event_free(reader);
	event_free(timer);
	evwatch_free(watch);
	tear_down();
}
