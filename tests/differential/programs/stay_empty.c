/* SPDX-License-Identifier: BSD-3-Clause */
/* EVLOOP_NO_EXIT_ON_EMPTY: a loop that goes on without events, and how it ends. */
#include "kit.h"

static struct event_base *base;

static void
ends_it(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s, added %d", (const char *)arg, bits(what),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	if (!strcmp(arg, "break"))
		event_base_loopbreak(base);
	else
		event_base_loopexit(base, NULL);
}

int
main(void)
{
	static const int flags[] = {EVLOOP_NO_EXIT_ON_EMPTY, EVLOOP_NO_EXIT_ON_EMPTY | EVLOOP_ONCE};
	static const char *const ways[] = {"exit", "break"};
	struct timeval soon = kit_ms(3);

	base = kit_base();
	for (int i = 0; i < 4; i++) {
		struct event *timer = evtimer_new(base, ends_it, (void *)ways[i % 2]);

		kit_add_ms(timer, 5);
		kit_loop(base, flags[i / 2]);
		kit_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
		event_base_loopexit(base, &soon);
		kit_loop(base, flags[i / 2]);
		event_active(timer, EV_READ, 1);
		kit_loop(base, flags[i / 2]);
		event_free(timer);
	}
	event_base_loopexit(base, NULL);
	kit_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	kit_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
	kit_loop(base, 0x80);
	event_base_free(base);
	return 0;
}
