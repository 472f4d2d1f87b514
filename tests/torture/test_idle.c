/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An idle loop costs nothing: counted in turns and system calls, not in time.
 */
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/watch.h>
#include <signal.h>

#include "torture/torture.h"

enum { PAIRS = 100, TIMERS = 1000 };

static void
count_turn(struct evwatch *watch, const struct evwatch_check_cb_info *info, void *turns)
{
	(void)watch;
	(void)info;
	++*(int *)turns;
}

/* Many things that could happen, and one that does, after a while. */
TEST_ON_BACKENDS(loop__idle_makes_a_handful_of_calls)
{
	static evutil_socket_t ends[PAIRS][2];
	static struct event readers[PAIRS], timers[TIMERS];
	struct configuration configuration = {.backend = backend_under_test(_i)};
	struct event_base *base;
	struct event *hearer;
	int count = 0, turns = 0;
	unsigned long calls;

	backend_prepare_process(configuration.backend);
	base = torture_base(&configuration);
	for (int i = 0; i < PAIRS; i++) {
		torture_open_pair(&configuration, ends[i]);
		event_assign(
		    &readers[i], base, ends[i][0], EV_READ | EV_PERSIST, torture_take, &count);
		TRY(event_add(&readers[i], SPAN_MS(3600000)));
	}
	for (int i = 0; i < TIMERS; i++) {
		evtimer_assign(&timers[i], base, torture_count, &count);
		TRY(event_add(&timers[i], SPAN_MS(1000000 + i)));
	}
	TRY_NEW(hearer, evsignal_new(base, SIGUSR1, torture_count, &count));
	TRY(event_add(hearer, NULL));
	TRY(evthread_make_base_notifiable(base));
	EXPECT(event_base_loop(base, EVLOOP_NONBLOCK) == 0);
	EXPECT(evwatch_check_new(base, count_turn, &turns) != NULL);
	EXPECT(event_base_loopexit(base, SPAN_MS(300)) == 0);

	faults_arm(FAULT_IN_CALL, 0, 0);
	EXPECT(event_base_dispatch(base) == 0);
	calls = faults_calls();
	faults_disarm();

	EXPECT(count == 0);
	ck_assert_int_le(turns, 3);
	ck_assert_uint_ge(calls, 1);
	ck_assert_uint_le(calls, 6);
	for (int i = 0; i < PAIRS; i++) {
		event_del(&readers[i]);
		event_debug_unassign(&readers[i]);
		torture_close(ends[i][0]);
		torture_close(ends[i][1]);
	}
	for (int i = 0; i < TIMERS; i++) {
		event_del(&timers[i]);
		event_debug_unassign(&timers[i]);
	}
	event_free(hearer);
	event_base_free(base);
}
