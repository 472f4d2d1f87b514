/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O of several priorities: what is ready anew meanwhile, and what starves. */
#include "kit.h"

static struct event_base *base;
static int ends[4][2];
static int refills = 3;

static void
note(evutil_socket_t fd, short what, void *arg)
{
	int i = (int)(intptr_t)arg;

	say("priority %d: %s, %d bytes", i, bits(what), kit_drain((int)fd));
	if (i == 1 && refills-- > 0) {
		kit_put(ends[0][1], "x");
		kit_put(ends[1][1], "x");
	}
	if (i == 3 && refills > -3)
		kit_put(ends[2][1], "x");
}

int
main(void)
{
	struct event *events[4], *timers[4];
	static const char *const names[] = {"timer 0", "timer 1", "timer 2", "timer 3"};

	base = kit_base_with_priorities(4);
	for (int i = 0; i < 4; i++) {
		kit_pipe(ends[i]);
		events[i] =
		    event_new(base, ends[i][0], EV_READ | EV_PERSIST, note, (void *)(intptr_t)i);
		event_priority_set(events[i], i);
		event_add(events[i], NULL);
		timers[i] = evtimer_new(base, report, (void *)names[i]);
		event_priority_set(timers[i], 3 - i);
	}
	for (int i = 3; i >= 0; i--)
		kit_put(ends[i][1], "x");
	for (int i = 0; i < 4; i++)
		kit_add_ms(timers[i], 0);
	for (int i = 0; i < 6; i++)
		kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	for (int i = 0; i < 4; i++) {
		event_free(events[i]);
		event_free(timers[i]);
	}
	event_base_free(base);
	return 0;
}
