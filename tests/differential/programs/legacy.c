/* SPDX-License-Identifier: BSD-3-Clause */
/* The old calls that work on the current base. */
#include "kit.h"

#include <event2/event_compat.h>

static struct event *timer_event;

static void
leaves(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	if (!strcmp(arg, "breaks"))
		say("loopbreak = %d", event_loopbreak());
	if (!strcmp(arg, "exits"))
		say("loopexit = %d", event_loopexit(NULL));
}

int
main(void)
{
	struct event_base *first, *second;
	struct event reader, timer, signaled, early;
	struct timeval ten = kit_ms(10);
	int ends[2];

	memset(&early, 0, sizeof(early));
	event_set(&early, -1, 0, report, "early");
	say("before init: base %s, initialised %d", event_get_base(&early) ? "set" : "none",
	    event_initialized(&early));
	say("add = %d", event_add(&early, &ten));
	first = event_init();
	say("method is a string: %d", event_get_method() == event_base_get_method(first));
	kit_pipe(ends);
	memset(&reader, 0, sizeof(reader));
	memset(&timer, 0, sizeof(timer));
	memset(&signaled, 0, sizeof(signaled));
	event_set(&reader, ends[0], EV_READ, report_and_drain, "reader");
	say("base is the current: %d, priority %d", event_get_base(&reader) == first,
	    event_get_priority(&reader));
	evtimer_set(&timer, leaves, "timer");
	evsignal_set(&signaled, SIGUSR1, leaves, "exits");
	timer_event = &timer;
	say("early, base set = %d", event_base_set(first, &early));
	event_add(&early, &ten);
	event_add(&reader, NULL);
	timeout_add(&timer, &ten);
	signal_add(&signaled, NULL);
	say("pending %d %d %d", timeout_pending(&timer, NULL), signal_pending(&signaled, NULL),
	    event_pending(&reader, EV_READ, NULL));
	say("initialised %d %d", timeout_initialized(&timer), signal_initialized(&signaled));
	say("fd %d, signal %d", EVENT_FD(&reader) == ends[0], EVENT_SIGNAL(&signaled));
	say("base set while pending = %d", event_base_set(first, &timer));
	kit_put(ends[1], "x");
	say("loop once = %d", event_loop(EVLOOP_ONCE));
	say("loop once = %d", event_loop(EVLOOP_ONCE));
	raise(SIGUSR1);
	say("dispatch = %d", event_dispatch());
	say("got exit %d", event_base_got_exit(first));
	evtimer_set(&timer, leaves, "breaks");
	timeout_add(&timer, &ten);
	say("dispatch = %d", event_dispatch());
	say("got break %d", event_base_got_break(first));
	say("once = %d", event_once(-1, EV_TIMEOUT, report, "once", &ten));
	say("loop = %d", event_loop(EVLOOP_ONCE));
	say("loopexit = %d", event_loopexit(&ten));
	say("loop = %d", event_loop(0));
	say("priority_init = %d", event_priority_init(4));
	say("priorities %d", event_base_get_npriorities(first));
	second = event_init();
	say("another base: %d", second != first);
	event_set(&timer, -1, 0, report, "timer");
	say("of the second: %d", event_get_base(&timer) == second);
	say("set to the first: %d", event_base_set(first, &timer));
	say("priority %d", event_get_priority(&timer));
	say("is of the first: %d", event_get_base(&timer) == first);
	signal_del(&signaled);
	event_base_free(second);
	event_set(&timer, -1, 0, report, "timer");
	say("after free of the current: base %s", event_get_base(&timer) ? "set" : "none");
	event_base_free(first);
	first = event_init();
	event_set(&timer, -1, 0, report, "timer");
	say("a new current: %d", event_get_base(&timer) == first);
	event_base_free(NULL);
	event_set(&timer, -1, 0, report, "timer");
	say("free of NULL: base %s", event_get_base(&timer) ? "set" : "none");
	return 0;
}
