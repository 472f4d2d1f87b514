/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Signal events: several, persistent or not, counts, deletion in the callback, handlers restored. */
#include "kit.h"

static struct event_base *base;
static struct event *mine, *other;

static void
own_handler(int signo)
{
	(void)signo;
}

static void
noted(evutil_socket_t signo, short what, void *arg)
{
	say("%s: signal %d, %s", (const char *)arg, (int)signo, bits(what));
}

static void
deletes_itself(evutil_socket_t signo, short what, void *arg)
{
	noted(signo, what, arg);
	event_del(mine);
}

static void
deletes_other(evutil_socket_t signo, short what, void *arg)
{
	noted(signo, what, arg);
	event_del(other);
}

static void
raises_again(evutil_socket_t signo, short what, void *arg)
{
	static int left = 2;

	noted(signo, what, arg);
	if (left-- > 0)
		raise(signo);
}

static void
breaks(evutil_socket_t signo, short what, void *arg)
{
	noted(signo, what, arg);
	event_base_loopbreak(base);
}

static void
raise_times(int signo, int times)
{
	while (times-- > 0)
		raise(signo);
}

int
main(void)
{
	struct sigaction old;
	struct event *timer;
	int ends[2];

	signal(SIGUSR1, own_handler);
	base = kit_base();
	kit_pipe(ends);
	say("-- persistent, raised three times");
	mine = evsignal_new(base, SIGUSR1, noted, "persistent");
	say("added %d", event_add(mine, NULL));
	say("counts: added %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	sigaction(SIGUSR1, NULL, &old);
	say("handler is %s, flags %s%s", old.sa_handler == own_handler ? "mine" : "theirs",
	    old.sa_flags & SA_RESTART ? "RESTART" : "",
	    old.sa_flags & SA_SIGINFO ? " SIGINFO" : "");
	raise_times(SIGUSR1, 3);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- a second event of the signal, not persistent");
	other = event_new(base, SIGUSR1, EV_SIGNAL, noted, "once");
	event_add(other, NULL);
	raise_times(SIGUSR1, 2);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("pending %s", bits(event_pending(other, 0xff, NULL)));
	raise_times(SIGUSR1, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	sigaction(SIGUSR1, NULL, &old);
	say("handler is %s", old.sa_handler == own_handler ? "mine" : "theirs");
	say("-- deletes itself, three pending");
	event_free(mine);
	mine = evsignal_new(base, SIGUSR1, deletes_itself, "deletes itself");
	event_add(mine, NULL);
	raise_times(SIGUSR1, 3);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- deletes the other, which comes later");
	event_free(mine);
	mine = evsignal_new(base, SIGUSR1, deletes_other, "deletes other");
	event_assign(other, base, SIGUSR2, EV_SIGNAL | EV_PERSIST, noted, "other");
	event_add(mine, NULL);
	event_add(other, NULL);
	raise(SIGUSR2);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	event_del(other);
	say("-- two signals: order of numbers or of raising");
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, noted, "USR1");
	event_assign(other, base, SIGUSR2, EV_SIGNAL | EV_PERSIST, noted, "USR2");
	event_add(other, NULL);
	event_add(mine, NULL);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGUSR2);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	event_del(other);
	say("-- raised in the callback");
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, raises_again, "raises");
	event_add(mine, NULL);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	say("-- break with two more pending");
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, breaks, "breaks");
	event_add(mine, NULL);
	raise_times(SIGUSR1, 3);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	say("-- a signal with a time-out");
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, noted, "timed");
	kit_add_ms(mine, 10);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_ONCE);
	kit_loop(base, EVLOOP_ONCE);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	event_assign(mine, base, SIGUSR1, EV_SIGNAL, noted, "timed once");
	kit_add_ms(mine, 10);
	kit_loop(base, EVLOOP_ONCE);
	say("pending %s", bits(event_pending(mine, 0xff, NULL)));
	say("-- a base with a signal event alone does not end");
	timer = evtimer_new(base, noted, "timer");
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, noted, "alone");
	event_add(mine, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("-- raised with no loop, deleted, added, looped");
	event_add(mine, NULL);
	raise(SIGUSR1);
	event_del(mine);
	event_add(mine, NULL);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_del(mine);
	say("-- priority of the signal above that of a timer");
	event_base_priority_init(base, 3);
	event_assign(mine, base, SIGUSR1, EV_SIGNAL | EV_PERSIST, noted, "urgent signal");
	event_priority_set(mine, 0);
	event_assign(timer, base, -1, 0, noted, "timer");
	event_add(mine, NULL);
	kit_add_ms(timer, 0);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_ONCE);
	event_del(mine);
	event_assign(timer, base, -1, 0, noted, "urgent timer");
	event_priority_set(timer, 0);
	event_priority_set(mine, 2);
	event_add(mine, NULL);
	kit_add_ms(timer, 0);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_ONCE);
	say("-- freed with an event: the handler");
	event_base_free(base);
	sigaction(SIGUSR1, NULL, &old);
	say("handler is %s", old.sa_handler == own_handler ? "mine" : "theirs");
	return 0;
}
