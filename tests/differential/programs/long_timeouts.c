/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Time-outs of hours, years and more than the kernel can be asked for. */
#include "kit.h"

static int64_t start_us;

static void
fire(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s after %lld s", (const char *)arg, bits(what),
	    (long long)(virtual_now_us() - start_us) / 1000000);
}

int
main(void)
{
	static const struct {
		const char *name;
		long seconds;
	} spans[] = {{"an hour", 3600}, {"25 days", 25 * 86400L}, {"a year", 365 * 86400L},
	    {"2^31 s", 1L << 31}, {"2^40 s", 1L << 40}};
	struct event_base *base = kit_base();
	struct event *timers[5];
	struct timeval left;

	start_us = virtual_now_us();
	for (int i = 4; i >= 0; i--) {
		struct timeval tv = {spans[i].seconds, 0};

		timers[i] = evtimer_new(base, fire, (void *)spans[i].name);
		say("%s: add = %d", spans[i].name, event_add(timers[i], &tv));
	}
	for (int i = 0; i < 3; i++)
		kit_loop(base, EVLOOP_ONCE);
	say("pending %d", event_pending(timers[4], EV_TIMEOUT, &left));
	event_del(timers[4]);
	event_del(timers[3]);
	kit_loop(base, EVLOOP_ONCE);
	for (int i = 0; i < 5; i++)
		event_free(timers[i]);
	event_base_free(base);
	return 0;
}
