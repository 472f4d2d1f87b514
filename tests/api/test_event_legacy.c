/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The calls of libevent 1.x, which work on the base that event_init made last.
 */
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <signal.h>
#include <sys/socket.h>

#include "support/loop_kit.h"
#include "support/suite.h"

static struct seen seen;

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	see(fd, what, arg);
	ck_assert_int_eq(event_loopbreak(), 0);
}

TEST(event_compat__base_of_event_init_is_everybodys)
{
	struct event_base *base = event_init();
	struct event ev;

	ck_assert_ptr_nonnull(base);
	ck_assert_str_eq(event_get_method(), event_base_get_method(base));
	evtimer_set(&ev, see, &seen);
	ck_assert_ptr_eq(event_get_base(&ev), base);
	evtimer_add(&ev, MS(1));

	ck_assert_int_eq(event_dispatch(), 1);

	ck_assert_int_eq(seen.calls, 1);
	event_base_free(base);
}

TEST(event_compat__descriptors_signals_and_timers_work_as_ever)
{
	struct event_base *base = event_init();
	struct event reader, timer, on_signal;
	evutil_socket_t ends[2];

	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	event_set(&reader, ends[0], EV_READ, see, &seen);
	timeout_set(&timer, see, &seen);
	signal_set(&on_signal, SIGUSR1, stop, &seen);
	event_add(&reader, NULL);
	timeout_add(&timer, MS(0));
	signal_add(&on_signal, NULL);
	ck_assert(timeout_pending(&timer, NULL));
	ck_assert(signal_pending(&on_signal, NULL));
	ck_assert(timeout_initialized(&timer) && signal_initialized(&on_signal));
	ck_assert_int_eq(EVENT_FD(&reader), ends[0]);
	ck_assert_int_eq(EVENT_SIGNAL(&on_signal), SIGUSR1);
	put(ends[1], "x");
	raise(SIGUSR1);

	ck_assert_int_eq(event_loop(0), 0);

	ck_assert_int_eq(seen.calls, 3);
	ck_assert_int_eq(event_loop(EVLOOP_NONBLOCK), 0);
	timeout_del(&timer);
	signal_del(&on_signal);
	event_base_free(base);
	close_pair(ends);
}

TEST(event_compat__once_exit_and_priorities_work_as_ever)
{
	struct event_base *base = event_init();
	struct event ev;

	ck_assert_int_eq(event_priority_init(5), 0);
	ck_assert_int_eq(event_base_get_npriorities(base), 5);
	ck_assert_int_eq(event_base_get_npriorities(NULL), 5);
	evtimer_set(&ev, see, &seen);
	ck_assert_int_eq(event_get_priority(&ev), 2);
	ck_assert_int_eq(event_once(-1, EV_TIMEOUT, see, &seen, MS(0)), 0);
	evtimer_add(&ev, MS(1000000));
	ck_assert_int_eq(event_loopexit(MS(1)), 0);

	ck_assert_int_eq(event_dispatch(), 0);

	ck_assert_int_eq(seen.calls, 1);
	ck_assert(event_base_got_exit(base));
	event_base_free(base);
}

TEST(event_compat__event_from_before_event_init_has_no_base)
{
	struct event_base *base;
	struct event ev;

	keep_log();
	event_set(&ev, -1, 0, see, &seen);
	ck_assert_int_eq(event_add(&ev, MS(1)), -1);
	ck_assert(was_logged("event_add: event has no event_base set."));

	base = event_init();
	ck_assert_int_eq(event_base_set(base, &ev), 0);
	ck_assert_int_eq(event_add(&ev, MS(1)), 0);
	ck_assert_int_eq(event_base_set(base, &ev), -1);
	ck_assert_int_eq(event_dispatch(), 1);
	ck_assert_int_eq(seen.calls, 1);
	event_base_free(base);
}

TEST(event_compat__without_event_init_there_is_nothing_to_run)
{
	keep_log();
	ck_assert_int_eq(event_dispatch(), -1);
	ck_assert_int_eq(event_loop(EVLOOP_ONCE), -1);
	ck_assert_int_eq(event_loopexit(NULL), -1);
	ck_assert_int_eq(event_loopbreak(), -1);
	ck_assert_int_eq(event_once(-1, EV_TIMEOUT, see, &seen, NULL), -1);
	ck_assert_int_eq(event_priority_init(3), -1);
	ck_assert_ptr_null(event_get_method());
}

TEST(event_compat__base_that_was_made_last_counts)
{
	struct event_base *first = event_init();
	struct event_base *second = event_init();
	struct event ev;

	evtimer_set(&ev, see, &seen);
	ck_assert_ptr_eq(event_get_base(&ev), second);
	event_base_free(first);
	evtimer_set(&ev, see, &seen);
	ck_assert_ptr_eq(event_get_base(&ev), second);

	event_base_free(NULL);
	evtimer_set(&ev, see, &seen);
	ck_assert_ptr_null(event_get_base(&ev));
}

TEST(event_compat__clocks_are_those_of_the_current_base)
{
	struct event_base *base = event_init();
	struct timeval tv;

	ck_assert_int_eq(event_base_gettimeofday_cached(NULL, &tv), 0);
	ck_assert_int_gt(tv.tv_sec, 1000000000);
	ck_assert_int_eq(event_base_update_cache_time(NULL), 0);
	event_base_free(base);
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(event_compat__event_init_without_memory_says_so)
{
	keep_log();
	event_set_mem_functions(no_memory, NULL, NULL);

	ck_assert_ptr_null(event_init());

	ck_assert(was_logged("event_init: Unable to construct event_base"));
}
