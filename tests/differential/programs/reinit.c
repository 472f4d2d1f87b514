/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* A child after fork: descriptors, signals, timers and active events after event_reinit. */
#include "kit.h"

static void
child(struct event_base *base, int write_end, struct event *reader)
{
	say("child: reinit = %d", event_reinit(base));
	say("added %d, active %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE));
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(write_end, "child");
	kit_loop(base, EVLOOP_ONCE);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(reader);
	kit_put(write_end, "child");
	kit_loop(base, EVLOOP_ONCE);
	say("child ends");
	exit(7);
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *reader, *timer, *signaled, *user;
	int ends[2], status;
	pid_t pid;

	kit_pipe(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	timer = evtimer_new(base, report, "timer");
	signaled = evsignal_new(base, SIGUSR1, report, "signal");
	user = event_new(base, -1, 0, report, "user");
	event_add(reader, NULL);
	kit_add_ms(timer, 20);
	event_add(signaled, NULL);
	event_active(user, EV_READ, 1);
	pid = fork();
	if (pid == 0)
		child(base, ends[1], reader);
	waitpid(pid, &status, 0);
	say("parent: child's status %d", WEXITSTATUS(status));
	kit_drain(ends[0]);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_put(ends[1], "p");
	kit_loop(base, EVLOOP_ONCE);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_ONCE);
	say("reinit without fork = %d", event_reinit(base));
	kit_put(ends[1], "p");
	kit_loop(base, EVLOOP_ONCE);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(reader);
	event_free(timer);
	event_free(signaled);
	event_free(user);
	event_base_free(base);
	return 0;
}
