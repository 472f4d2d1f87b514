/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Forks of forks, of empty bases, of bases with threads and with common time-outs. */
#include "kit.h"

static struct event_base *base;

static void
in_child(void (*act)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		say("reinit = %d", event_reinit(base));
		act();
		exit(3);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		say("killed by %s", strsignal(WTERMSIG(status)));
	else
		say("status %d", WEXITSTATUS(status));
}

static void
look(void)
{
	kit_loop(base, EVLOOP_NONBLOCK);
}

static void
look_and_fork(void)
{
	kit_loop(base, EVLOOP_NONBLOCK);
	in_child(look);
	kit_loop(base, EVLOOP_NONBLOCK);
}

static void
wait_once(void)
{
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
}

static void
signal_itself(void)
{
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	say("freed");
}

int
main(void)
{
	struct timeval ten = kit_ms(10);
	struct event *reader, *timer, *signaled, *common;
	int ends[2];

	base = kit_base();
	say("-- empty");
	in_child(look);
	look();
	kit_pipe(ends);
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report_and_drain, "reader");
	event_add(reader, NULL);
	say("-- fork of a fork");
	kit_put(ends[1], "x");
	in_child(look_and_fork);
	kit_put(ends[1], "x");
	look();
	say("-- timers");
	timer = event_new(base, -1, EV_PERSIST, report, "timer");
	common = evtimer_new(base, report, "common");
	kit_add_ms(timer, 15);
	event_add(common, event_base_init_common_timeout(base, &ten));
	in_child(wait_once);
	wait_once();
	say("-- signals");
	signaled = evsignal_new(base, SIGUSR1, report, "signal");
	event_add(signaled, NULL);
	in_child(signal_itself);
	raise(SIGUSR1);
	look();
	say("-- a signal that came before the fork");
	raise(SIGUSR1);
	in_child(look);
	look();
	event_free(reader);
	event_free(timer);
	event_free(common);
	event_free(signaled);
	event_base_free(base);
	return 0;
}
