/* SPDX-License-Identifier: BSD-3-Clause */
/* Persistent events with an interval of zero, of a microsecond, and below zero. */
#include "kit.h"

static int runs;
static struct event_base *base;

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s, pending %s", (const char *)arg, bits(what),
	    bits(event_pending(event_base_get_running_event(base), 0xff, NULL)));
	if (++runs == 5)
		event_base_loopbreak(base);
}

static void
try(const char *name, int fd, short events, long seconds, long us)
{
	struct timeval tv = {seconds, us};
	struct event *ev;

	say("-- %s", name);
	runs = 0;
	ev = event_new(base, fd, (short)(events | EV_PERSIST), tick, (void *)name);
	say("add = %d", event_add(ev, &tv));
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("pending %s", bits(event_pending(ev, 0xff, NULL)));
	event_free(ev);
}

int
main(void)
{
	int ends[2];

	base = kit_base();
	kit_pipe(ends);
	try("timer of 0", -1, 0, 0, 0);
	try("timer of 1 us", -1, 0, 0, 1);
	try("timer of -1 s", -1, 0, -1, 0);
	try("reader of 0", ends[0], EV_READ, 0, 0);
	try("reader of 1 us", ends[0], EV_READ, 0, 1);
	try("signal of 0", SIGUSR1, EV_SIGNAL, 0, 0);
	event_base_free(base);
	return 0;
}
