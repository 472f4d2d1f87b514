/* SPDX-License-Identifier: BSD-3-Clause */
/* event_base_get_num_events and _max_events over a sequence of operations, every flag combination. */
#include "kit.h"

static struct event_base *base;

static void
show(const char *after)
{
	char line[256];
	int used = snprintf(line, sizeof(line), "%-28s", after);

	for (unsigned flags = 0; flags < 8; flags++)
		used += snprintf(line + used, sizeof(line) - (size_t)used, " %d/%d",
		    event_base_get_num_events(base, flags),
		    event_base_get_max_events(base, flags, 0));
	say("%s", line);
}

static void
inside(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	show(arg);
}

static void
finished(struct event *ev, void *arg)
{
	(void)ev;
	show(arg);
}

int
main(void)
{
	struct timeval second = {1, 0};
	const struct timeval *common;
	struct event *reader, *writer, *timer, *signaled, *user, *periodic;
	int ends[2];

	base = kit_base();
	show("new");
	kit_socketpair(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, inside, "in reader");
	writer = event_new(base, ends[0], EV_WRITE, inside, "in writer");
	timer = evtimer_new(base, inside, "in timer");
	signaled = evsignal_new(base, SIGUSR1, inside, "in signal");
	user = event_new(base, -1, 0, inside, "in user");
	periodic = event_new(base, -1, EV_PERSIST, inside, "in periodic");
	show("events made");
	event_add(reader, NULL);
	show("reader");
	event_add(reader, &second);
	show("reader with time-out");
	event_add(reader, &second);
	show("the same again");
	event_add(writer, NULL);
	show("writer");
	event_add(timer, &second);
	show("timer");
	event_add(signaled, NULL);
	show("signal");
	event_add(periodic, &second);
	show("periodic");
	event_active(user, EV_READ, 1);
	show("user active");
	event_active(user, EV_WRITE, 1);
	show("user active again");
	event_active(timer, EV_TIMEOUT, 1);
	show("timer active");
	event_active(reader, EV_READ, 1);
	show("reader active");
	kit_put(ends[1], "x");
	event_base_loop(base, EVLOOP_ONCE);
	show("after a turn");
	kit_drain(ends[0]);
	event_remove_timer(reader);
	show("reader without time-out");
	event_del(reader);
	show("reader deleted");
	event_del(signaled);
	show("signal deleted");
	event_base_loopexit(base, NULL);
	show("loopexit");
	event_base_loop(base, 0);
	show("exited");
	common = event_base_init_common_timeout(base, &second);
	show("common time-out made");
	event_add(timer, common);
	show("timer, common");
	event_base_once(base, ends[0], EV_WRITE, inside, "in once", &second);
	show("once");
	event_base_loop(base, EVLOOP_ONCE);
	show("after a turn");
	event_finalize(0, timer, finished);
	show("timer finalized");
	event_base_loop(base, EVLOOP_NONBLOCK);
	show("after a turn");
	event_del(periodic);
	show("periodic deleted");
	for (unsigned flags = 0; flags < 8; flags++)
		say("cleared %u: %d, then %d", flags, event_base_get_max_events(base, flags, 1),
		    event_base_get_max_events(base, flags, 0));
	say("unknown flags %d %d", event_base_get_num_events(base, 0xf8),
	    event_base_get_max_events(base, 0xf8, 0));
	event_free(reader);
	event_free(writer);
	event_free(signaled);
	event_free(user);
	event_free(periodic);
	event_base_free(base);
	return 0;
}
