/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most cases of the loop begin and end with: a base in the configuration under test and two
 * connected sockets.  For one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_LOOP_CASE_H
#define LEVIN_TESTS_SUPPORT_LOOP_CASE_H

#include <event2/event.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

static const struct backend_under_test *backend;
static struct event_base *base;
static evutil_socket_t ends[2];

static inline void
set_up(int i)
{
	backend = backend_under_test(i);
	base = base_on(backend);
	open_pair(backend, ends);
}

static inline void
tear_down(void)
{
	event_base_free(base);
	close_pair(ends);
}

static inline struct event *
added(evutil_socket_t fd, short events, event_callback_fn callback, void *arg)
{
	struct event *ev = event_new(base, fd, events, callback, arg);

	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(event_add(ev, NULL), 0);
	return ev;
}

/* Runs the loop for so long.  Returns how many turns it took. */
static inline int
turns_in(int ms)
{
	struct event *stop = event_new(base, -1, 0, break_loop, base);
	struct evwatch *watch;
	int turns;

	event_add(stop, MS(ms));
	watch = count_turns(base, &turns);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	evwatch_free(watch);
	event_free(stop);
	return turns;
}

#endif
