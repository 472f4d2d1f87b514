/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/signals/signal_delivery.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "support/suite.h"

static struct event_base *base;

static void
set_up(void)
{
	base = event_base_new();
	lvn_base_enter(base);
}

static void
tear_down(void)
{
	lvn_base_leave(base);
	event_base_free(base);
}

static void
do_nothing(evutil_socket_t signo, short what, void *arg)
{
	(void)signo;
	(void)what;
	(void)arg;
}

static struct event *
added(int signo)
{
	struct event *ev = evsignal_new(base, signo, do_nothing, NULL);

	ck_assert_int_eq(lvn_signal_delivery_add_locked(base, ev), 0);
	return ev;
}

static void
remove_and_free(struct event *ev)
{
	lvn_signal_delivery_del_locked(base, ev);
	event_free(ev);
}

static int
note_visit(struct event *ev, void *trace)
{
	snprintf((char *)trace + strlen(trace), 24, "%d:%p ", ev->ev_fd, (void *)ev);
	return ev->ev_fd == SIGALRM ? 5 : 0;
}

static bool
fails(void *context)
{
	(void)context;
	return true;
}

TEST_FIXTURE(set_up, tear_down);

TEST(signal_delivery_add__without_memory)
{
	struct event *ev = evsignal_new(base, SIGUSR1, do_nothing, NULL);

	ck_assert_int_eq(lvn_signal_delivery_each_locked(base, note_visit, NULL), 0);
	lvn_memory_set_fault(fails, NULL);
	ck_assert_int_eq(lvn_signal_delivery_add_locked(base, ev), -ENOMEM);
	lvn_memory_set_fault(NULL, NULL);
	event_free(ev);
}

TEST(signal_delivery_add__what_is_no_signal)
{
	struct event *below = evsignal_new(base, -1, do_nothing, NULL);
	struct event *above = evsignal_new(base, NSIG, do_nothing, NULL);

	ck_assert_int_eq(lvn_signal_delivery_add_locked(base, below), -EBADF);
	ck_assert_int_eq(lvn_signal_delivery_add_locked(base, above), -EINVAL);
	lvn_signal_delivery_report_locked(base, -1, 1);
	lvn_signal_delivery_report_locked(base, NSIG, 1);

	ck_assert_int_eq(base->statistics.active, 0);
	event_free(below);
	event_free(above);
}

TEST(signal_delivery_each__by_signal_then_newest_first)
{
	struct event *user[] = {added(SIGUSR1), added(SIGUSR1), added(SIGUSR1)};
	struct event *hang_up = added(SIGHUP);
	struct event *alarmed = added(SIGALRM);
	struct event *last = added(SIGCHLD);
	char trace[200] = "", expected[200];

	remove_and_free(user[1]);
	ck_assert_int_eq(lvn_signal_delivery_each_locked(base, note_visit, trace), 5);

	snprintf(expected, sizeof(expected), "%d:%p %d:%p %d:%p %d:%p ", SIGHUP, (void *)hang_up,
	    SIGUSR1, (void *)user[2], SIGUSR1, (void *)user[0], SIGALRM, (void *)alarmed);
	ck_assert_str_eq(trace, expected);
	remove_and_free(user[2]);
	remove_and_free(user[0]);
	remove_and_free(hang_up);
	remove_and_free(alarmed);
	remove_and_free(last);
}
