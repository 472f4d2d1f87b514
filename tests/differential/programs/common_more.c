/* SPDX-License-Identifier: BSD-3-Clause */
/* Common time-outs for readers and persistent events, with priorities, deleted and added in callbacks. */
#include "kit.h"

static struct event_base *base;
static struct event *events[6];
static const struct timeval *common;
static int64_t start_us;
static int left = 8;

static void
note(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s at %lld", (const char *)arg, bits(what),
	    (long long)(virtual_now_us() - start_us) / 1000);
	if (!strcmp(arg, "deletes")) {
		event_del(events[3]);
		event_add(events[0], common);
	}
	if (--left == 0)
		event_base_loopbreak(base);
}

static void
note_and_drain(evutil_socket_t fd, short what, void *arg)
{
	kit_drain(fd);
	note(fd, what, arg);
}

int
main(void)
{
	struct timeval ten = kit_ms(10), other = kit_ms(11), left_tv;
	const struct timeval *second;
	int ends[2];

	base = kit_base_with_priorities(2);
	kit_pipe(ends);
	common = event_base_init_common_timeout(base, &ten);
	second = event_base_init_common_timeout(base, &other);
	start_us = virtual_now_us();
	events[0] = evtimer_new(base, note, "plain");
	events[1] =
	    event_new(base, ends[0], EV_READ | EV_PERSIST, note_and_drain, "persistent reader");
	events[2] = evtimer_new(base, note, "deletes");
	events[3] = evtimer_new(base, note, "deleted");
	events[4] = event_new(base, -1, EV_PERSIST, note, "persistent timer");
	events[5] = evtimer_new(base, note, "urgent");
	event_priority_set(events[5], 0);
	for (int i = 1; i < 6; i++)
		say("add %d", event_add(events[i], i == 4 ? second : common));
	event_pending(events[1], EV_TIMEOUT, &left_tv);
	say("due at .%06ld", (long)left_tv.tv_usec);
	kit_loop(base, EVLOOP_ONCE);
	virtual_advance_us(5000);
	kit_put(ends[1], "x");
	kit_loop(base, 0);
	say("-- from common to ordinary and back");
	for (int i = 0; i < 6; i++)
		event_del(events[i]);
	start_us = virtual_now_us();
	left = 100;
	kit_add_ms(events[0], 4);
	event_add(events[0], common);
	event_add(events[3], common);
	kit_add_ms(events[3], 4);
	event_add(events[5], common);
	event_remove_timer(events[5]);
	kit_loop(base, 0);
	for (int i = 0; i < 6; i++)
		event_free(events[i]);
	event_base_free(base);
	return 0;
}
