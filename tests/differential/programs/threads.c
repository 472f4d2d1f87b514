/* SPDX-License-Identifier: BSD-3-Clause */
/* Real time */
/* The loop and other threads: activation, addition and deletion from outside. */
#include "kit.h"

#include <pthread.h>

static struct event_base *base;
static struct event *victim;
static pthread_barrier_t inside, leave;
static int callback_ended;

static void
waits(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)arg;
	say("callback begins: %s", bits(what));
	pthread_barrier_wait(&inside);
	pthread_barrier_wait(&leave);
	__atomic_store_n(&callback_ended, 1, __ATOMIC_SEQ_CST);
}

static void *
run(void *arg)
{
	(void)arg;
	event_base_dispatch(base);
	return NULL;
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	event_base_loopbreak(base);
}

static void *
deleter(void *how)
{
	int rc = how ? event_del_block(victim) : event_del(victim);

	say("%s = %d, after the end of the callback: %d", how ? "del_block" : "del", rc,
	    __atomic_load_n(&callback_ended, __ATOMIC_SEQ_CST));
	return NULL;
}

static void *
leaver(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&leave);
	return NULL;
}

static void
wait_and_delete(bool block, short flags)
{
	pthread_t loop, other, third;

	callback_ended = 0;
	victim = event_new(base, -1, (short)(EV_PERSIST | flags), waits, NULL);
	event_active(victim, EV_READ, 1);
	kit_add_ms(victim, 1000000);
	pthread_create(&loop, NULL, run, NULL);
	pthread_barrier_wait(&inside);
	if (flags & EV_FINALIZE && !block) {
		/* Does not wait: the callback cannot have ended yet. */
		deleter(NULL);
		pthread_create(&third, NULL, leaver, NULL);
	} else {
		pthread_create(&other, NULL, deleter, block ? "block" : NULL);
		pthread_create(&third, NULL, leaver, NULL);
		pthread_join(other, NULL);
	}
	pthread_join(third, NULL);
	/* The reference's loop may sleep on although its last event is gone. */
	event_base_loopbreak(base);
	pthread_join(loop, NULL);
	say("pending %s", bits(event_pending(victim, 0xff, NULL)));
	event_free(victim);
}

int
main(void)
{
	struct event *keeper, *user, *reader;
	pthread_t loop, third;
	int ends[2];

	virtual_time_enable(false);
	say("use pthreads = %d", evthread_use_pthreads());
	say("again = %d", evthread_use_pthreads());
	base = kit_base();
	say("notifiable = %d, %d", evthread_make_base_notifiable(base),
	    evthread_make_base_notifiable(base));
	say("added %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	pthread_barrier_init(&inside, NULL, 2);
	pthread_barrier_init(&leave, NULL, 2);
	say("-- del waits");
	wait_and_delete(false, 0);
	say("-- del_block waits");
	wait_and_delete(true, 0);
	say("-- del of a finalizing event does not");
	wait_and_delete(false, EV_FINALIZE);
	say("-- del_block of a finalizing event does");
	wait_and_delete(true, EV_FINALIZE);
	say("-- del_noblock does not");
	callback_ended = 0;
	victim = event_new(base, -1, 0, waits, NULL);
	event_active(victim, EV_READ, 1);
	pthread_create(&loop, NULL, run, NULL);
	pthread_barrier_wait(&inside);
	say("del_noblock = %d", event_del_noblock(victim));
	say("the callback has ended: %d", callback_ended);
	pthread_create(&third, NULL, leaver, NULL);
	pthread_join(third, NULL);
	pthread_join(loop, NULL);
	event_free(victim);
	say("-- activation from outside ends the sleep");
	keeper = event_new(base, -1, EV_PERSIST, report, "keeper");
	kit_add_ms(keeper, 3600 * 1000);
	user = event_new(base, -1, 0, stop, "user");
	pthread_create(&loop, NULL, run, NULL);
	event_active(user, EV_WRITE, 1);
	pthread_join(loop, NULL);
	say("-- an event added from outside");
	kit_pipe(ends);
	kit_put(ends[1], "x");
	reader = event_new(base, ends[0], EV_READ, stop, "reader");
	pthread_create(&loop, NULL, run, NULL);
	event_add(reader, NULL);
	pthread_join(loop, NULL);
	say("-- a timer added from outside");
	event_assign(user, base, -1, 0, stop, "timer");
	pthread_create(&loop, NULL, run, NULL);
	kit_add_ms(user, 2);
	pthread_join(loop, NULL);
	say("-- break from outside");
	kit_add_ms(keeper, 3600 * 1000);
	event_assign(user, base, -1, 0, waits, NULL);
	event_active(user, EV_READ, 1);
	pthread_create(&loop, NULL, run, NULL);
	pthread_barrier_wait(&inside);
	pthread_barrier_wait(&leave);
	event_base_loopbreak(base);
	pthread_join(loop, NULL);
	say("got break %d", event_base_got_break(base));
	event_free(user);
	event_free(reader);
	event_free(keeper);
	event_base_free(base);
	return 0;
}
