/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of activations, I/O, timers and signals that are due in one turn. */
#include "kit.h"

static struct event_base *base;
static struct event *late;

static void
touch(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	if (!strcmp(arg, "raises"))
		raise(SIGUSR2);
	if (!strcmp(arg, "adds a timer of 0"))
		kit_add_ms(late, 0);
	if (!strcmp(arg, "passes time"))
		virtual_advance_us(50000);
}

static void
turn(const char *const names[3], int waits)
{
	struct event *user = event_new(base, -1, 0, touch, (void *)names[0]);
	struct event *timer = evtimer_new(base, touch, (void *)names[1]);
	struct event *signaled = event_new(base, SIGUSR1, EV_SIGNAL, touch, (void *)names[2]);
	struct event *readers[2];
	int ends[2][2];

	late = evtimer_new(base, touch, "late timer");
	for (int i = 0; i < 2; i++) {
		kit_pipe(ends[i]);
		readers[i] =
		    event_new(base, ends[i][0], EV_READ, touch, i ? "reader 2" : "reader 1");
		event_add(readers[i], NULL);
	}
	evsignal_add(signaled, NULL);
	kit_add_ms(timer, 0);
	event_active(user, EV_WRITE, 1);
	kit_put(ends[1][1], "x");
	kit_put(ends[0][1], "x");
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_ONCE);
	for (int i = 1; i < waits; i++)
		kit_loop(base, EVLOOP_NONBLOCK);
	event_free(user);
	event_free(timer);
	event_free(late);
	event_free(signaled);
	for (int i = 0; i < 2; i++) {
		event_free(readers[i]);
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

int
main(void)
{
	static const char *const plain[3] = {"user", "timer", "signal"};
	static const char *const raising[3] = {"raises", "timer", "signal"};
	static const char *const raising_late[3] = {"user", "timer", "raises"};
	static const char *const zero[3] = {"adds a timer of 0", "timer", "signal"};
	static const char *const zero_in_timer[3] = {"user", "adds a timer of 0", "signal"};
	struct event *other;

	base = kit_base();
	other = evsignal_new(base, SIGUSR2, touch, "other signal");
	evsignal_add(other, NULL);
	say("-- everything at once");
	turn(plain, 1);
	say("-- the first raises a signal");
	turn(raising, 2);
	say("-- the signal raises a signal");
	turn(raising_late, 2);
	say("-- a timer of 0 by the first");
	turn(zero, 2);
	say("-- a timer of 0 by a timer");
	turn(zero_in_timer, 2);
	event_free(other);
	event_base_free(base);
	return 0;
}
