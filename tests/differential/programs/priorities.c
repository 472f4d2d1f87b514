/* SPDX-License-Identifier: BSD-3-Clause */
/* Which callbacks run in a turn when several priorities are active, and what re-activation does. */
#include "kit.h"

static struct event_base *base;
static struct event *events[6];
static int budget;

static void
note(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("event %d: %s; active %d", (int)(intptr_t)arg, bits(what),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
}

static void
again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	say("again %d", (int)(intptr_t)arg);
	if (budget-- > 0)
		event_active(events[(intptr_t)arg], EV_READ, 1);
}

static void
more_urgent(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	say("asks for event 0");
	event_active(events[0], EV_WRITE, 1);
}

int
main(void)
{
	struct event *timer;
	int ends[2];

	base = kit_base_with_priorities(3);
	say("priorities %d", event_base_get_npriorities(base));
	for (int i = 0; i < 6; i++) {
		events[i] = event_new(base, -1, 0, note, (void *)(intptr_t)i);
		say("default %d, set %d", event_get_priority(events[i]),
		    event_priority_set(events[i], i / 2));
	}
	say("-- all active, in reverse");
	for (int i = 5; i >= 0; i--)
		event_active(events[i], EV_READ, 1);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	say("-- all active, one turn at a time");
	for (int i = 5; i >= 0; i--)
		event_active(events[i], EV_READ, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- a low one asks for an urgent one");
	event_assign(events[2], base, -1, 0, more_urgent, NULL);
	event_priority_set(events[2], 1);
	for (int i = 1; i < 6; i++)
		event_active(events[i], EV_READ, 1);
	kit_loop(base, EVLOOP_ONCE);
	say("-- an urgent one starves, a poll between");
	kit_pipe(ends);
	kit_put(ends[1], "x");
	event_assign(events[5], base, ends[0], EV_READ, report_and_drain, "reader");
	event_priority_set(events[5], 0);
	event_add(events[5], NULL);
	event_assign(events[1], base, -1, 0, again, (void *)1);
	event_priority_set(events[1], 0);
	budget = 3;
	event_active(events[1], EV_READ, 1);
	event_active(events[4], EV_READ, 1);
	timer = evtimer_new(base, report, "timer");
	event_priority_set(timer, 2);
	kit_add_ms(timer, 0);
	kit_loop(base, 0);
	say("-- continue in a low priority");
	for (int i = 0; i < 5; i++)
		event_assign(events[i], base, -1, 0, note, (void *)(intptr_t)i);
	for (int i = 0; i < 5; i++) {
		event_priority_set(events[i], 2 - i / 2);
		event_active(events[i], EV_READ, 1);
	}
	say("set while active = %d", event_priority_set(events[0], 0));
	say("ranges %d %d %d", event_priority_set(timer, -1), event_priority_set(timer, 3),
	    event_priority_set(timer, 2));
	say("priority_init while active = %d", event_base_priority_init(base, 2));
	kit_loop(base, 0);
	kit_add_ms(timer, 5);
	say("priority_init with a pending event = %d", event_base_priority_init(base, 5));
	say("priority_init same = %d", event_base_priority_init(base, 5));
	say("priority_init 0 = %d, -1 = %d, 256 = %d, 255 = %d", event_base_priority_init(base, 0),
	    event_base_priority_init(base, -1), event_base_priority_init(base, 256),
	    event_base_priority_init(base, 255));
	say("priorities %d", event_base_get_npriorities(base));
	event_del(timer);
	say("set a high one = %d", event_priority_set(timer, 254));
	say("priority_init 2 = %d", event_base_priority_init(base, 2));
	for (int i = 0; i < 6; i++)
		event_free(events[i]);
	event_free(timer);
	event_base_free(base);
	return 0;
}
