/* SPDX-License-Identifier: BSD-3-Clause */
/* As many priorities as there may be. */
#include "kit.h"

static int last = -1, wrong, runs;

static void
note(evutil_socket_t fd, short what, void *arg)
{
	int priority = (int)(intptr_t)arg;

	(void)fd;
	(void)what;
	if (priority < last)
		wrong++;
	last = priority;
	runs++;
}

int
main(void)
{
	struct event_base *base = kit_base_with_priorities(EVENT_MAX_PRIORITIES - 1);
	struct event *events[510];

	say("priorities %d", event_base_get_npriorities(base));
	for (int i = 0; i < 510; i++) {
		int priority = i * 7 % 255;

		events[i] = event_new(base, -1, 0, note, (void *)(intptr_t)priority);
		if (i < 3)
			say("default %d", event_get_priority(events[i]));
		if (event_priority_set(events[i], priority) < 0)
			say("refused %d", priority);
		event_active(events[i], EV_READ, 1);
	}
	say("255 = %d", event_priority_set(events[0], 255));
	kit_loop(base, EVLOOP_ONCE);
	say("%d runs, %d out of order", runs, wrong);
	for (int i = 0; i < 510; i++)
		event_free(events[i]);
	event_base_free(base);
	return 0;
}
