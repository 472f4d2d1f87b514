/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: epoll, changelist */
/* Interest that changes many times between two waits. */
#include "kit.h"

static struct event_base *base;

static void
turn(void)
{
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

int
main(void)
{
	struct event *reader, *writer, *both, *closed;
	int ends[2];

	base = kit_base();
	kit_socketpair(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "reader");
	writer = event_new(base, ends[0], EV_WRITE | EV_PERSIST, report, "writer");
	both = event_new(base, ends[0], EV_READ | EV_WRITE, report, "both");
	closed = event_new(base, ends[0], EV_CLOSED, report, "closed");
	kit_put(ends[1], "x");
	for (int i = 0; i < 3; i++) {
		event_add(reader, NULL);
		event_del(reader);
	}
	event_add(reader, NULL);
	say("-- added often");
	turn();
	event_del(reader);
	event_add(reader, NULL);
	event_del(reader);
	say("-- deleted at last");
	turn();
	event_add(reader, NULL);
	event_add(writer, NULL);
	event_del(reader);
	say("-- the writer is left");
	turn();
	event_add(both, NULL);
	event_del(writer);
	say("-- both, not persistent");
	turn();
	turn();
	event_add(writer, NULL);
	event_add(closed, NULL);
	event_del(writer);
	shutdown(ends[1], SHUT_WR);
	say("-- closed alone");
	turn();
	turn();
	say("-- everything together");
	event_add(closed, NULL);
	event_add(reader, NULL);
	event_add(both, NULL);
	event_add(writer, NULL);
	turn();
	event_del(reader);
	event_del(writer);
	say("-- nothing left");
	turn();
	event_free(reader);
	event_free(writer);
	event_free(both);
	event_free(closed);
	event_base_free(base);
	return 0;
}
