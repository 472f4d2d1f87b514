/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers: order, adding again, removing, persistent ones, what pending says. */
#include "kit.h"

static struct event_base *base;
static int64_t start_us;
static int count;

static void
stamp(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s at %lld us", (const char *)arg, bits(what),
	    (long long)(virtual_now_us() - start_us));
}

static struct event *periodic;

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	struct timeval left = {0, 0};
	int pending;

	stamp(fd, what, arg);
	pending = event_pending(periodic, EV_TIMEOUT | EV_READ, &left);
	say("  pending %s", bits(pending));
	count++;
	if (count == 4)
		say("  add with another time = %d", kit_add_ms(periodic, 3));
	if (count == 6)
		say("  add without time = %d", event_add(periodic, NULL));
	if (count == 8)
		say("  del = %d", event_del(periodic));
}

static void
show_pending(const char *name, struct event *ev)
{
	struct timeval when = {-1, -1}, now;
	int rc = event_pending(ev, EV_TIMEOUT, &when);

	event_base_gettimeofday_cached(base, &now);
	if (rc)
		say("%s: in %lld us", name,
		    (long long)(when.tv_sec - now.tv_sec) * 1000000 + (when.tv_usec - now.tv_usec));
	else
		say("%s: not pending, tv %ld.%ld", name, (long)when.tv_sec, (long)when.tv_usec);
}

int
main(void)
{
	struct event *timers[6];
	static char names[6][8];
	struct event *reader;
	int ends[2];

	base = kit_base();
	start_us = virtual_now_us();
	for (int i = 0; i < 6; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		timers[i] = evtimer_new(base, stamp, names[i]);
	}
	say("-- in order of time");
	kit_add_ms(timers[0], 30);
	kit_add_ms(timers[1], 10);
	kit_add_ms(timers[2], 20);
	kit_add_ms(timers[3], 0);
	kit_loop(base, 0);
	say("-- added again: later, earlier, without");
	kit_add_ms(timers[0], 30);
	kit_add_ms(timers[1], 10);
	kit_add_ms(timers[2], 20);
	kit_add_ms(timers[0], 5);
	kit_add_ms(timers[1], 50);
	event_add(timers[2], NULL);
	show_pending("t0", timers[0]);
	show_pending("t1", timers[1]);
	show_pending("t2", timers[2]);
	kit_loop(base, 0);
	show_pending("t0", timers[0]);
	say("-- removed");
	kit_add_ms(timers[0], 5);
	say("remove_timer = %d", event_remove_timer(timers[0]));
	show_pending("t0", timers[0]);
	kit_loop(base, 0);
	say("-- a timer that is active is added again");
	kit_add_ms(timers[0], 40);
	event_active(timers[0], EV_TIMEOUT, 1);
	kit_add_ms(timers[0], 60);
	show_pending("t0", timers[0]);
	kit_loop(base, EVLOOP_ONCE);
	show_pending("t0", timers[0]);
	kit_loop(base, 0);
	say("-- the same without EV_TIMEOUT among the bits");
	kit_add_ms(timers[0], 40);
	event_active(timers[0], EV_READ, 1);
	kit_add_ms(timers[0], 60);
	kit_loop(base, 0);
	say("-- removed while active by time-out");
	kit_pipe(ends);
	reader = event_new(base, ends[0], EV_READ, stamp, "reader");
	kit_add_ms(reader, 10);
	event_active(reader, EV_TIMEOUT | EV_READ, 1);
	say("remove_timer = %d", event_remove_timer(reader));
	say("pending %s", bits(event_pending(reader, 0xff, NULL)));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(reader);
	say("-- persistent");
	periodic = event_new(base, -1, EV_PERSIST, tick, "tick");
	start_us = virtual_now_us();
	kit_add_ms(periodic, 10);
	kit_loop(base, 0);
	say("-- persistent reader with a time-out");
	count = 100;
	event_free(periodic);
	periodic = event_new(base, ends[0], EV_READ | EV_PERSIST, tick, "reader");
	start_us = virtual_now_us();
	kit_add_ms(periodic, 10);
	kit_loop(base, EVLOOP_ONCE);
	virtual_advance_us(4000);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_ONCE);
	kit_drain(ends[0]);
	kit_loop(base, EVLOOP_ONCE);
	virtual_advance_us(12000);
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_ONCE);
	kit_drain(ends[0]);
	kit_loop(base, EVLOOP_ONCE);
	say("added without time = %d", event_add(periodic, NULL));
	kit_loop(base, EVLOOP_ONCE);
	say("remove_timer = %d", event_remove_timer(periodic));
	say("pending %s", bits(event_pending(periodic, 0xff, NULL)));
	kit_put(ends[1], "x");
	kit_loop(base, EVLOOP_ONCE);
	say("pending %s", bits(event_pending(periodic, 0xff, NULL)));
	return 0;
}
