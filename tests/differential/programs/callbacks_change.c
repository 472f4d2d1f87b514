/* SPDX-License-Identifier: BSD-3-Clause */
/* Callbacks that add, delete and free themselves and others, whether active in the same turn or not. */
#include "kit.h"

static struct event_base *base;
static struct event *victim, *self;
static int ends[3][2];

static void
deletes_victim(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	say("  victim pending %s", bits(event_pending(victim, 0xff, NULL)));
	say("  del = %d", event_del(victim));
}

static void
deletes_and_adds(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	event_del(victim);
	say("  add = %d", event_add(victim, NULL));
	say("  victim pending %s", bits(event_pending(victim, 0xff, NULL)));
}

static void
adds_itself(evutil_socket_t fd, short what, void *arg)
{
	static int left = 2;

	(void)fd;
	say("%s: %s, pending %s", (const char *)arg, bits(what),
	    bits(event_pending(self, 0xff, NULL)));
	if (left-- > 0)
		say("  add = %d", event_add(self, NULL));
}

static void
frees_itself(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("frees itself: %s", bits(what));
	event_free(self);
}

static void
reads_other(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	kit_drain(ends[1][0]);
}

static void
adds_reader(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	event_add(victim, NULL);
}

static void
try(const char *name, event_callback_fn first)
{
	struct event *reader = event_new(base, ends[0][0], EV_READ, first, (void *)"first");

	say("-- %s", name);
	victim = event_new(base, ends[1][0], EV_READ, report, "victim");
	event_add(reader, NULL);
	if (first != adds_reader)
		event_add(victim, NULL);
	kit_put(ends[0][1], "x");
	kit_put(ends[1][1], "x");
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_drain(ends[0][0]);
	kit_drain(ends[1][0]);
	event_free(reader);
	event_free(victim);
}

int
main(void)
{
	base = kit_base();
	for (int i = 0; i < 3; i++)
		kit_pipe(ends[i]);
	try("the second is deleted by the first", deletes_victim);
	try("deleted and added again", deletes_and_adds);
	try("read empty by the first, still called", reads_other);
	try("added by the first", adds_reader);
	say("-- adds itself");
	self = event_new(base, ends[2][0], EV_READ, adds_itself, "self");
	event_add(self, NULL);
	kit_put(ends[2][1], "x");
	kit_loop(base, 0);
	event_free(self);
	say("-- frees itself");
	self = event_new(base, ends[2][0], EV_READ | EV_PERSIST, frees_itself, NULL);
	event_add(self, NULL);
	kit_loop(base, 0);
	say("-- a timer frees itself");
	self = event_new(base, -1, EV_PERSIST, frees_itself, NULL);
	kit_add_ms(self, 1);
	kit_loop(base, 0);
	say("-- a signal event frees itself");
	self = evsignal_new(base, SIGUSR1, frees_itself, NULL);
	event_add(self, NULL);
	raise(SIGUSR1);
	raise(SIGUSR1);
	kit_loop(base, 0);
	event_base_free(base);
	return 0;
}
