/* SPDX-License-Identifier: BSD-3-Clause */
/* User events: triggered, pending, deleted, with times. */
#include "kit.h"

static struct event *other;
static int runs;

static void
triggers(evutil_socket_t fd, short what, void *arg)
{
	say("%s: fd %d, %s", (const char *)arg, (int)fd, bits(what));
	if (++runs < 4)
		evuser_trigger(other);
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *first = evuser_new(base, triggers, "first");
	struct event *second = evuser_new(base, triggers, "second");

	other = first;
	say("initialised %d", evuser_initialized(first));
	evuser_trigger(first);
	say("pending %d %d", evuser_pending(first, NULL), event_pending(first, 0xff, NULL));
	evuser_trigger(second);
	evuser_trigger(first);
	evuser_trigger(second);
	kit_loop(base, 0);
	say("-- deleted");
	evuser_trigger(first);
	evuser_del(first);
	kit_loop(base, 0);
	say("-- with a time");
	kit_add_ms(first, 20);
	kit_loop(base, EVLOOP_ONCE);
	kit_add_ms(first, 20);
	evuser_trigger(first);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
	say("-- persistent, without a time");
	event_free(second);
	second = event_new(base, -1, EV_PERSIST, triggers, "persistent");
	say("add = %d", event_add(second, NULL));
	evuser_trigger(second);
	kit_loop(base, 0);
	evuser_trigger(second);
	kit_loop(base, 0);
	event_free(first);
	event_free(second);
	event_base_free(base);
	return 0;
}
