/* SPDX-License-Identifier: BSD-3-Clause */
/* A loop inside a callback of the same base, and of another base. */
#include "kit.h"

static struct event_base *base, *second;

static void
dives(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("callback: %s", bits(what));
	say("inner loop = %d", event_base_loop(base, EVLOOP_NONBLOCK));
	say("inner dispatch = %d", event_base_dispatch(base));
	say("running event is %s", event_base_get_running_event(base) ? "there" : "none");
	say("got exit %d break %d", event_base_got_exit(base), event_base_got_break(base));
	say("other base");
	kit_loop(second, 0);
}

int
main(void)
{
	struct event *ev, *timer;

	base = kit_base();
	second = kit_base();
	ev = evtimer_new(base, dives, NULL);
	timer = evtimer_new(second, report, "timer of the second");
	kit_add_ms(timer, 5);
	kit_add_ms(ev, 1);
	kit_loop(base, 0);
	event_free(ev);
	event_free(timer);
	event_base_free(base);
	event_base_free(second);
	return 0;
}
