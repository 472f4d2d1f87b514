/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Duplicated descriptors: events on both, one of them deleted and closed. */
#include "kit.h"

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *first, *second;
	int ends[2], copy;

	kit_socketpair(ends);
	copy = kit_fixed(dup(ends[0]));
	first = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "first");
	second = event_new(base, copy, EV_READ | EV_PERSIST, report_and_drain, "second");
	event_add(first, NULL);
	event_add(second, NULL);
	say("-- both");
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(ends[1], "xx");
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- the first deleted and closed");
	event_del(first);
	kit_loop(base, EVLOOP_NONBLOCK);
	close(ends[0]);
	kit_put(ends[1], "xx");
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- its number is a copy again");
	dup2(copy, ends[0]);
	event_add(first, NULL);
	kit_put(ends[1], "xxx");
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- the second replaced by a copy of the peer");
	event_del(second);
	event_del(first);
	kit_loop(base, EVLOOP_NONBLOCK);
	dup2(ends[1], copy);
	event_add(second, NULL);
	kit_put(ends[0], "yyyy");
	kit_loop(base, EVLOOP_ONCE);
	event_free(first);
	event_free(second);
	event_base_free(base);
	return 0;
}
