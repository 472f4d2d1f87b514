/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <string.h>

#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "support/suite.h"

static struct event_base *base;
static char trace[64];

static void
set_up(void)
{
	base = lvn_base_new(NULL, NULL);
	ck_assert_ptr_nonnull(base);
}

static void
note_self(struct event_callback *callback, void *letter)
{
	ck_assert_ptr_nonnull(callback);
	strcat(trace, letter);
}

static void
note_event(evutil_socket_t fd, short what, void *letter)
{
	(void)fd;
	(void)what;
	strcat(trace, letter);
}

static void
note_post(void *letter)
{
	strcat(trace, letter);
}

static char a[] = "a", b[] = "b", c[] = "c";

START_TEST(a_callback_runs_once_however_often_it_is_activated)
{
	struct event_callback callback;

	set_up();
	lvn_callback_init(&callback, note_self, a, 0);
	ck_assert(lvn_callback_activate_locked(base, &callback));
	ck_assert(!lvn_callback_activate_locked(base, &callback));
	ck_assert(!lvn_callback_activate_later_locked(base, &callback));
	ck_assert_int_eq(base->counts.active, 1);

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(trace, "a");
	ck_assert_int_eq(base->counts.active, 0);
	event_base_free(base);
}
END_TEST

START_TEST(a_callback_for_later_may_be_wanted_sooner)
{
	struct event_callback later, sooner;

	set_up();
	lvn_callback_init(&later, note_self, a, 0);
	lvn_callback_init(&sooner, note_self, b, 0);
	ck_assert(lvn_callback_activate_later_locked(base, &later));
	ck_assert(lvn_callback_activate_later_locked(base, &sooner));
	ck_assert_int_eq(base->counts.active, 2);
	ck_assert(lvn_callback_activate_locked(base, &sooner));
	ck_assert_int_eq(base->counts.active, 2);

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(trace, "ba");
	event_base_free(base);
}
END_TEST

START_TEST(a_cancelled_callback_does_not_run)
{
	struct event_callback first, second;

	set_up();
	lvn_callback_init(&first, note_self, a, 0);
	lvn_callback_init(&second, note_self, b, 0);
	lvn_callback_cancel_locked(base, &first);
	lvn_callback_activate_locked(base, &first);
	lvn_callback_activate_later_locked(base, &second);
	lvn_callback_cancel_locked(base, &first);
	lvn_callback_cancel_locked(base, &second);
	ck_assert_int_eq(base->counts.active, 0);

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_str_eq(trace, "");
	event_base_free(base);
}
END_TEST

START_TEST(an_event_for_later_takes_more_bits_and_runs_now)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, -1, 0, note_event, a);
	lvn_callback_activate_later_locked(base, &ev.ev_evcallback);
	ev.ev_res = EV_READ;
	lvn_callback_activate_event_locked(base, &ev, EV_WRITE, 1);

	ck_assert_int_eq(ev.ev_res, EV_READ | EV_WRITE);
	ck_assert_int_eq(base->counts.active, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_str_eq(trace, "a");
	event_base_free(base);
}
END_TEST

START_TEST(a_finalizing_event_is_not_activated)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, -1, 0, note_event, a);
	*lvn_event_flags(&ev) |= EVLIST_FINALIZING;

	lvn_callback_activate_event_locked(base, &ev, EV_READ, 1);

	ck_assert(!lvn_callback_activate_locked(base, &ev.ev_evcallback));
	ck_assert(!lvn_callback_activate_later_locked(base, &ev.ev_evcallback));
	ck_assert_int_eq(base->counts.active, 0);
	event_base_free(base);
}
END_TEST

START_TEST(a_signal_that_came_more_often_than_a_short_holds_is_cut)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, note_event, a);
	event_add(&ev, NULL);

	lvn_callback_activate_signal_locked(base, SIGUSR1, 1000000);

	ck_assert_int_eq(ev.ev_.ev_signal.ev_ncalls, 32767);
	event_del(&ev);
	event_base_free(base);
}
END_TEST

static void
push_post(char *letter)
{
	struct post *post = lvn_calloc(1, sizeof(*post));

	post->fn = note_post;
	post->arg = letter;
	lvn_inbox_push_post(&base->inbox, post);
}

START_TEST(posts_made_while_callbacks_run_come_after_those_made_before)
{
	set_up();
	push_post(a);
	/* As if a callback ran: what comes now waits for the next turn. */
	base->current.priority = 0;
	lvn_callback_collect_inbox_locked(base);
	base->current.priority = -1;
	ck_assert_ptr_nonnull(base->active.later.first);
	push_post(b);
	lvn_callback_collect_inbox_locked(base);
	push_post(c);

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(trace, "abc");
	event_base_free(base);
}
END_TEST

START_TEST(dropped_posts_are_freed_and_others_stay)
{
	struct event_callback callback;

	set_up();
	lvn_callback_init(&callback, note_self, a, 0);
	lvn_callback_activate_locked(base, &callback);
	push_post(b);
	lvn_callback_collect_inbox_locked(base);
	base->current.priority = 0;
	push_post(c);
	lvn_callback_collect_inbox_locked(base);
	base->current.priority = -1;
	push_post(b);

	lvn_callback_drop_posts_locked(base);

	ck_assert_int_eq(base->counts.active, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_str_eq(trace, "a");
	event_base_free(base);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("loop/callback");
	TCase *group = tcase_create("callback");

	tcase_add_test(group, a_callback_runs_once_however_often_it_is_activated);
	tcase_add_test(group, a_callback_for_later_may_be_wanted_sooner);
	tcase_add_test(group, a_cancelled_callback_does_not_run);
	tcase_add_test(group, an_event_for_later_takes_more_bits_and_runs_now);
	tcase_add_test(group, a_finalizing_event_is_not_activated);
	tcase_add_test(group, a_signal_that_came_more_often_than_a_short_holds_is_cut);
	tcase_add_test(group, posts_made_while_callbacks_run_come_after_those_made_before);
	tcase_add_test(group, dropped_posts_are_freed_and_others_stay);
	suite_add_tcase(suite, group);
	return suite;
}
