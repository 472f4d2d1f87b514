/* SPDX-License-Identifier: BSD-3-Clause */
/* Precise timers: timers and readers on a base with a fine clock. */
#include "kit.h"

static int64_t start_us;

static void
stamp(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s, not early: %d", (const char *)arg, bits(what),
	    virtual_now_us() - start_us >= *(const int *)((const char *)arg - 8));
}

static struct {
	int due;
	int unused;
	char name[16];
} timers[5] = {{700, 0, "700us"}, {1500, 0, "1.5ms"}, {20000, 0, "20ms"}, {20001, 0, "20001us"},
    {1000000, 0, "1s"}};

int
main(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;
	struct event *events[5], *reader;
	int ends[2];

	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	kit_pipe(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	event_add(reader, NULL);
	start_us = virtual_now_us();
	for (int i = 4; i >= 0; i--) {
		struct timeval tv = {timers[i].due / 1000000, timers[i].due % 1000000};

		events[i] = evtimer_new(base, stamp, timers[i].name);
		event_add(events[i], &tv);
	}
	for (int i = 0; i < 2; i++)
		kit_loop(base, EVLOOP_ONCE);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < 3; i++)
		kit_loop(base, EVLOOP_ONCE);
	event_del(reader);
	kit_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 5; i++)
		event_free(events[i]);
	event_free(reader);
	event_base_free(base);
	return 0;
}
