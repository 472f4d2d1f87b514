/* SPDX-License-Identifier: BSD-3-Clause */
/* event_set_mem_functions: everything goes through them, nothing is left at the end. */
#include "kit.h"

static long live, calls, strange;

static void *
take(size_t size)
{
	long *block = malloc(size + 16);

	if (!block)
		return NULL;
	block[0] = 0x600d;
	live++;
	calls++;
	return block + 2;
}

static void
give(void *memory)
{
	long *block = memory;

	if (!memory)
		return;
	if (block[-2] != 0x600d)
		strange++;
	block[-2] = 0;
	live--;
	free(block - 2);
}

static void *
retake(void *memory, size_t size)
{
	long *block;

	if (!memory)
		return take(size);
	block = memory;
	if (block[-2] != 0x600d)
		strange++;
	block = realloc(block - 2, size + 16);
	return block ? block + 2 : NULL;
}

int
main(void)
{
	struct event_base *base;
	struct event_config *config;
	struct event *events[100];
	struct timeval second = {1, 0};
	int ends[2];

	event_set_mem_functions(take, retake, give);
	config = event_config_new();
	event_config_avoid_method(config, "poll");
	say("config uses them: %d", calls > 0);
	base = event_base_new_with_config(config);
	event_config_free(config);
	kit_socketpair(ends);
	calls = 0;
	for (int i = 0; i < 100; i++) {
		events[i] = event_new(base, i < 20 ? ends[i % 2] : -1,
		    i < 20 ? EV_READ | EV_PERSIST : 0, report, "x");
		event_add(events[i], &second);
	}
	say("events use them: %d", calls >= 100);
	event_free(events[99]);
	events[99] = evsignal_new(base, SIGUSR1, report, "signal");
	event_add(events[99], NULL);
	event_base_init_common_timeout(base, &second);
	event_base_once(base, -1, EV_TIMEOUT, report, "once", &second);
	event_base_once(base, ends[0], EV_READ, report, "never", NULL);
	event_base_priority_init(base, 7);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 100; i++)
		event_free(events[i]);
	event_base_free(base);
	libevent_global_shutdown();
	say("left %ld, strange %ld", live, strange);
	return 0;
}
