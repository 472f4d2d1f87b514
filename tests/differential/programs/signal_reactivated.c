/* SPDX-License-Identifier: BSD-3-Clause */
/* A signal event that its own callback activates, while calls are left and after the last. */
#include "kit.h"

static struct event *own;
static int runs, activate_in;

static void
activates(evutil_socket_t signo, short what, void *arg)
{
	(void)arg;
	runs++;
	say("call %d: signal %d, %s", runs, (int)signo, bits(what));
	if (runs == activate_in)
		event_active(own, EV_READ, 2);
}

static void
try(struct event_base *base, int in)
{
	say("-- three calls, activated in number %d", in);
	runs = 0;
	activate_in = in;
	event_active(own, EV_SIGNAL, 3);
	kit_loop(base, EVLOOP_NONBLOCK);
}

int
main(void)
{
	struct event_base *base = kit_base();

	own = event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, activates, NULL);
	for (int in = 1; in <= 3; in++)
		try(base, in);
	event_free(own);
	event_base_free(base);
	return 0;
}
