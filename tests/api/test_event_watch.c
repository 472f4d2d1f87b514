/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prepare and check watchers.
 */
#include <event2/event.h>
#include <event2/watch.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static struct seen seen;

static void
set_up(int i)
{
	backend = backend_under_test(i);
	base = base_on(backend);
}

static void
spell_prepare(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *text)
{
	ck_assert_ptr_nonnull(watch);
	ck_assert_ptr_nonnull(info);
	spell_text(text);
}

static void
spell_check(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *text)
{
	ck_assert_ptr_nonnull(watch);
	ck_assert_ptr_nonnull(info);
	spell_text(text);
}

TEST_EVERYWHERE(evwatch__turn_is_prepare_then_check_then_callbacks)
{
	struct evwatch *watches[4];

	set_up(_i);
	watches[0] = evwatch_check_new(base, spell_check, word("c"));
	watches[1] = evwatch_prepare_new(base, spell_prepare, word("p"));
	watches[2] = evwatch_check_new(base, spell_check, word("d"));
	watches[3] = evwatch_prepare_new(base, spell_prepare, word("q"));
	event_base_once(base, -1, EV_TIMEOUT, spell, word("e"), NULL);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "pqcde");
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_eq(evwatch_base(watches[i]), base);
		evwatch_free(watches[i]);
	}
	event_base_free(base);
}

TEST_EVERYWHERE(evwatch__watchers_do_not_keep_a_loop_alive)
{
	set_up(_i);
	evwatch_prepare_new(base, spell_prepare, word("p"));
	evwatch_check_new(base, spell_check, word("c"));

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_str_eq(spelled(), "");
	event_base_free(base);
	evwatch_free(NULL);
}

static void
note_timeout(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *ms)
{
	struct timeval tv = {0, 0};

	(void)watch;
	*(int *)ms = evwatch_prepare_get_timeout(info, &tv)
			 ? (int)(tv.tv_sec * 1000 + tv.tv_usec / 1000)
			 : -1;
}

TEST_EVERYWHERE(evwatch__prepare_watcher_learns_how_long_the_wait_will_be)
{
	struct evwatch *watch;
	struct event *timer, *user;
	int ms = -2;

	set_up(_i);
	watch = evwatch_prepare_new(base, note_timeout, &ms);
	timer = event_new(base, -1, 0, see, &seen);
	event_add(timer, MS(20));
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_ge(ms, 0);
	ck_assert_int_le(ms, 20);

	user = event_new(base, -1, 0, see, &seen);
	event_active(user, 0, 0);
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq(ms, 0);

	event_free(user);
	event_free(timer);
	evwatch_free(watch);
	event_base_free(base);
}

static void
raise_user_event(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *ev)
{
	struct timeval tv;

	(void)info;
	if (evwatch_prepare_get_timeout(info, &tv) == 0)
		spell_text("f");
	event_active(ev, EV_READ, 1);
	evwatch_free(watch);
}

TEST_EVERYWHERE(evwatch__wait_without_a_timeout_returns_0)
{
	struct event *user, *reader;
	evutil_socket_t ends[2];

	set_up(_i);
	open_pair(backend, ends);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, NULL);
	user = event_new(base, -1, 0, break_loop, base);
	evwatch_prepare_new(base, raise_user_event, user);

	event_base_dispatch(base);

	ck_assert_str_eq(spelled(), "f");
	event_free(user);
	event_free(reader);
	event_base_free(base);
	close_pair(ends);
}

static void
add_timer(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *timer)
{
	(void)watch;
	(void)info;
	event_add(timer, MS(1));
}

static void
stop_by_break(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	event_base_loopbreak(arg);
}

static void
stop_by_exit(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	event_base_loopexit(arg, NULL);
}

static void
break_after_wait(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	event_base_loopbreak(arg);
}

TEST_EVERYWHERE(evwatch__timer_added_before_the_wait_counts)
{
	struct evwatch *watch;
	struct event *timer, *reader;
	evutil_socket_t ends[2];

	set_up(_i);
	open_pair(backend, ends);
	reader = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(reader, NULL);
	timer = event_new(base, -1, 0, break_loop, base);
	watch = evwatch_prepare_new(base, add_timer, timer);

	ck_assert_int_eq(event_base_dispatch(base), 0);

	ck_assert(event_base_got_break(base));
	evwatch_free(watch);
	event_free(timer);
	event_free(reader);
	event_base_free(base);
	close_pair(ends);
}

TEST_EVERYWHERE(evwatch__watcher_may_stop_the_loop)
{
	struct evwatch *watch;
	struct event *reader;
	evutil_socket_t ends[2];

	set_up(_i);
	open_pair(backend, ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);
	event_add(reader, NULL);

	watch = evwatch_prepare_new(base, stop_by_break, base);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(event_base_got_break(base));
	evwatch_free(watch);

	watch = evwatch_prepare_new(base, stop_by_exit, base);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert(event_base_got_exit(base));
	evwatch_free(watch);

	event_free(reader);
	event_base_free(base);
	close_pair(ends);
}

TEST_EVERYWHERE(evwatch__break_by_a_watcher_leaves_active_callbacks_for_the_next_run)
{
	struct evwatch *watch;
	struct event *user;

	set_up(_i);
	user = event_new(base, -1, 0, see, &seen);
	for (int prepare = 0; prepare < 2; prepare++) {
		seen.calls = 0;
		event_active(user, 0, 0);
		watch = prepare ? evwatch_prepare_new(base, stop_by_break, base)
				: evwatch_check_new(base, break_after_wait, base);
		ck_assert_int_eq(event_base_dispatch(base), 0);
		ck_assert(event_base_got_break(base));
		ck_assert_int_eq(seen.calls, 0);

		evwatch_free(watch);
		ck_assert_int_eq(event_base_dispatch(base), 1);
		ck_assert_int_eq(seen.calls, 1);
	}
	event_free(user);
	event_base_free(base);
}

static struct evwatch *victims[3];

static void
free_victims(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	(void)arg;
	for (int i = 0; i < 3; i++) {
		evwatch_free(victims[i]);
		victims[i] = NULL;
	}
	spell_text("k");
}

TEST_EVERYWHERE(evwatch__watcher_may_free_the_ones_before_and_after_it)
{
	struct event *idle;

	set_up(_i);
	idle = keep_alive(base);
	victims[0] = evwatch_prepare_new(base, spell_prepare, word("a"));
	evwatch_prepare_new(base, free_victims, NULL);
	victims[1] = evwatch_prepare_new(base, spell_prepare, word("b"));
	victims[2] = evwatch_prepare_new(base, spell_prepare, word("c"));
	evwatch_prepare_new(base, spell_prepare, word("d"));

	turn(base);
	turn(base);

	ck_assert_str_eq(spelled(), "akdkd");
	event_free(idle);
	event_base_free(base);
}

static void
make_another(struct evwatch *watch, const struct evwatch_prepare_cb_info *info, void *arg)
{
	(void)watch;
	(void)info;
	spell_text("m");
	evwatch_prepare_new(arg, spell_prepare, word("p"));
	evwatch_check_new(arg, spell_check, word("c"));
}

TEST_EVERYWHERE(evwatch__new_watcher_begins_with_its_next_turn)
{
	struct event *idle;
	struct evwatch *maker;

	set_up(_i);
	idle = keep_alive(base);
	maker = evwatch_prepare_new(base, make_another, base);

	turn(base);
	ck_assert_str_eq(spelled(), "mc");
	evwatch_free(maker);
	turn(base);
	ck_assert_str_eq(spelled(), "pc");
	event_free(idle);
	event_base_free(base);
}
