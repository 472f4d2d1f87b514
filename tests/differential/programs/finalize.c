/* SPDX-License-Identifier: BSD-3-Clause */
/* event_finalize and event_free_finalize, in and out of the loop, and freeing the base. */
#include "kit.h"

static struct event_base *base;

static void
finished(struct event *ev, void *arg)
{
	say("finalised %s, pending %s, events %s", ev == arg ? "itself" : (const char *)arg,
	    bits(event_pending(ev, 0xff, NULL)), bits(event_get_events(ev)));
}

static void
finalizes_itself(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("callback: %s", bits(what));
	say("finalize = %d", event_finalize(0, arg, finished));
	say("still in the callback");
}

static void
finished_self(struct event *ev, void *arg)
{
	say("finalised; the argument is %s", ev == arg ? "the event" : "something else");
}

static void
frees_itself(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("callback: %s", bits(what));
	say("free_finalize = %d", event_free_finalize(0, arg, finished_self));
	say("still in the callback");
}

int
main(void)
{
	struct event *ev, *user;
	int ends[2];

	base = kit_base();
	kit_pipe(ends);
	kit_put(ends[1], "x");
	say("-- pending");
	ev = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "reader");
	event_add(ev, NULL);
	say("finalize = %d", event_finalize(0, ev, finished));
	say("pending %s, counts %d %d", bits(event_pending(ev, 0xff, NULL)),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	say("add = %d", event_add(ev, NULL));
	event_active(ev, EV_READ, 1);
	say("del = %d", event_del(ev));
	say("finalize again = %d", event_finalize(0, ev, finished));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("add afterwards = %d", event_add(ev, NULL));
	say("pending %s", bits(event_pending(ev, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- active");
	user = event_new(base, -1, 0, report, "user");
	event_active(user, EV_READ, 1);
	event_finalize(0, user, finished);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- never added, freed");
	say("free_finalize = %d", event_free_finalize(0, user, finished));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- in its own callback");
	user = event_new(base, -1, EV_PERSIST, finalizes_itself, event_self_cbarg());
	say("argument %s", event_get_callback_arg(user) == user ? "itself" : "other");
	event_assign(user, base, -1, EV_PERSIST, frees_itself, user);
	kit_add_ms(user, 1);
	kit_loop(base, 0);
	say("-- the same without freeing");
	user = event_new(base, -1, EV_PERSIST, finalizes_itself, event_self_cbarg());
	event_active(user, EV_READ, 1);
	kit_loop(base, 0);
	say("-- finalizers left when the base goes");
	user = event_new(base, ends[0], EV_READ, report, "left 1");
	event_add(user, NULL);
	event_finalize(0, user, finished);
	user = event_new(base, -1, 0, report, "left 2");
	event_free_finalize(0, user, finished);
	event_base_free(base);
	say("-- and without");
	base = kit_base();
	user = event_new(base, ends[0], EV_READ, report, "left 3");
	event_add(user, NULL);
	event_finalize(0, user, finished);
	event_base_free_nofinalize(base);
	return 0;
}
