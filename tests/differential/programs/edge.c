/* SPDX-License-Identifier: BSD-3-Clause */
/* Edge-triggered events, and events of one descriptor that disagree about it. */
#include "kit.h"

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *edge, *level, *third;
	int ends[2];

	kit_socketpair(ends);
	say("-- one edge");
	edge = event_new(base, ends[0], EV_READ | EV_ET | EV_PERSIST, report, "edge");
	say("add %d", event_add(edge, NULL));
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("nothing new");
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("add again %d", event_add(edge, NULL));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(edge);
	event_add(edge, NULL);
	say("deleted and added");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- a second edge event of the descriptor");
	third = event_new(base, ends[0], EV_READ | EV_ET | EV_PERSIST, report, "third");
	say("add %d", event_add(third, NULL));
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("del %d", event_del(third));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- a level event beside the edge");
	level = event_new(base, ends[0], EV_READ, report, "level");
	say("add %d", event_add(level, NULL));
	say("pending %s", bits(event_pending(level, 0xff, NULL)));
	event_del(level);
	say("-- a level writer beside the edge");
	event_assign(level, base, ends[0], EV_WRITE, report, "level writer");
	say("add %d", event_add(level, NULL));
	event_del(level);
	say("-- an edge beside a level");
	event_del(edge);
	event_assign(level, base, ends[0], EV_READ, report, "level");
	say("add level %d", event_add(level, NULL));
	say("add edge %d", event_add(edge, NULL));
	say("pending %s", bits(event_pending(edge, 0xff, NULL)));
	say("-- an edge writer beside the level reader");
	event_assign(third, base, ends[0], EV_WRITE | EV_ET | EV_PERSIST, report, "edge writer");
	say("add %d", event_add(third, NULL));
	event_del(third);
	event_del(level);
	say("-- an edge reader and an edge writer");
	event_add(edge, NULL);
	say("add %d", event_add(third, NULL));
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("the reader goes");
	event_del(edge);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("the reader comes back");
	event_add(edge, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- what the peer's end adds");
	close(ends[1]);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(edge);
	event_free(level);
	event_free(third);
	event_base_free(base);
	return 0;
}
