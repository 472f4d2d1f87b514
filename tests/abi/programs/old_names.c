/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program as it was written for libevent 1.4: one global base, <event.h>, the macros of
 * timers and signals.
 */
#include <event.h>
#include <evutil.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "which_library.h"

static int signals;
static int timeouts;
static int once;

static void
on_signal(int fd, short what, void *arg)
{
	struct event *ev = (struct event *)arg;

	MUST(fd == SIGUSR1 && EVENT_SIGNAL(ev) == SIGUSR1);
	MUST(what == EV_SIGNAL);
	signals++;
	signal_del(ev);
}

static void
on_timeout(int fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	MUST(what == EV_TIMEOUT);
	timeouts++;
}

static void
on_once(int fd, short what, void *arg)
{
	(void)arg;
	MUST(fd == -1 && what == EV_TIMEOUT);
	once++;
	MUST(kill(getpid(), SIGUSR1) == 0);
}

int
main(int argc, char **argv)
{
	struct event signal_event, timer, other_timer;
	struct timeval soon = {0, 2000};
	struct event_base *base;

	expect_library(argc, argv);
	memset(&signal_event, 0, sizeof(signal_event));
	base = event_init();
	MUST(base != NULL);
	MUST(strcmp(event_get_method(), event_base_get_method(base)) == 0);
	MUST(!signal_initialized(&signal_event));
	signal_set(&signal_event, SIGUSR1, on_signal, &signal_event);
	MUST(signal_initialized(&signal_event));
	MUST(signal_add(&signal_event, NULL) == 0);
	MUST(signal_pending(&signal_event, NULL) == EV_SIGNAL);
	evtimer_set(&timer, on_timeout, NULL);
	MUST(event_base_set(base, &timer) == 0);
	MUST(evtimer_add(&timer, &soon) == 0);
	timeout_set(&other_timer, on_timeout, NULL);
	MUST(timeout_add(&other_timer, &soon) == 0);
	MUST(timeout_pending(&other_timer, NULL) == EV_TIMEOUT);
	MUST(timeout_del(&other_timer) == 0);
	MUST(EVENT_FD(&timer) == -1);
	MUST(event_once(-1, EV_TIMEOUT, on_once, NULL, NULL) == 0);

	MUST(event_dispatch() == 1);

	MUST(signals == 1 && timeouts == 1 && once == 1);
	event_base_free(base);
	return 0;
}
