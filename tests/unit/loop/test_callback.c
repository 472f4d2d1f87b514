/* SPDX-License-Identifier: BSD-3-Clause */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <string.h>

#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/signals/signal_delivery.h"
#include "support/suite.h"

static struct event_base *base;
static char trace[64];

static void
set_up(void)
{
	base = lvn_base_new(NULL, NULL, NULL);
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

TEST(callback__callback_runs_once_however_often_it_is_activated)
{
	struct event_callback callback;

	set_up();
	lvn_callback_init(&callback, note_self, a, 0);
	ck_assert(lvn_callback_activate_locked(base, &callback));
	ck_assert(!lvn_callback_activate_locked(base, &callback));
	ck_assert(!lvn_callback_activate_later_locked(base, &callback));
	ck_assert_int_eq(base->statistics.active, 1);

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(trace, "a");
	ck_assert_int_eq(base->statistics.active, 0);
	event_base_free(base);
}

TEST(callback__callback_for_later_may_be_wanted_sooner)
{
	struct event_callback later, sooner;

	set_up();
	lvn_callback_init(&later, note_self, a, 0);
	lvn_callback_init(&sooner, note_self, b, 0);
	ck_assert(lvn_callback_activate_later_locked(base, &later));
	ck_assert(lvn_callback_activate_later_locked(base, &sooner));
	ck_assert_int_eq(base->statistics.active, 2);
	ck_assert(lvn_callback_activate_locked(base, &sooner));
	ck_assert_int_eq(base->statistics.active, 2);

	event_base_loop(base, EVLOOP_NONBLOCK);

	ck_assert_str_eq(trace, "ba");
	event_base_free(base);
}

TEST(callback__cancelled_callback_does_not_run)
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
	ck_assert_int_eq(base->statistics.active, 0);

	ck_assert_int_eq(event_base_loop(base, 0), 1);

	ck_assert_str_eq(trace, "");
	event_base_free(base);
}

TEST(callback__finalizing_event_is_not_activated)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, -1, 0, note_event, a);
	*lvn_event_flags(&ev) |= EVLIST_FINALIZING;

	lvn_callback_activate_event_locked(base, &ev, EV_READ, 1);

	ck_assert(!lvn_callback_activate_locked(base, &ev.ev_evcallback));
	ck_assert(!lvn_callback_activate_later_locked(base, &ev.ev_evcallback));
	ck_assert_int_eq(base->statistics.active, 0);
	event_base_free(base);
}

TEST(callback__signal_that_came_more_often_than_a_short_holds_is_cut)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, note_event, a);
	event_add(&ev, NULL);

	lvn_signal_delivery_report_locked(base, SIGUSR1, 1000000);

	ck_assert_int_eq(ev.ev_.ev_signal.ev_ncalls, 32767);
	event_del(&ev);
	event_base_free(base);
}

static void
push_post(char *letter)
{
	struct post *post = lvn_calloc(1, sizeof(*post));

	post->fn = note_post;
	post->arg = letter;
	lvn_inbox_push_post(&base->inbox, post);
}

TEST(callback__posts_made_while_callbacks_run_come_after_those_made_before)
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

TEST(callback__dropped_posts_are_freed_and_others_stay)
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

	ck_assert_int_eq(base->statistics.active, 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_str_eq(trace, "a");
	event_base_free(base);
}
