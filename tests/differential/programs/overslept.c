/* SPDX-License-Identifier: BSD-3-Clause */
/* A callback that takes longer than the next timer has left: how late that timer is. */
#include "kit.h"

static int64_t start_us;
static int ticks;

static void
late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	say("~ %s at %lld us", (const char *)arg, (long long)(virtual_now_us() - start_us));
}

static void
takes_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("takes 25 ms: %s", bits(what));
	late(fd, what, arg);
	virtual_advance_us(25000);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	late(fd, what, arg);
	say("tick %d", ++ticks);
	if (ticks == 2)
		virtual_advance_us(25000);
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *first, *second, *periodic;

	first = evtimer_new(base, takes_long, "long");
	second = evtimer_new(base, late, "second");
	start_us = virtual_now_us();
	kit_add_ms(first, 10);
	kit_add_ms(second, 20);
	kit_loop(base, 0);
	periodic = event_new(base, -1, EV_PERSIST, tick, "periodic");
	start_us = virtual_now_us();
	kit_add_ms(periodic, 10);
	for (int i = 0; i < 5; i++)
		kit_loop(base, EVLOOP_ONCE);
	event_free(first);
	event_free(second);
	event_free(periodic);
	event_base_free(base);
	return 0;
}
