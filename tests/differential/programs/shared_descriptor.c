/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Many events on one descriptor: readers and writers, added and deleted in every order. */
#include "kit.h"

static struct event_base *base;
static int ends[2];

static void
show(const char *when)
{
	say("%s", when);
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

int
main(void)
{
	static const char *const names[] = {"r0", "r1", "r2", "w0", "w1", "rw0", "rw1"};
	struct event *events[7];

	base = kit_base();
	kit_socketpair(ends);
	for (int i = 0; i < 7; i++) {
		short what = i < 3 ? EV_READ : i < 5 ? EV_WRITE : EV_READ | EV_WRITE;

		events[i] = event_new(base, ends[0], (short)(what | (i % 2 ? EV_PERSIST : 0)),
		    report, (void *)names[i]);
		event_add(events[i], NULL);
	}
	show("-- nothing to read");
	kit_put(ends[1], "x");
	show("-- something to read");
	show("-- and again");
	event_del(events[3]);
	event_del(events[5]);
	show("-- no persistent writer");
	event_add(events[4], NULL);
	event_add(events[0], NULL);
	show("-- others added");
	for (int i = 0; i < 7; i++)
		event_del(events[i]);
	show("-- none");
	for (int i = 6; i >= 0; i--)
		event_add(events[i], NULL);
	show("-- in reverse");
	for (int i = 0; i < 7; i++)
		event_free(events[i]);
	event_base_free(base);
	return 0;
}
