/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * event_finalize and event_free_finalize.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "support/loop_case.h"

static void
spell_finalized(struct event *ev, void *text)
{
	ck_assert_int_eq(event_pending(ev, EV_READ | EV_TIMEOUT, NULL), 0);
	spell_text(text);
	spell_text("!");
}

static void
spell_called(struct event *ev, void *arg)
{
	(void)ev;
	(void)arg;
	spell_text("!");
}

static void
free_own_memory(struct event *ev, void *text)
{
	spell_text(text);
	free(ev);
}

/* Pending for both reading and its timeout. */
static struct event *
waiting(event_callback_fn callback, void *arg)
{
	struct event *ev = event_new(base, ends[0], EV_READ | EV_PERSIST, callback, arg);

	ck_assert_int_eq(event_add(ev, MS(1000000)), 0);
	return ev;
}

TEST_EVERYWHERE(event_finalize__finalized_event_runs_its_finalizer_and_nothing_else)
{
	struct event ev;

	set_up(_i);
	event_assign(&ev, base, ends[0], EV_READ | EV_PERSIST, spell, word("a"));
	event_add(&ev, MS(1000000));
	put(ends[1], "x");

	ck_assert_int_eq(event_finalize(0, &ev, spell_called), 0);
	ck_assert_int_eq(event_pending(&ev, EV_READ | EV_TIMEOUT, NULL), 0);
	ck_assert_int_eq(event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 1);
	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "!");
	tear_down();
}

TEST_EVERYWHERE(event_finalize__finalized_event_cannot_come_back)
{
	struct event *ev;

	set_up(_i);
	ev = waiting(spell, word("a"));
	put(ends[1], "x");
	event_free_finalize(0, ev, spell_finalized);

	ck_assert_int_eq(event_add(ev, NULL), -1);
	event_active(ev, EV_READ, 1);
	ck_assert_int_eq(event_del(ev), 0);
	ck_assert_int_eq(event_del_block(ev), 0);
	ck_assert_int_eq(event_del_noblock(ev), 0);
	ck_assert_int_eq(event_finalize(0, ev, spell_finalized), 0);
	ck_assert_int_eq(event_free_finalize(0, ev, spell_finalized), 0);
	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "a!");
	tear_down();
}

TEST_EVERYWHERE(event_finalize__finalizer_may_free_the_events_memory)
{
	struct event *ev;

	set_up(_i);
	for (int i = 0; i < 3; i++) {
		ev = calloc(1, sizeof(*ev));
		ck_assert_int_eq(event_assign(ev, base, -1, 0, spell, word("f")), 0);
		event_add(ev, MS(1000000));
		event_finalize(0, ev, free_own_memory);
		event_base_dispatch(base);
	}

	ck_assert_str_eq(spelled(), "fff");
	tear_down();
}

static int warnings;

static void
count_warning(int severity, const char *text)
{
	(void)severity;
	(void)text;
	warnings++;
}

static void
free_event(struct event *ev, void *text)
{
	spell_text(text);
	event_free(ev);
}

/* LeakSanitizer sees whether it is given back. */
TEST_EVERYWHERE(event_finalize__finalizer_may_call_event_free)
{
	struct event *ev;

	set_up(_i);
	event_set_log_callback(count_warning);
	ev = waiting(spell, word("a"));

	ck_assert_int_eq(event_finalize(0, ev, free_event), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(spelled(), "a");
	ck_assert_int_eq(warnings, 0);
	tear_down();
}

TEST_EVERYWHERE(event_finalize__memory_of_a_finalized_event_is_free_for_all)
{
	struct event *ev;

	set_up(_i);
	keep_log();
	for (int i = 0; i < 100; i++) {
		void *block;

		ev = waiting(spell, word("a"));
		event_free_finalize(0, ev, spell_finalized);
		event_base_dispatch(base);
		ck_assert_str_eq(spelled(), "a!");
		block = malloc(sizeof(*ev));
		memset(block, 0xff, sizeof(*ev));
		free(block);
	}

	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
	tear_down();
}

static void
finalize_it(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_free_finalize(0, ev, spell_finalized), 0);
	spell_text("c");
}

static void
finalize_itself(evutil_socket_t fd, short what, void *ev)
{
	(void)fd;
	(void)what;
	ck_assert_int_eq(event_free_finalize(0, ev, spell_called), 0);
	spell_text("c");
}

TEST_EVERYWHERE(event_finalize__event_may_finalize_itself)
{
	static const short kinds[] = {EV_READ, EV_READ | EV_PERSIST};

	set_up(_i);
	put(ends[1], "x");
	for (int i = 0; i < 2; i++) {
		struct event *ev =
		    event_new(base, ends[0], kinds[i], finalize_itself, event_self_cbarg());

		event_add(ev, NULL);
		turn(base);
		ck_assert_str_eq(spelled(), "c!");
	}
	tear_down();
}

TEST_EVERYWHERE(event_finalize__event_may_finalize_another_active_one)
{
	struct event *victim, *killer;

	set_up(_i);
	victim = event_new(base, ends[0], EV_READ, spell, word("v"));
	killer = event_new(base, ends[0], EV_READ, finalize_it, victim);
	event_add(victim, NULL);
	event_add(killer, NULL);
	put(ends[1], "x");

	turn(base);

	ck_assert_str_eq(spelled(), "cv!");
	event_free(killer);
	tear_down();
}

TEST_EVERYWHERE(event_finalize__base_that_is_freed_runs_outstanding_finalizers)
{
	static const char *const letters[] = {"a", "b", "c"};

	set_up(_i);
	event_base_priority_init(base, 3);
	for (int i = 0; i < 3; i++) {
		struct event *ev = event_new(base, ends[0], EV_READ, spell, word(letters[i]));

		event_priority_set(ev, 2 - i);
		event_add(ev, NULL);
		event_free_finalize(0, ev, spell_finalized);
	}

	tear_down();

	ck_assert_str_eq(spelled(), "c!b!a!");
}

static void
finalize_next(struct event *ev, void *next)
{
	(void)ev;
	spell_text("n");
	if (next)
		event_free_finalize(0, next, finalize_next);
}

TEST_EVERYWHERE(event_finalize__finalizer_may_finalize_another_while_the_base_is_freed)
{
	struct event *less_urgent, *more_urgent, *first;

	set_up(_i);
	event_base_priority_init(base, 3);
	more_urgent = event_new(base, -1, 0, spell, NULL);
	less_urgent = event_new(base, -1, 0, spell, more_urgent);
	first = event_new(base, -1, 0, spell, less_urgent);
	event_priority_set(more_urgent, 0);
	event_priority_set(less_urgent, 2);
	event_free_finalize(0, first, finalize_next);

	tear_down();

	ck_assert_str_eq(spelled(), "nnn");
}

TEST_EVERYWHERE(event_finalize__finalizers_may_be_left_out)
{
	struct event ev;

	set_up(_i);
	event_assign(&ev, base, ends[0], EV_READ, spell, word("a"));
	event_add(&ev, NULL);
	event_finalize(0, &ev, spell_called);

	event_base_free_nofinalize(base);

	ck_assert_str_eq(spelled(), "");
	close_pair(ends);
}
