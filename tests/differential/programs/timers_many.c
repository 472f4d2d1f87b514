/* SPDX-License-Identifier: BSD-3-Clause */
/* A thousand timers, added, pushed out, pulled in and deleted: each fires in its order, none is lost. */
#include "kit.h"

#define COUNT 1000

static struct event *timers[COUNT];
static struct event_base *base;
static uint32_t state = 12345;
static int fired;

static uint32_t
chance(uint32_t limit)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % limit;
}

/* Microseconds are the number of the timer: no two deadlines are the same. */
static void
add(int i)
{
	struct timeval tv = {chance(40), (int)chance(900) * 1000 + i};

	event_add(timers[i], &tv);
}

static void
fire(evutil_socket_t fd, short what, void *arg)
{
	int i = (int)(intptr_t)arg;

	(void)fd;
	(void)what;
	printf("%d%c", i, ++fired % 20 ? ' ' : '\n');
	if (chance(8) == 0)
		event_del(timers[chance(COUNT)]);
	if (chance(4) == 0)
		add((int)chance(COUNT));
}

int
main(void)
{
	base = kit_base();
	for (int i = 0; i < COUNT; i++) {
		timers[i] = evtimer_new(base, fire, (void *)(intptr_t)i);
		add(i);
	}
	for (int i = 0; i < 400; i++)
		add((int)chance(COUNT));
	for (int i = 0; i < 100; i++)
		event_del(timers[chance(COUNT)]);
	kit_loop(base, 0);
	say("%d fired", fired);
	for (int i = 0; i < COUNT; i++)
		event_free(timers[i]);
	event_base_free(base);
	return 0;
}
