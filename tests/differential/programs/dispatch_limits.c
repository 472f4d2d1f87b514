/* SPDX-License-Identifier: BSD-3-Clause */
/* event_config_set_max_dispatch_interval: how many callbacks run before the next look at the kernel. */
#include "kit.h"

static struct event_base *base;
static struct event *events[8];
static int ends[2];

static void
note(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	say("event %d", (int)(intptr_t)arg);
	if ((intptr_t)arg == 0)
		kit_put(ends[1], "x");
	virtual_advance_us(2000);
}

static void
try(const char *name, const struct timeval *interval, int max, int min_priority, int low)
{
	struct event_config *config = event_config_new();
	struct event *reader;

	say("-- %s: set = %d", name,
	    event_config_set_max_dispatch_interval(config, interval, max, min_priority));
	base = event_base_new_with_config(config);
	event_config_free(config);
	event_base_priority_init(base, 3);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	event_priority_set(reader, 0);
	event_add(reader, NULL);
	for (int i = 0; i < 8; i++) {
		events[i] = event_new(base, -1, 0, note, (void *)(intptr_t)i);
		event_priority_set(events[i], low);
		event_active(events[i], EV_READ, 1);
	}
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 8; i++)
		event_free(events[i]);
	event_free(reader);
	event_base_free(base);
}

int
main(void)
{
	struct timeval five = {0, 5000};

	kit_pipe(ends);
	try("none", NULL, -1, 0, 1);
	try("three callbacks from 0", NULL, 3, 0, 1);
	try("three callbacks from 1", NULL, 3, 1, 1);
	try("three callbacks from 2, events of 1", NULL, 3, 2, 1);
	try("three callbacks from 2, events of 2", NULL, 3, 2, 2);
	try("0 callbacks", NULL, 0, 0, 1);
	try("-5 callbacks, -3", NULL, -5, -3, 1);
	try("5 ms", &five, -1, 0, 1);
	try("5 ms from 2, events of 1", &five, -1, 2, 1);
	try("5 ms and two callbacks", &five, 2, 0, 1);
	return 0;
}
