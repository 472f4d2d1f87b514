/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "loop/base.h"
#include "loop/callback.h"
#include "loop/pending.h"
#include "support/suite.h"

static struct event_base *base;
static int ends[2];
static int calls;

static void
count_call(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	calls++;
}

static void
set_up(void)
{
	base = lvn_base_new(NULL, NULL, NULL);
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(pipe(ends), 0);
}

static void
tear_down(void)
{
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
}

static struct timeval second = {1, 0};

TEST(pending__pending_event_says_for_what)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, ends[0], EV_READ | EV_PERSIST, count_call, NULL);
	ck_assert_int_eq(lvn_pending_bits(&ev), 0);

	ck_assert_int_eq(lvn_pending_add_locked(base, &ev, &second), 0);
	ck_assert_int_eq(lvn_pending_bits(&ev), EV_READ | EV_TIMEOUT);
	ck_assert_int_eq(base->statistics.pending, 2);
	ck_assert_int_eq(lvn_event_interval(&ev), LVN_NS_PER_S);

	lvn_pending_remove_timer_locked(base, &ev);
	ck_assert_int_eq(lvn_pending_bits(&ev), EV_READ);
	ck_assert_int_eq(lvn_event_interval(&ev), 0);
	lvn_pending_del_locked(base, &ev, DEL_AUTO);
	ck_assert_int_eq(lvn_pending_bits(&ev), 0);
	ck_assert_int_eq(base->statistics.pending, 0);
	tear_down();
}

static int allocations_left = -1;

static bool
may_allocate(void)
{
	return allocations_left < 0 || allocations_left-- > 0;
}

static void *
some_alloc(size_t size)
{
	return may_allocate() ? malloc(size) : NULL;
}

static void *
some_realloc(void *block, size_t size)
{
	return may_allocate() ? realloc(block, size) : NULL;
}

/* Whatever fails on the way, an event is as it was. */
TEST_RANGE(pending__event_that_could_not_be_added_is_as_before, 0, 2)
{
	static const short kinds[] = {EV_READ, EV_SIGNAL};
	struct event ev;
	int failures = 0;

	lvn_memory_set_functions(some_alloc, some_realloc, free);
	for (int i = 0;; i++) {
		int rc;

		set_up();
		event_assign(&ev, base, _i == 0 ? ends[0] : SIGUSR1, kinds[_i], count_call, NULL);
		allocations_left = i;
		rc = lvn_pending_add_locked(base, &ev, &second);
		allocations_left = -1;
		if (rc == 0)
			break;
		failures++;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_int_eq(lvn_pending_bits(&ev), 0);
		ck_assert_int_eq(base->statistics.pending, 0);
		ck_assert_int_eq(lvn_pending_add_locked(base, &ev, &second), 0);
		lvn_pending_del_locked(base, &ev, DEL_AUTO);
		tear_down();
	}
	ck_assert_int_ge(failures, 2);
	lvn_pending_del_locked(base, &ev, DEL_AUTO);
	tear_down();
}

TEST(pending__finalizing_event_is_neither_added_nor_deleted)
{
	struct event ev;

	set_up();
	event_assign(&ev, base, ends[0], EV_READ, count_call, NULL);
	*lvn_event_flags(&ev) |= EVLIST_FINALIZING;

	ck_assert_int_eq(lvn_pending_add_locked(base, &ev, NULL), -EINVAL);
	lvn_pending_del_locked(base, &ev, DEL_BLOCK);
	ck_assert_int_eq(base->statistics.pending, 0);
	tear_down();
}

TEST(pending__what_is_due_comes_in_portions)
{
	enum { COUNT = 1500 };
	static struct event events[COUNT];
	struct timeval now = {0, 0};
	int portions = 1;

	set_up();
	for (int i = 0; i < COUNT; i++) {
		event_assign(&events[i], base, -1, 0, count_call, NULL);
		lvn_pending_add_locked(base, &events[i], &now);
	}
	ck_assert_int_eq(base->statistics.pending, COUNT);

	while (lvn_pending_expire_locked(base))
		portions++;

	ck_assert_int_gt(portions, 1);
	ck_assert_int_eq(base->statistics.pending, 0);
	ck_assert_int_eq(base->statistics.active, COUNT);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_int_eq(calls, COUNT);
	ck_assert(!lvn_pending_expire_locked(base));
	tear_down();
}

static short seen[4];

static void
note_bits(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	if (calls < 4)
		seen[calls] = what;
	calls++;
}

TEST_RANGE(expire__adds_the_timeout_to_other_results_and_an_edge_comes_again, 0, 2)
{
	static const short kinds[] = {EV_READ, EV_READ | EV_ET};
	struct timeval now = {0, 1};
	struct event ev;

	set_up();
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	event_assign(&ev, base, ends[0], kinds[_i] | EV_PERSIST, note_bits, NULL);
	lvn_pending_add_locked(base, &ev, &now);
	lvn_callback_activate_event_locked(base, &ev, EV_READ, 1);
	while (*lvn_event_flags(&ev) & EVLIST_TIMEOUT)
		lvn_pending_expire_locked(base);
	ck_assert_int_eq(ev.ev_res, EV_READ | EV_TIMEOUT);
	ck_assert_int_eq(base->statistics.active, 1);

	event_base_loop(base, EVLOOP_ONCE);
	lvn_pending_remove_timer_locked(base, &ev);
	event_base_loop(base, EVLOOP_ONCE);

	ck_assert_int_eq(seen[0] & ~EV_ET, EV_READ | EV_TIMEOUT);
	ck_assert_int_eq(seen[1] & (EV_READ | EV_TIMEOUT), EV_READ);
	lvn_pending_del_locked(base, &ev, DEL_AUTO);
	tear_down();
}
