/* SPDX-License-Identifier: BSD-3-Clause */
/* event_base_once, active_by_fd and active_by_signal. */
#include "kit.h"

static struct event_base *base;

static int
show(const struct event_base *of, const struct event *ev, void *arg)
{
	(void)of;
	(void)arg;
	say("  event: fd %d, %s, priority %d", (int)event_get_fd(ev), bits(event_get_events(ev)),
	    event_get_priority(ev));
	return 0;
}

int
main(void)
{
	struct timeval ten = kit_ms(10), zero = {0, 0};
	struct event *readers[3], *writer, *signaled[2];
	int ends[2];

	base = kit_base();
	kit_socketpair(ends);
	say("-- once");
	say("once timer = %d", event_base_once(base, -1, EV_TIMEOUT, report, "once timer", &ten));
	say("once now = %d", event_base_once(base, -1, EV_TIMEOUT, report, "once now", NULL));
	say("once zero = %d", event_base_once(base, -1, EV_TIMEOUT, report, "once zero", &zero));
	say("once read = %d", event_base_once(base, ends[0], EV_READ, report, "once read", NULL));
	say("once read, timed = %d",
	    event_base_once(base, ends[0], EV_READ, report, "once read timed", &ten));
	say("once write = %d",
	    event_base_once(base, ends[1], EV_WRITE, report, "once write", NULL));
	say("once both = %d",
	    event_base_once(base, ends[1], EV_READ | EV_WRITE, report, "once both", NULL));
	say("active %d, added %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	say("foreach = %d", event_base_foreach_event(base, show, NULL));
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_drain(ends[0]);
	say("-- by descriptor");
	for (int i = 0; i < 3; i++) {
		readers[i] = event_new(base, ends[0],
		    i == 2 ? EV_WRITE | EV_ET : EV_READ | EV_PERSIST, report,
		    i == 0   ? "reader 0"
		    : i == 1 ? "reader 1"
			     : "writer");
		if (i != 1)
			event_add(readers[i], NULL);
	}
	writer = readers[2];
	event_base_active_by_fd(base, ends[0], EV_READ);
	kit_loop(base, EVLOOP_ONCE);
	event_add(readers[1], &ten);
	event_base_active_by_fd(base, ends[0], EV_READ);
	kit_loop(base, EVLOOP_ONCE);
	event_base_active_by_fd(base, ends[0], EV_READ | EV_TIMEOUT | EV_CLOSED | EV_ET);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_base_active_by_fd(base, ends[0], EV_TIMEOUT);
	say("active %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_base_active_by_fd(base, 500, EV_READ);
	event_base_active_by_fd(base, -1, EV_READ);
	say("active %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	say("-- by signal");
	signaled[0] = evsignal_new(base, SIGUSR1, report, "persistent");
	signaled[1] = event_new(base, SIGUSR1, EV_SIGNAL, report, "once");
	event_add(signaled[0], NULL);
	event_add(signaled[1], NULL);
	event_base_active_by_signal(base, SIGUSR1);
	event_base_active_by_signal(base, SIGUSR2);
	event_base_active_by_signal(base, 1000);
	event_base_active_by_signal(base, -1);
	event_del(writer);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_base_active_by_signal(base, SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 3; i++)
		event_free(readers[i]);
	event_free(signaled[0]);
	event_free(signaled[1]);
	event_base_free(base);
	return 0;
}
