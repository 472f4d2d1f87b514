/* SPDX-License-Identifier: BSD-3-Clause */
/* What the loop answers, and when it goes round again, for each flag. */
#include "kit.h"

static struct event_base *base;
static struct event *chain[4];

static void
activate_next(evutil_socket_t fd, short what, void *arg)
{
	int at = (int)(intptr_t)arg;

	(void)fd;
	say("link %d: %s", at, bits(what));
	if (at + 1 < 4)
		event_active(chain[at + 1], EV_READ, 1);
}

int
main(void)
{
	struct event *timer, *reader;
	int ends[2];

	base = kit_base();
	say("an empty base");
	kit_loop(base, 0);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);

	for (int i = 0; i < 4; i++)
		chain[i] = event_new(base, -1, 0, activate_next, (void *)(intptr_t)i);
	say("a chain of activations");
	event_active(chain[0], EV_WRITE, 1);
	kit_loop(base, EVLOOP_ONCE);
	event_active(chain[0], EV_WRITE, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_active(chain[0], EV_WRITE, 1);
	kit_loop(base, EVLOOP_NONBLOCK | EVLOOP_NO_EXIT_ON_EMPTY);
	event_active(chain[0], EV_WRITE, 1);
	kit_loop(base, 0);

	say("a timer ahead");
	timer = evtimer_new(base, report, "timer");
	kit_add_ms(timer, 100);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
	kit_add_ms(timer, 100);
	kit_loop(base, 0);

	say("a readable pipe");
	kit_pipe(ends);
	kit_put(ends[1], "x");
	reader = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "reader");
	event_add(reader, NULL);
	kit_loop(base, EVLOOP_ONCE);
	event_base_loopexit(base, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_drain(ends[0]);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("a timer beside a silent pipe");
	kit_add_ms(timer, 10);
	kit_loop(base, EVLOOP_ONCE);
	kit_add_ms(timer, 10);
	kit_put(ends[1], "y");
	kit_loop(base, EVLOOP_ONCE);
	say("pending still: %s", bits(event_pending(timer, EV_TIMEOUT | EV_READ | EV_WRITE, NULL)));
	kit_drain(ends[0]);
	kit_loop(base, EVLOOP_ONCE);
	event_free(reader);
	event_free(timer);
	for (int i = 0; i < 4; i++)
		event_free(chain[i]);
	event_base_free(base);
	return 0;
}
