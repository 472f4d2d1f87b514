/* SPDX-License-Identifier: BSD-3-Clause */
/* event_base_foreach_event: which events in which order, and stopping. */
#include "kit.h"

#define INTERNAL 0x10 /* EVLIST_INTERNAL: how many there are is the library's own affair */

static int left;

static int
visit(const struct event_base *base, const struct event *ev, void *arg)
{
	(void)base;
	if (ev->ev_evcallback.evcb_flags & INTERNAL)
		return 0;
	say("  %s%s", (const char *)event_get_callback_arg(ev), (const char *)arg);
	return --left ? 0 : 42;
}

static void
show(struct event_base *base, int limit)
{
	left = limit;
	say("foreach = %d", event_base_foreach_event(base, visit, ""));
}

int
main(void)
{
	struct event_base *base = kit_base();
	const struct timeval *common;
	struct timeval second = {1, 0};
	struct event *all[9];
	int ends[2], more[2];

	show(base, 100);
	kit_socketpair(ends);
	kit_socketpair(more);
	common = event_base_init_common_timeout(base, &second);
	all[0] = event_new(base, more[0], EV_READ, report, "reader of the higher");
	all[1] = event_new(base, ends[0], EV_READ, report, "reader");
	all[2] = event_new(base, ends[0], EV_WRITE | EV_PERSIST, report, "writer");
	all[3] = event_new(base, ends[0], EV_READ, report, "timed reader");
	all[4] = evsignal_new(base, SIGUSR2, report, "signal 12");
	all[5] = evsignal_new(base, SIGUSR1, report, "signal 10");
	all[6] = evtimer_new(base, report, "timer");
	all[7] = evtimer_new(base, report, "common timer");
	all[8] = event_new(base, -1, 0, report, "user");
	for (int i = 0; i < 3; i++)
		event_add(all[i], NULL);
	event_add(all[3], &second);
	event_add(all[4], NULL);
	event_add(all[5], &second);
	event_add(all[6], &second);
	event_add(all[7], common);
	show(base, 100);
	event_active(all[8], EV_READ, 1);
	event_active(all[1], EV_READ, 1);
	event_active(all[6], EV_TIMEOUT, 1);
	say("some active");
	show(base, 100);
	say("stopped");
	show(base, 3);
	event_del(all[2]);
	event_add(all[2], NULL);
	say("one deleted and added");
	show(base, 100);
	for (int i = 0; i < 9; i++)
		event_free(all[i]);
	event_base_free(base);
	return 0;
}
