/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System calls that are missing or fail, each of which has stopped a libevent program: the
 * loop goes on.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/deny.h"
#include "support/loop_case.h"

static struct seen seen;

/* ---- System calls that are missing or fail ---- */

static void
precise_loop_without(long number, int error, unsigned flags)
{
	struct event_config *config = event_config_new();
	struct event_base *precise;
	struct timeval before, after;

	if (!deny_system_call(number, error)) {
		event_config_free(config);
		return;
	}
	event_config_avoid_method(config, "poll");
	event_config_avoid_method(config, "select");
	event_config_set_flag(config, (int)(EVENT_BASE_FLAG_PRECISE_TIMER | flags));
	precise = event_base_new_with_config(config);
	event_config_free(config);
	ck_assert_ptr_nonnull(precise);
	event_gettime_monotonic(precise, &before);
	event_base_once(precise, -1, EV_TIMEOUT, see, &seen, MS(3));

	ck_assert_int_eq(event_base_dispatch(precise), 1);

	event_gettime_monotonic(precise, &after);
	ck_assert_int_eq(seen.calls, 1);
	evutil_timersub(&after, &before, &after);
	ck_assert(after.tv_sec > 0 || after.tv_usec >= 3000);
	event_base_free(precise);
}

#ifdef SYS_epoll_pwait2
TEST_RANGE(loop__epoll_pwait2_is_not_available, 0, LVN_HAVE_EPOLL ? 4 : 0)
{
	static const int errors[] = {ENOSYS, EPERM};

	precise_loop_without(
	    SYS_epoll_pwait2, errors[_i / 2], _i % 2 ? EVENT_BASE_FLAG_EPOLL_DISALLOW_TIMERFD : 0);
}

static void
deny_pwait2(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	deny_system_call(SYS_epoll_pwait2, EPERM);
}

TEST(loop__epoll_pwait2_is_denied_later)
{
	struct event_config *config = event_config_new();
	struct event_base *precise;

	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	precise = event_base_new_with_config(config);
	event_config_free(config);
	event_base_once(precise, -1, EV_TIMEOUT, deny_pwait2, NULL, MS(1));
	event_base_once(precise, -1, EV_TIMEOUT, see, &seen, MS(3));

	ck_assert_int_eq(event_base_dispatch(precise), 1);

	ck_assert_int_eq(seen.calls, 1);
	event_base_free(precise);
}
#endif

#ifdef SYS_epoll_create1
TEST(event_base_new__takes_poll_where_epoll_is_denied)
{
	struct event_base *other;

	if (!deny_system_call(SYS_epoll_create1, ENOSYS))
		return;
	other = event_base_new();

	ck_assert_ptr_nonnull(other);
	ck_assert_str_eq(event_base_get_method(other), "poll");
	event_base_free(other);
}

static void
refuse_to_end(int code)
{
	ck_abort_msg("the process was to end with %d", code);
}

TEST_IF(LVN_HAVE_EPOLL, loop__failing_wait_returns_an_error)
{
	struct event_base *other;
	char line[100];

	keep_log();
	event_set_fatal_callback(refuse_to_end);
	other = event_base_new();
	event_base_once(other, -1, EV_TIMEOUT, see, &seen, MS(100000));
#ifdef SYS_epoll_wait
	if (!deny_system_call(SYS_epoll_wait, EIO) || !deny_system_call(SYS_epoll_pwait, EIO))
#else
	if (!deny_system_call(SYS_epoll_pwait, EIO))
#endif
	{
		event_base_free(other);
		return;
	}

	ck_assert_int_eq(event_base_dispatch(other), -1);
	ck_assert_int_eq(event_base_dispatch(other), -1);

	snprintf(line, sizeof(line), "event_base_loop: epoll: %s", strerror(EIO));
	ck_assert(was_logged(line));
	event_base_free(other);
}

TEST_IF(LVN_HAVE_EPOLL, loop__failing_epoll_ctl_activates_the_event)
{
	struct event *reader, *writer;

	keep_log();
	event_set_fatal_callback(refuse_to_end);
	backend = backend_under_test(0);
	base = base_on(backend);
	open_pair(backend, ends);
	reader = added(ends[0], EV_READ, see, &seen);
	if (!deny_system_call(SYS_epoll_ctl, ENOMEM)) {
		event_free(reader);
		tear_down();
		return;
	}

	/* The change is made when the loop waits: what was wanted is called to meet the error. */
	writer = event_new(base, ends[0], EV_WRITE, see, &seen);
	ck_assert_int_eq(event_add(writer, NULL), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 2);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY), 0);
	ck_assert_int_eq(event_add(writer, NULL), -1);
	ck_assert_int_eq(errno, ENOMEM);
	event_free(writer);
	event_free(reader);
	tear_down();
}
#endif

TEST_IF(LVN_HAVE_EPOLL, loop__event_refused_for_lack_of_memory_is_tried_again)
{
	struct event *reader, *writer;
	int turns;

	keep_log();
	backend = backend_under_test(0);
	base = base_on(backend);
	open_pair(backend, ends);
	fill(ends[0]);
	reader = added(ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	turn(base);
	/* Once: the kernel lets go of the descriptor, and then has no room for it. */
	if (!deny_system_call_with(SYS_epoll_ctl, 1, EPOLL_CTL_MOD, ENOMEM)) {
		event_free(reader);
		tear_down();
		return;
	}
	writer = added(ends[0], EV_WRITE | EV_PERSIST, see, &seen);

	turns = turns_in(120);

	/* One report of the refusal for each, then attempts now and then. */
	ck_assert_int_eq(seen.calls, 2);
	ck_assert_int_le(turns, 12 + MOST_TURNS_OF_A_SLEEP);
	put(ends[1], "x");
	ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(seen.calls, 3);
	event_free(writer);
	event_free(reader);
	tear_down();
}

static void *
run_loop(void *arg)
{
	event_base_dispatch(arg);
	return NULL;
}

TEST_ON_BACKENDS(event_active__wakes_a_base_without_a_wakeup_descriptor)
{
	pthread_t loop;
	struct event *idle;

	set_up(_i);
	if (!backend->threads || !deny_system_call(SYS_eventfd2, EMFILE) ||
	    !deny_system_call(SYS_pipe2, EMFILE)) {
		tear_down();
		return;
	}
#ifdef SYS_pipe
	/* What musl's eventfd and pipe2 fall back to. */
	ck_assert(deny_system_call(SYS_eventfd, EMFILE) && deny_system_call(SYS_pipe, EMFILE));
#endif
	ck_assert_int_eq(evthread_make_base_notifiable(base), -1);
	idle = added(ends[0], EV_READ, break_loop, base);
	ck_assert_int_eq(pthread_create(&loop, NULL, run_loop, base), 0);

	event_base_loopbreak(base);
	event_base_loopexit(base, NULL);
	pthread_join(loop, NULL);

	event_free(idle);
	tear_down();
}
