/* SPDX-License-Identifier: BSD-3-Clause */
/* Leaving the loop: exit, break and continue, before, inside and timed. */
#include "kit.h"

static struct event_base *base;

static void
leave(evutil_socket_t fd, short what, void *arg)
{
	const char *how = arg;
	struct timeval soon = kit_ms(5);

	(void)fd;
	say("%s: %s", how, bits(what));
	if (!strcmp(how, "break"))
		say("loopbreak = %d", event_base_loopbreak(base));
	else if (!strcmp(how, "exit"))
		say("loopexit = %d", event_base_loopexit(base, NULL));
	else if (!strcmp(how, "exit in 5 ms"))
		say("loopexit = %d", event_base_loopexit(base, &soon));
	else if (!strcmp(how, "continue"))
		say("loopcontinue = %d", event_base_loopcontinue(base));
	say("got exit %d, got break %d", event_base_got_exit(base), event_base_got_break(base));
}

static void
activate(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("activating: %s", bits(what));
	event_active(arg, EV_READ, 1);
}

static void
try(const char *how, int flags)
{
	struct event *first = event_new(base, -1, 0, leave, (void *)how);
	struct event *second = event_new(base, -1, 0, report, "second");
	struct event *third = event_new(base, -1, 0, activate, second);
	struct event *timer = evtimer_new(base, report, "timer");

	say("-- %s", how);
	event_active(first, EV_READ, 1);
	event_active(third, EV_READ, 1);
	kit_add_ms(timer, 20);
	kit_loop(base, flags);
	say("again");
	kit_loop(base, flags);
	say("and again");
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(first);
	event_free(second);
	event_free(third);
	event_free(timer);
}

int
main(void)
{
	struct timeval soon = kit_ms(3);
	struct event *timer;

	base = kit_base();
	say("got exit %d, got break %d", event_base_got_exit(base), event_base_got_break(base));
	try("break", 0);
	try("exit", 0);
	try("exit in 5 ms", 0);
	try("continue", 0);
	try("break", EVLOOP_ONCE);
	try("exit", EVLOOP_ONCE);
	try("exit in 5 ms", EVLOOP_ONCE);
	try("continue", EVLOOP_ONCE);
	try("continue", EVLOOP_NONBLOCK);

	timer = evtimer_new(base, report, "timer");
	say("-- break before the loop");
	kit_add_ms(timer, 10);
	event_base_loopbreak(base);
	say("got break %d", event_base_got_break(base));
	kit_loop(base, 0);
	say("-- exit before the loop");
	kit_add_ms(timer, 10);
	say("loopexit = %d", event_base_loopexit(base, NULL));
	say("events added %d, virtual %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_VIRTUAL));
	kit_loop(base, 0);
	kit_loop(base, 0);
	say("-- exit of an empty base");
	event_base_loopexit(base, NULL);
	kit_loop(base, 0);
	kit_loop(base, 0);
	say("-- timed exit before the loop, with an earlier timer");
	kit_add_ms(timer, 1);
	event_base_loopexit(base, &soon);
	kit_loop(base, 0);
	say("-- timed exit of an empty base that stays");
	event_base_loopexit(base, &soon);
	kit_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	say("-- two exits");
	kit_add_ms(timer, 10);
	event_base_loopexit(base, NULL);
	event_base_loopexit(base, NULL);
	kit_loop(base, 0);
	kit_loop(base, 0);
	event_free(timer);
	event_base_free(base);
	return 0;
}
