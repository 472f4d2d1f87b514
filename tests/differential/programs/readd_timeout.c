/* SPDX-License-Identifier: BSD-3-Clause */
/* Adding again with and without time-outs, inside and outside of callbacks, one-shot and persistent. */
#include "kit.h"

static struct event_base *base;
static struct event *ev;
static int64_t start_us;
static int mode, runs;

static void
show(const char *when)
{
	struct timeval due, now;
	int pending = event_pending(ev, 0xff, &due);

	event_base_gettimeofday_cached(base, &now);
	if (pending & EV_TIMEOUT)
		say("%s: pending %s in %lld us", when, bits(pending),
		    (long long)(due.tv_sec - now.tv_sec) * 1000000 + (due.tv_usec - now.tv_usec));
	else
		say("%s: pending %s", when, bits(pending));
}

static void
acts(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("%s at %lld us", bits(what), (long long)(virtual_now_us() - start_us));
	show("  inside");
	if (what & EV_READ)
		kit_drain(fd);
	if (++runs > 3) {
		event_del(ev);
		return;
	}
	if (mode == 1)
		event_add(ev, NULL);
	if (mode == 2)
		kit_add_ms(ev, 7);
	if (mode == 3)
		event_remove_timer(ev);
	if (mode == 4) {
		event_del(ev);
		event_add(ev, NULL);
	}
	if (mode == 5)
		event_active(ev, EV_WRITE, 1);
	if (mode == 6)
		event_active(ev, EV_TIMEOUT, 1);
	show("  leaving");
}

int
main(void)
{
	static const char *const modes[] = {"nothing", "add without", "add 7 ms", "remove timer",
	    "del, add without", "activate for writing", "activate by time-out"};
	int ends[2];

	base = kit_base();
	kit_pipe(ends);
	for (int persist = 0; persist < 2; persist++) {
		for (int with_fd = 0; with_fd < 2; with_fd++) {
			for (mode = 0; mode < 7; mode++) {
				say("-- %s%s, %s", persist ? "persistent " : "",
				    with_fd ? "reader" : "timer", modes[mode]);
				runs = 0;
				start_us = virtual_now_us();
				ev = event_new(base, with_fd ? ends[0] : -1,
				    (short)((with_fd ? EV_READ : 0) | (persist ? EV_PERSIST : 0)),
				    acts, NULL);
				kit_add_ms(ev, 10);
				show("added");
				kit_loop(base, EVLOOP_ONCE);
				show("after one");
				if (with_fd) {
					virtual_advance_us(3000);
					kit_put(ends[1], "x");
				}
				kit_loop(base, with_fd ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
				show("after two");
				if (event_pending(ev, EV_TIMEOUT, NULL))
					kit_loop(base, EVLOOP_ONCE);
				kit_drain(ends[0]);
				event_free(ev);
			}
		}
	}
	event_base_free(base);
	return 0;
}
