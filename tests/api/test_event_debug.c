/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Debug mode: events used in a way that cannot be right.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* Declared by no header, but programs may declare it. */
void event_disable_debug_mode(void);

static struct event_base *base;
static struct seen seen;

static void
set_up(void)
{
	event_enable_debug_mode();
	base = event_base_new();
	keep_log();
}

static void
expect_warning(const char *text)
{
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 1);
	ck_assert_msg(was_logged(text), "no warning says \"%s\"", text);
	keep_log();
}

TEST(debug_mode__event_that_was_never_set_up_is_refused)
{
	struct event ev;

	set_up();
	memset(&ev, 0, sizeof(ev));
	ev.ev_base = base;

	ck_assert_int_eq(event_add(&ev, NULL), -1);
	expect_warning("event_add: event ");
	ck_assert_int_eq(event_del(&ev), -1);
	expect_warning("event_del: event ");
	ck_assert_int_eq(event_remove_timer(&ev), -1);
	expect_warning("event_remove_timer: event ");
	ck_assert_int_eq(event_finalize(0, &ev, NULL), -1);
	expect_warning("event_finalize: event ");
	event_active(&ev, EV_READ, 1);
	expect_warning("event_active: event ");
	ck_assert_int_eq(event_pending(&ev, EV_READ, NULL), 0);
	expect_warning("event_pending: event ");
	ck_assert_int_eq(event_priority_set(&ev, 0), -1);
	expect_warning("event_priority_set: event ");
	event_free(&ev);
	expect_warning("event_free: event ");
	ck_assert_int_eq(event_base_loop(base, 0), 1);
	event_base_free(base);
}

TEST(debug_mode__asking_an_event_that_was_never_set_up_is_refused)
{
	struct event ev;
	int untouched = 1;
	void *arg = &untouched;

	set_up();
	memset(&ev, 0, sizeof(ev));

	ck_assert_int_eq(event_get_fd(&ev), -1);
	expect_warning("event_get_fd: event ");
	ck_assert_ptr_null(event_get_base(&ev));
	expect_warning("event_get_base: event ");
	ck_assert_int_eq(event_get_events(&ev), 0);
	expect_warning("event_get_events: event ");
	ck_assert(event_get_callback(&ev) == NULL);
	expect_warning("event_get_callback: event ");
	ck_assert_ptr_null(event_get_callback_arg(&ev));
	expect_warning("event_get_callback_arg: event ");
	ck_assert_int_eq(event_get_priority(&ev), -1);
	expect_warning("event_get_priority: event ");
	event_get_assignment(&ev, NULL, NULL, NULL, NULL, &arg);
	expect_warning("event_get_assignment: event ");
	ck_assert_ptr_eq(arg, &untouched);
	event_base_free(base);
}

TEST(debug_mode__copy_of_an_event_is_no_event)
{
	struct event ev, copy;

	set_up();
	event_assign(&ev, base, -1, 0, see, &seen);
	copy = ev;

	ck_assert_int_eq(event_add(&copy, NULL), -1);
	expect_warning("was not set up, or is freed");
	ck_assert_int_eq(event_base_set(base, &copy), -1);
	expect_warning("event_base_set: event ");
	ck_assert_int_eq(event_add(&ev, NULL), 0);
	event_debug_unassign(&ev);
	event_base_free(base);
}

TEST(debug_mode__event_is_not_set_up_again_while_it_is_added)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, -1, 0, see, &seen);
	ck_assert_int_eq(event_assign(&ev, base, -1, 0, see, &seen), 0);
	event_add(&ev, MS(1000000));

	ck_assert_int_eq(event_assign(&ev, base, -1, 0, see, &seen), -1);
	expect_warning("event_assign: event ");
	event_debug_unassign(&ev);
	expect_warning("event_debug_unassign: event ");
	ck_assert_int_eq(event_pending(&ev, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_del(&ev);
	event_debug_unassign(&ev);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
	ck_assert_int_eq(event_add(&ev, NULL), -1);
	event_base_free(base);
}

TEST(debug_mode__edges_and_levels_do_not_mix)
{
	evutil_socket_t ends[2];
	struct event *edge, *level;

	set_up();
	evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	edge = event_new(base, ends[0], EV_READ | EV_ET, see, &seen);
	level = event_new(base, ends[0], EV_READ, see, &seen);
	event_add(edge, NULL);

	ck_assert_int_eq(event_add(level, NULL), -1);

	expect_warning("Tried to mix edge-triggered and non-edge-triggered events on fd");
	event_free(edge);
	ck_assert_int_eq(event_add(level, NULL), 0);
	event_free(level);
	event_base_free(base);
	evutil_closesocket(ends[0]);
	evutil_closesocket(ends[1]);
}

TEST(debug_mode__base_is_not_used_in_a_child_before_reinit)
{
	struct event *ev;
	pid_t child;
	int status;

	set_up();
	ev = event_new(base, -1, 0, see, &seen);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		bool refused = event_add(ev, MS(1)) == -1 && event_base_loop(base, 0) == -1 &&
			       logged_count(EVENT_LOG_WARN) == 2 &&
			       was_logged("the process has forked: call event_reinit first");

		_exit(refused && event_reinit(base) == 0 && event_add(ev, MS(1)) == 0 &&
			      event_base_loop(base, 0) == 1
			  ? 0
			  : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	event_free(ev);
	event_base_free(base);
}

TEST(debug_mode__comes_first_and_once)
{
	keep_log();
	event_enable_debug_mode();
	event_enable_debug_mode();
	expect_warning("event_enable_debug_mode was called twice!");

	event_disable_debug_mode();
	event_base_free(event_base_new());
	event_enable_debug_mode();
	expect_warning("event_enable_debug_mode must be called *before* creating any events or "
		       "event_bases");
}

TEST(debug_mode__process_may_end_its_use_of_the_library)
{
	set_up();
	event_free(event_new(base, -1, 0, see, &seen));
	event_base_free(base);

	libevent_global_shutdown();

	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 0);
}

TEST(debug_mode__thousands_of_events_are_remembered)
{
	enum { COUNT = 5000 };
	static struct event events[COUNT];

	set_up();
	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(event_assign(&events[i], base, -1, 0, see, &seen), 0);
	for (int i = 0; i < COUNT; i += 2)
		event_debug_unassign(&events[i]);

	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(event_add(&events[i], MS(1000000)), i % 2 ? 0 : -1);
	event_base_free(base);
}

static size_t largest;

static void *
note_size(size_t size)
{
	if (size > largest)
		largest = size;
	return malloc(size);
}

TEST(debug_mode__needs_memory_for_the_events_there_are)
{
	event_set_mem_functions(note_size, realloc, free);
	set_up();
	for (int i = 0; i < 200000; i++)
		event_free(event_new(base, -1, 0, see, &seen));

	ck_assert_uint_lt(largest, 65536);
	event_base_free(base);
}

static bool no_memory;

static void *
alloc_or_not(size_t size)
{
	return no_memory ? NULL : malloc(size);
}

TEST(debug_mode__without_memory_debug_mode_trusts_the_program)
{
	enum { COUNT = 200 };
	static struct event events[COUNT];
	struct event unknown;

	event_set_mem_functions(alloc_or_not, realloc, free);
	set_up();
	event_assign(&unknown, base, -1, 0, see, &seen);
	event_debug_unassign(&unknown);
	no_memory = true;
	for (int i = 0; i < COUNT; i++)
		event_assign(&events[i], base, -1, 0, see, &seen);

	for (int i = 0; i < COUNT; i++)
		ck_assert_int_eq(event_del(&events[i]), 0);
	ck_assert_int_eq(event_del(&unknown), 0);
	no_memory = false;
	event_base_free(base);
}
