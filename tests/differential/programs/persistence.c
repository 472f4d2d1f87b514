/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Persistent and other events, over several rounds of readiness. */
#include "kit.h"

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *once, *always, *timed, *timed_always;
	int ends[2];

	kit_pipe(ends);
	once = event_new(base, ends[0], EV_READ, report, "once");
	always = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "always");
	timed = event_new(base, ends[0], EV_READ, report, "timed");
	timed_always = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "timed always");
	event_add(once, NULL);
	event_add(always, NULL);
	kit_add_ms(timed, 10);
	kit_add_ms(timed_always, 20);
	for (int i = 0; i < 6; i++) {
		say("-- round %d", i);
		if (i == 1 || i == 4)
			kit_put(ends[1], "x");
		kit_loop(base, i == 0 ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
		if (i != 1)
			kit_drain(ends[0]);
		say("pending %s, %s, %s, %s", bits(event_pending(once, 0xff, NULL)),
		    bits(event_pending(always, 0xff, NULL)), bits(event_pending(timed, 0xff, NULL)),
		    bits(event_pending(timed_always, 0xff, NULL)));
		if (i == 3) {
			event_add(once, NULL);
			kit_add_ms(timed, 5);
		}
	}
	event_free(once);
	event_free(always);
	event_free(timed);
	event_free(timed_always);
	event_base_free(base);
	return 0;
}
