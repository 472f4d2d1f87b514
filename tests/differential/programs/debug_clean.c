/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Debug mode and an ordinary program: no word of it, and the same callbacks. */
#include "kit.h"

static struct event_base *base;
static struct event *self;

static void
frees(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	event_free(self);
}

int
main(void)
{
	struct event assigned;
	struct event *reader, *timer, *signaled;
	int ends[2];

	event_enable_debug_mode();
	base = kit_base();
	kit_socketpair(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	timer = event_new(base, -1, EV_PERSIST, report, "timer");
	signaled = evsignal_new(base, SIGUSR1, report, "signal");
	event_add(reader, NULL);
	kit_add_ms(timer, 5);
	event_add(signaled, NULL);
	memset(&assigned, 0, sizeof(assigned));
	for (int i = 0; i < 3; i++) {
		event_assign(&assigned, base, ends[0], EV_WRITE, report, "writer");
		event_add(&assigned, NULL);
		kit_put(ends[1], "x");
		raise(SIGUSR1);
		kit_loop(base, EVLOOP_ONCE);
		kit_loop(base, EVLOOP_ONCE);
		event_debug_unassign(&assigned);
	}
	self = evtimer_new(base, frees, "self");
	kit_add_ms(self, 1);
	kit_loop(base, EVLOOP_ONCE);
	event_base_once(base, -1, EV_TIMEOUT, report, "once", NULL);
	event_base_loopexit(base, NULL);
	kit_loop(base, 0);
	event_free(reader);
	event_free(timer);
	event_free(signaled);
	event_base_free(base);
	libevent_global_shutdown();
	say("end");
	return 0;
}
