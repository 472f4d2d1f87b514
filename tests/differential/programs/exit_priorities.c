/* SPDX-License-Identifier: BSD-3-Clause */
/* Exit, break and continue among several priorities, and both at once. */
#include "kit.h"

static struct event_base *base;
static struct event *events[6];
static int ends[2];

static void
leave(evutil_socket_t fd, short what, void *arg)
{
	const char *how = arg;

	(void)fd;
	say("%s: %s", how, bits(what));
	if (strstr(how, "exit"))
		event_base_loopexit(base, NULL);
	if (strstr(how, "break"))
		event_base_loopbreak(base);
	if (strstr(how, "continue")) {
		kit_put(ends[1], "x");
		event_base_loopcontinue(base);
	}
	say("got exit %d break %d, active %d", event_base_got_exit(base),
	    event_base_got_break(base), event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
}

static void
try(const char *how, int priority, int flags)
{
	static char names[6][8];
	struct event *reader =
	    event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	struct event *leaver = event_new(base, -1, 0, leave, (void *)how);

	say("-- %s with priority %d", how, priority);
	event_priority_set(reader, 0);
	event_add(reader, NULL);
	event_priority_set(leaver, priority);
	for (int i = 0; i < 6; i++) {
		snprintf(names[i], sizeof(names[i]), "p%d", i / 2);
		events[i] = event_new(base, -1, 0, report, names[i]);
		event_priority_set(events[i], i / 2);
		event_active(events[i], EV_READ, 1);
		if (i / 2 == priority && i % 2 == 0)
			event_active(leaver, EV_WRITE, 1);
	}
	kit_loop(base, flags);
	say("and on");
	kit_loop(base, EVLOOP_NONBLOCK);
	for (int i = 0; i < 6; i++)
		event_free(events[i]);
	event_free(leaver);
	event_free(reader);
}

int
main(void)
{
	base = kit_base_with_priorities(3);
	kit_pipe(ends);
	for (int priority = 0; priority < 3; priority++) {
		try("exit", priority, 0);
		try("break", priority, 0);
		try("continue", priority, EVLOOP_ONCE);
		try("exit and break", priority, 0);
		try("exit and continue", priority, 0);
		try("break and continue", priority, 0);
	}
	event_base_free(base);
	return 0;
}
