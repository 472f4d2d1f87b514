/* SPDX-License-Identifier: BSD-3-Clause */
/* event_active: its bits, its count, again while active, of pending and other events. */
#include "kit.h"

static struct event_base *base;
static struct event *self;
static int runs;

static void
reactivate(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("reactivate: %s, pending %s", bits(what), bits(event_pending(self, 0xff, NULL)));
	if (runs++ < 2)
		event_active(self, EV_WRITE, 1);
	say("  now pending %s", bits(event_pending(self, 0xff, NULL)));
}

int
main(void)
{
	static const int sets[] = {0, EV_READ, EV_WRITE, EV_TIMEOUT, EV_SIGNAL, EV_CLOSED,
	    EV_READ | EV_WRITE | EV_TIMEOUT, EV_PERSIST, EV_ET | EV_READ, EV_FINALIZE, 0x100,
	    0x7fff};
	struct event *user, *signaled, *timer;
	int ends[2];

	base = kit_base();
	user = event_new(base, -1, 0, report, "user");
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		event_active(user, sets[i], 1);
		say("activated with %s; pending %s", bits(sets[i]),
		    bits(event_pending(user, 0xff, NULL)));
		kit_loop(base, EVLOOP_NONBLOCK);
	}
	say("-- twice before the loop");
	event_active(user, EV_READ, 1);
	event_active(user, EV_WRITE, 3);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- counts of an event that is no signal");
	event_active(user, EV_READ, 0);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_active(user, EV_READ, 4);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_active(user, EV_READ, -1);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- counts of a signal event that is not added");
	signaled = evsignal_new(base, SIGUSR1, report, "signaled");
	for (short n = 0; n < 4; n++) {
		event_active(signaled, EV_SIGNAL, n);
		kit_loop(base, EVLOOP_NONBLOCK);
	}
	event_active(signaled, EV_READ, 2);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_active(signaled, EV_SIGNAL, 2);
	event_active(signaled, EV_SIGNAL, 3);
	event_active(signaled, EV_READ, 5);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- deleted while active");
	event_active(user, EV_READ, 1);
	say("del = %d", event_del(user));
	say("pending %s", bits(event_pending(user, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- from its own callback");
	self = event_new(base, -1, 0, reactivate, NULL);
	event_active(self, EV_READ, 1);
	kit_loop(base, 0);
	say("-- a pending timer");
	timer = evtimer_new(base, report, "timer");
	kit_add_ms(timer, 1000);
	event_active(timer, EV_READ, 1);
	say("pending %s", bits(event_pending(timer, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	say("pending %s", bits(event_pending(timer, 0xff, NULL)));
	say("-- a pending persistent reader, one that is not persistent");
	kit_pipe(ends);
	for (int persist = 0; persist < 2; persist++) {
		struct event *reader = event_new(
		    base, ends[0], EV_READ | (persist ? EV_PERSIST : 0), report, "reader");

		kit_add_ms(reader, 1000);
		event_active(reader, EV_WRITE, 1);
		say("pending %s", bits(event_pending(reader, 0xff, NULL)));
		kit_loop(base, EVLOOP_NONBLOCK);
		say("pending %s", bits(event_pending(reader, 0xff, NULL)));
		kit_put(ends[1], "x");
		event_active(reader, EV_WRITE, 1);
		kit_loop(base, EVLOOP_ONCE);
		kit_drain(ends[0]);
		event_free(reader);
	}
	event_free(user);
	event_free(signaled);
	event_free(self);
	event_free(timer);
	event_base_free(base);
	return 0;
}
