/* SPDX-License-Identifier: BSD-3-Clause */
/* One signal in two bases, two signals in two bases. */
#include "kit.h"

int
main(void)
{
	struct event_base *first = kit_base(), *second = kit_base();
	struct event *mine = evsignal_new(first, SIGUSR1, report, "first base");
	struct event *other = evsignal_new(second, SIGUSR1, report, "second base");
	struct sigaction now;

	signal(SIGUSR1, SIG_IGN);
	say("-- one base after the other");
	event_add(mine, NULL);
	raise(SIGUSR1);
	kit_loop(first, EVLOOP_NONBLOCK);
	event_del(mine);
	event_add(other, NULL);
	raise(SIGUSR1);
	kit_loop(second, EVLOOP_NONBLOCK);
	event_del(other);
	say("-- both at once");
	event_add(mine, NULL);
	event_add(other, NULL);
	raise(SIGUSR1);
	kit_loop(first, EVLOOP_NONBLOCK);
	kit_loop(second, EVLOOP_NONBLOCK);
	event_del(mine);
	event_del(other);
	sigaction(SIGUSR1, NULL, &now);
	say("handler is ignore again: %d", now.sa_handler == SIG_IGN);
	event_free(mine);
	event_free(other);
	event_base_free(first);
	event_base_free(second);
	return 0;
}
