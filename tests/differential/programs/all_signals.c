/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Every signal that can be caught. */
#include "kit.h"

static void
note(evutil_socket_t signo, short what, void *arg)
{
	(void)arg;
	printf(" %d%s", (int)signo, what == EV_SIGNAL ? "" : "!");
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct event *events[65] = {NULL};

	for (int signo = 1; signo <= 64; signo++) {
		events[signo] = evsignal_new(base, signo, note, NULL);
		if (signo == 32 || signo == 33) /* the C library's own */
			continue;
		if (event_add(events[signo], NULL) < 0)
			say("signal %d: no", signo);
	}
	say("-- one at a time");
	for (int signo = 64; signo >= 1; signo--) {
		if (event_pending(events[signo], EV_SIGNAL, NULL)) {
			raise(signo);
			event_base_loop(base, EVLOOP_NONBLOCK);
		}
	}
	putchar('\n');
	say("-- together, twice each");
	for (int signo = 64; signo >= 1; signo--) {
		if (event_pending(events[signo], EV_SIGNAL, NULL)) {
			raise(signo);
			raise(signo);
		}
	}
	event_base_loop(base, EVLOOP_NONBLOCK);
	putchar('\n');
	for (int signo = 1; signo <= 64; signo++)
		event_free(events[signo]);
	event_base_free(base);
	return 0;
}
