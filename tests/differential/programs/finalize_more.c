/* SPDX-License-Identifier: BSD-3-Clause */
/* Finalizers with priorities, that use other events, and many of them when the base goes. */
#include "kit.h"

static struct event_base *base;
static struct event *others[4];

static void
finished(struct event *ev, void *arg)
{
	say("finalised %s, priority %d", (const char *)arg, event_get_priority(ev));
}

static void
acts(struct event *ev, void *arg)
{
	(void)ev;
	say("finalised %s", (const char *)arg);
	event_active(others[0], EV_READ, 1);
	say("add another = %d", kit_add_ms(others[1], 1));
	say("del another = %d", event_del(others[2]));
	say("finalize another = %d", event_free_finalize(0, others[3], finished));
	say("added %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
}

int
main(void)
{
	static const char *const names[] = {"zero", "one", "two", "three"};
	struct event *ev;

	base = kit_base_with_priorities(4);
	for (int i = 0; i < 4; i++)
		others[i] = event_new(base, -1, EV_PERSIST, report, (void *)names[i]);
	say("-- a finalizer that acts");
	kit_add_ms(others[2], 5);
	ev = event_new(base, -1, 0, report, "acting");
	event_free_finalize(0, ev, acts);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
	event_del(others[1]);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- in order of priority");
	for (int i = 3; i >= 0; i--) {
		ev = event_new(base, -1, 0, report, (void *)names[i]);
		event_priority_set(ev, i);
		event_free_finalize(0, ev, finished);
	}
	event_priority_set(others[0], 1);
	event_active(others[0], EV_READ, 1);
	kit_loop(base, EVLOOP_ONCE);
	say("-- an active event");
	event_active(others[0], EV_READ, 1);
	event_free_finalize(0, others[0], finished);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- many when the base goes");
	for (int i = 3; i >= 0; i--) {
		ev = event_new(base, -1, 0, report, (void *)names[i]);
		event_priority_set(ev, i);
		event_free_finalize(0, ev, finished);
	}
	event_free(others[1]);
	event_free(others[2]);
	event_base_free(base);
	return 0;
}
