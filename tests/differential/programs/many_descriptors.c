/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Three hundred descriptors ready at once: each is reported, whatever the order and the turns. */
#include "kit.h"

#define COUNT 150

static int seen[COUNT], total;
static int pairs[COUNT][2];

static void
note(evutil_socket_t fd, short what, void *arg)
{
	int i = (int)(intptr_t)arg;

	if (what != EV_READ || kit_drain((int)fd) != 1)
		say("%d: %s", i, bits(what));
	seen[i]++;
	total++;
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *events[COUNT];

	for (int i = 0; i < COUNT; i++) {
		kit_pipe(pairs[i]);
		events[i] =
		    event_new(base, pairs[i][0], EV_READ | EV_PERSIST, note, (void *)(intptr_t)i);
		event_add(events[i], NULL);
	}
	for (int round = 1; round <= 3; round++) {
		int wrong = 0;

		for (int i = 0; i < COUNT; i += round)
			kit_put(pairs[i][1], "x");
		memset(seen, 0, sizeof(seen));
		total = 0;
		kit_loop(base, EVLOOP_NONBLOCK);
		for (int i = 0; i < COUNT; i++)
			wrong += seen[i] != (i % round == 0);
		say("%d callbacks, %d wrong", total, wrong);
		for (int i = 0; i < COUNT; i += 7) {
			event_del(events[i]);
			event_add(events[i], NULL);
		}
	}
	for (int i = 0; i < COUNT; i += 2)
		event_del(events[i]);
	for (int i = 0; i < COUNT; i++)
		kit_put(pairs[i][1], "x");
	total = 0;
	kit_loop(base, EVLOOP_NONBLOCK);
	say("%d callbacks of the odd ones", total);
	for (int i = 0; i < COUNT; i++)
		event_free(events[i]);
	event_base_free(base);
	return 0;
}
