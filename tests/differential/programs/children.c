/* SPDX-License-Identifier: BSD-3-Clause */
/* SIGCHLD: children are waited for one after the other. */
#include "kit.h"

static struct event_base *base;
static int ended;

static void
on_child(evutil_socket_t signo, short what, void *arg)
{
	int status;

	(void)arg;
	while (waitpid(-1, &status, WNOHANG) > 0) {
		ended++;
		say("signal %d, %s: status %d", (int)signo, bits(what), WEXITSTATUS(status));
	}
	if (ended == 3)
		event_base_loopexit(base, NULL);
}

static void
start_next(evutil_socket_t fd, short what, void *arg)
{
	static int number;

	(void)fd;
	(void)what;
	if (fork() == 0)
		_exit(10 + number);
	number++;
	if (number < 3)
		kit_add_ms(*(struct event **)arg, 10);
}

int
main(void)
{
	struct event *signaled, *timer;

	base = kit_base();
	signaled = evsignal_new(base, SIGCHLD, on_child, NULL);
	event_add(signaled, NULL);
	timer = evtimer_new(base, start_next, &timer);
	for (int i = 0; i < 3; i++) {
		start_next(-1, 0, &timer);
		event_del(timer);
		while (ended <= i)
			event_base_loop(base, EVLOOP_ONCE);
	}
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(signaled);
	event_free(timer);
	event_base_free(base);
	return 0;
}
