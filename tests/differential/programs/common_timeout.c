/* SPDX-License-Identifier: BSD-3-Clause */
/* Common time-outs: what init answers, order, mixed with ordinary ones. */
#include "kit.h"

static struct event_base *base;
static int64_t start_us;

static void
stamp(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s at %lld us", (const char *)arg, bits(what),
	    (long long)(virtual_now_us() - start_us));
}

int
main(void)
{
	struct timeval ten = {0, 10000}, odd = {1, 2500000}, again;
	const struct timeval *common, *same, *other;
	struct event *events[6];
	static char names[6][8];

	base = kit_base();
	start_us = virtual_now_us();
	common = event_base_init_common_timeout(base, &ten);
	same = event_base_init_common_timeout(base, &ten);
	other = event_base_init_common_timeout(base, &odd);
	say("the same twice: %s", common == same ? "one" : "two");
	say("seconds %ld, microseconds %s", (long)common->tv_sec,
	    common->tv_usec == 10000 ? "plain" : "marked");
	say("too many microseconds: %ld s", (long)other->tv_sec);
	say("of itself: %s",
	    event_base_init_common_timeout(base, common) == common ? "the same" : "new");
	for (int i = 0; i < 6; i++) {
		snprintf(names[i], sizeof(names[i]), "c%d", i);
		events[i] = event_new(base, -1, i == 5 ? EV_PERSIST : 0, stamp, names[i]);
	}
	for (int i = 0; i < 5; i++) {
		say("add %d", event_add(events[i], common));
		virtual_advance_us(1000);
	}
	kit_add_ms(events[2], 2);
	event_add(events[0], common);
	event_del(events[3]);
	kit_loop(base, 0);
	say("-- a copy of the value");
	again = *common;
	event_add(events[0], &again);
	event_pending(events[0], EV_TIMEOUT, &again);
	say("pending at %ld us of a second", (long)again.tv_usec);
	kit_loop(base, 0);
	say("-- persistent");
	start_us = virtual_now_us();
	event_add(events[5], common);
	for (int i = 0; i < 4; i++)
		kit_loop(base, EVLOOP_ONCE);
	event_del(events[5]);
	say("-- ties of one common time-out, in order of adding");
	start_us = virtual_now_us();
	for (int i = 4; i >= 0; i--)
		event_add(events[i], common);
	kit_loop(base, 0);
	say("-- as many as there may be");
	for (int i = 0; i < 260; i++) {
		struct timeval one = {3, i};

		if (!event_base_init_common_timeout(base, &one)) {
			say("number %d is refused", i);
			break;
		}
	}
	for (int i = 0; i < 6; i++)
		event_free(events[i]);
	event_base_free(base);
	return 0;
}
