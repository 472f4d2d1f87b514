/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Priorities, and how long callbacks may run before the loop looks again.
 */
#include <event2/event.h>
#include <levin/sim.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;

static void
set_up(int i, int priorities)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	ck_assert_int_eq(event_base_priority_init(base, priorities), 0);
}

static struct event *
at_priority(int priority, event_callback_fn callback, void *arg)
{
	struct event *ev = event_new(base, -1, EV_PERSIST, callback, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_priority_set(ev, priority), 0);
	return ev;
}

TEST_EVERYWHERE(priorities__new_base_has_one_priority)
{
	base = base_on(backend_under_test(_i));

	ck_assert_int_eq(event_base_get_npriorities(base), 1);
	ck_assert_int_eq(event_base_get_npriorities(NULL), -1);
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__number_of_priorities_has_limits)
{
	set_up(_i, 3);
	ck_assert_int_eq(event_base_priority_init(base, 0), -1);
	ck_assert_int_eq(event_base_priority_init(base, -1), -1);
	ck_assert_int_eq(event_base_priority_init(base, EVENT_MAX_PRIORITIES), -1);
	ck_assert_int_eq(event_base_get_npriorities(base), 3);

	ck_assert_int_eq(event_base_priority_init(base, 3), 0);
	ck_assert_int_eq(event_base_priority_init(base, EVENT_MAX_PRIORITIES - 1), 0);

	ck_assert_int_eq(event_base_get_npriorities(base), 255);
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__event_gets_the_middle_priority)
{
	struct event *ev;

	set_up(_i, 7);
	ev = event_new(base, -1, 0, spell, NULL);

	ck_assert_int_eq(event_get_priority(ev), 3);
	ck_assert_int_eq(event_priority_set(ev, 7), -1);
	ck_assert_int_eq(event_priority_set(ev, -1), -1);
	ck_assert_int_eq(event_get_priority(ev), 3);
	ck_assert_int_eq(event_priority_set(ev, 6), 0);
	ck_assert_int_eq(event_get_priority(ev), 6);
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__active_event_keeps_its_priority)
{
	struct event *ev;

	set_up(_i, 3);
	ev = at_priority(2, spell, word("x"));
	event_active(ev, 0, 0);

	ck_assert_int_eq(event_priority_set(ev, 0), -1);
	ck_assert_int_eq(event_base_priority_init(base, 5), -1);

	turn(base);
	ck_assert_int_eq(event_priority_set(ev, 0), 0);
	event_free(ev);
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__more_urgent_run_first)
{
	static const char *const letters[] = {"a", "b", "c"};
	struct event *events[3];

	set_up(_i, 3);
	for (int i = 2; i >= 0; i--) {
		events[i] = at_priority(i, spell, word(letters[i]));
		event_active(events[i], 0, 0);
	}

	turn(base);

	ck_assert_str_eq(spelled(), "abc");
	for (int i = 0; i < 3; i++)
		event_free(events[i]);
	event_base_free(base);
}

static void
spell_and_activate(evutil_socket_t fd, short what, void *ev)
{
	spell(fd, what, word("l"));
	event_active(ev, 0, 0);
}

TEST_EVERYWHERE(priorities__something_more_urgent_interrupts_a_queue)
{
	struct event *urgent, *first, *second;

	set_up(_i, 2);
	urgent = at_priority(0, spell, word("u"));
	first = at_priority(1, spell_and_activate, urgent);
	second = at_priority(1, spell, word("s"));
	event_active(first, 0, 0);
	event_active(second, 0, 0);

	turn(base);

	ck_assert_str_eq(spelled(), "lus");
	event_free(urgent);
	event_free(first);
	event_free(second);
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__something_less_urgent_waits_for_the_queue)
{
	struct event *later, *first, *second;

	set_up(_i, 2);
	later = at_priority(1, spell, word("u"));
	first = at_priority(0, spell_and_activate, later);
	second = at_priority(0, spell, word("s"));
	event_active(first, 0, 0);
	event_active(second, 0, 0);

	turn(base);

	ck_assert_str_eq(spelled(), "lsu");
	event_free(later);
	event_free(first);
	event_free(second);
	event_base_free(base);
}

static void
spell_often(evutil_socket_t fd, short what, void *self)
{
	static int calls;

	spell(fd, what, word("u"));
	if (++calls < 5)
		event_active(self, 0, 0);
}

TEST_EVERYWHERE(priorities__busy_urgent_event_holds_the_others_back)
{
	struct event *urgent, *other;

	set_up(_i, 2);
	urgent = at_priority(0, spell_often, event_self_cbarg());
	other = at_priority(1, spell, word("o"));
	event_active(other, 0, 0);
	event_active(urgent, 0, 0);

	turn(base);

	ck_assert_str_eq(spelled(), "uuuuuo");
	event_free(urgent);
	event_free(other);
	event_base_free(base);
}

static int new_priorities;

static void
change_priorities(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	ck_assert_int_eq(event_base_priority_init(base, new_priorities), 0);
	spell_text("p");
}

TEST_EVERYWHERE(priorities__callback_may_change_the_number_of_priorities)
{
	static const int numbers[] = {200, 1, 17};
	struct event *ev, *other;

	set_up(_i, 3);
	for (int i = 0; i < 3; i++) {
		ev = at_priority(event_base_get_npriorities(base) - 1, change_priorities, NULL);
		other = event_new(base, -1, 0, spell, word("o"));
		new_priorities = numbers[i];
		event_active(ev, 0, 0);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_int_eq(event_base_get_npriorities(base), numbers[i]);
		event_active(other, 0, 0);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		event_free(other);
		event_free(ev);
	}
	ck_assert_str_eq(spelled(), "popopo");
	event_base_free(base);
}

TEST_EVERYWHERE(priorities__event_beyond_the_last_priority_is_the_least_urgent)
{
	struct event *old, *first;

	set_up(_i, 9);
	old = at_priority(8, spell, word("l"));
	event_add(old, MS(1000000));
	ck_assert_int_eq(event_base_priority_init(base, 2), 0);
	first = at_priority(1, spell, word("f"));

	event_active(first, 0, 0);
	event_active(old, 0, 0);
	turn(base);

	ck_assert_str_eq(spelled(), "fl");
	event_free(old);
	event_free(first);
	event_base_free(base);
}

/* ---- Limits ---- */

static void
limited_base(int i, const struct timeval *interval, int callbacks, int from)
{
	struct event_config *config;

	backend = backend_under_test(i);
	config = config_on(backend);
	ck_assert_int_eq(
	    event_config_set_max_dispatch_interval(config, interval, callbacks, from), 0);
	base = base_from(backend, config);
	ck_assert_int_eq(event_base_priority_init(base, 2), 0);
}

/* How many turns it takes to run six active events of a priority. */
static int
turns_for_six(int priority, event_callback_fn callback)
{
	struct event *events[6];
	struct evwatch *watch;
	int turns;

	watch = count_turns(base, &turns);
	for (int i = 0; i < 6; i++) {
		events[i] = at_priority(priority, callback, word("x"));
		event_active(events[i], 0, 0);
	}
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(spelled(), "xxxxxx");
	for (int i = 0; i < 6; i++)
		event_free(events[i]);
	evwatch_free(watch);
	return turns;
}

TEST_EVERYWHERE(priorities__limit_of_callbacks_has_the_loop_look_again)
{
	limited_base(_i, NULL, 2, 1);
	ck_assert_int_eq(turns_for_six(0, spell), 1);
	ck_assert_int_eq(turns_for_six(1, spell), 3);
	event_base_free(base);

	limited_base(_i, NULL, 0, 0);
	ck_assert_int_eq(turns_for_six(0, spell), 6);
	event_base_free(base);

	limited_base(_i, NULL, -1, -3);
	ck_assert_int_eq(turns_for_six(1, spell), 1);
	event_base_free(base);
}

static void
spell_slowly(evutil_socket_t fd, short what, void *text)
{
	spell(fd, what, text);
	levin_sim_spend(simulation_under_test(), 4000000);
}

TEST_IN_SIMULATION(priorities__limit_of_time_has_the_loop_look_again)
{
	limited_base(_i, MS(10), -1, 1);
	ck_assert_int_eq(turns_for_six(0, spell_slowly), 1);
	ck_assert_int_eq(turns_for_six(1, spell_slowly), 2);
	event_base_free(base);

	limited_base(_i, MS(10), 2, 1);
	ck_assert_int_eq(turns_for_six(1, spell_slowly), 3);
	event_base_free(base);
}
