/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making, freeing and forking bases.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/loop_case.h"

static struct seen seen, other_seen;

TEST_EVERYWHERE(event_base__base_is_freed_with_events_of_every_kind)
{
	struct event *events[5];

	set_up(_i);
	events[0] = event_new(base, ends[0], EV_READ | EV_PERSIST, see, &seen);
	events[1] = event_new(base, -1, EV_PERSIST, see, &seen);
	events[2] = event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, see, &seen);
	events[3] = event_new(base, -1, 0, see, &seen);
	events[4] = event_new(base, -5, EV_READ, see, &seen);
	for (int i = 0; i < 5; i++)
		event_add(events[i], i == 0 || i == 3 ? NULL : MS(1000000));
	event_active(events[0], EV_READ, 1);
	event_active(events[3], 0, 1);
	evwatch_prepare_new(base, NULL, NULL);
	evwatch_check_new(base, NULL, NULL);

	tear_down();

	ck_assert_int_eq(seen.calls, 0);
	for (int i = 0; i < 5; i++) {
		/* The events stay with their owner; their base is gone. */
		event_debug_unassign(events[i]);
		free(events[i]);
	}
}

TEST(event_base__freeing_no_base_says_so)
{
	keep_log();
	event_base_free(NULL);
	event_base_free_nofinalize(NULL);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 2);
	ck_assert(was_logged("event_base_free_: no base to free"));
}

TEST_EVERYWHERE(event_base__reinit_without_a_fork_changes_nothing)
{
	struct event *reader, *timer, *on_signal, *user;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	timer = event_new(base, -1, 0, see, &seen);
	on_signal = evsignal_new(base, SIGUSR1, see, &seen);
	user = event_new(base, -1, 0, see, &other_seen);
	event_add(reader, NULL);
	event_add(timer, MS(0));
	event_add(on_signal, NULL);
	event_active(user, 0, 0);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(event_reinit(base), 0);

	put(ends[1], "x");
	if (!backend_is_simulated(backend))
		raise(SIGUSR1);
	turn(base);
	ck_assert_int_eq(seen.calls, backend_is_simulated(backend) ? 2 : 3);
	ck_assert_int_eq(other_seen.calls, 1);
	event_free(reader);
	event_free(timer);
	event_free(on_signal);
	event_free(user);
	tear_down();
}

/* What the child finds; the exit status says what is wrong. */
static int
in_child(struct event *reader, struct event *timer)
{
	if (event_reinit(base) != 0)
		return 1;
	if (event_pending(reader, EV_READ, NULL) != EV_READ)
		return 2;
	if (event_pending(timer, EV_TIMEOUT, NULL) != EV_TIMEOUT)
		return 3;
	put(ends[1], "child");
	if (event_base_loop(base, EVLOOP_ONCE) != 0 || seen.calls == 0)
		return 4;
	event_del(reader);
	event_add(timer, MS(0));
	if (event_base_loop(base, EVLOOP_ONCE) != 0)
		return 5;
	event_free(reader);
	event_free(timer);
	event_base_free(base);
	return 0;
}

TEST_ON_BACKENDS(event_base__events_live_on_in_a_child)
{
	struct event *reader, *timer;
	pid_t child;
	int status;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	timer = event_new(base, -1, 0, see, &other_seen);
	event_add(reader, NULL);
	event_add(timer, MS(1000000));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(in_child(reader, timer));

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert(WIFEXITED(status));

	turn(base);
	ck_assert_int_eq(seen.calls, 0);
	put(ends[1], "x");
	turn(base);
	ck_assert_int_eq(seen.calls, 1);
	ck_assert_int_eq(event_pending(timer, EV_TIMEOUT, NULL), EV_TIMEOUT);
	event_free(reader);
	event_free(timer);
	tear_down();
}

TEST_ON_BACKENDS(event_base__reinit_without_descriptors_fails_and_works_later)
{
	struct rlimit limit, none;
	struct event *reader, *on_signal;
	int result;

	set_up(_i);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, see_and_take, &seen);
	on_signal = evsignal_new(base, SIGUSR1, see, &seen);
	event_add(reader, NULL);
	event_add(on_signal, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	result = event_reinit(base);
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(result, -1);

	ck_assert_int_eq(event_reinit(base), 0);
	raise(SIGUSR1);
	put(ends[1], "x");
	turn(base);

	ck_assert_int_eq(seen.calls, 2);
	event_free(reader);
	event_free(on_signal);
	tear_down();
}

TEST(event_base__base_needs_descriptors_only_for_what_it_does)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &limit);
	/* Without a descriptor for epoll, poll does. */
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_str_ne(event_base_get_method(base), "epoll");
	event_base_once(base, -1, EV_TIMEOUT, see, &seen, MS(1));

	ck_assert_int_eq(event_base_dispatch(base), 1);

	ck_assert_int_eq(seen.calls, 1);
	event_base_free(base);
}

TEST_EVERYWHERE(event_base__many_bases_run_side_by_side)
{
	enum { COUNT = 50 };
	struct event_base *bases[COUNT];
	struct event *events[COUNT];

	set_up(_i);
	for (int i = 0; i < COUNT; i++) {
		bases[i] = base_on(backend);
		events[i] = event_new(bases[i], ends[0], EV_READ, see, &seen);
		event_add(events[i], NULL);
	}
	put(ends[1], "x");
	for (int i = 0; i < COUNT; i++) {
		turn(bases[i]);
		ck_assert_int_eq(seen.calls, i + 1);
	}
	for (int i = 0; i < COUNT; i++) {
		event_free(events[i]);
		event_base_free(bases[i]);
	}
	tear_down();
}

TEST_EVERYWHERE(event_base__many_descriptors_are_all_reported)
{
	enum { COUNT = 400 };
	evutil_socket_t pairs[COUNT][2];
	struct event *readers[COUNT];

	set_up(_i);
	for (int i = 0; i < COUNT; i++) {
		open_pair(backend, pairs[i]);
		readers[i] =
		    event_new(base, pairs[i][0], EV_READ | EV_PERSIST, see_and_take, &seen);
		event_add(readers[i], i % 3 ? NULL : MS(1000000));
	}
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < COUNT; i++)
			put(pairs[i][1], "x");
		turn(base);
		ck_assert_int_eq(seen.calls, round * COUNT);
	}
	for (int i = 0; i < COUNT; i++) {
		event_free(readers[i]);
		close_pair(pairs[i]);
	}
	tear_down();
}
