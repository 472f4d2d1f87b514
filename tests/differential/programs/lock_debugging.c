/* SPDX-License-Identifier: BSD-3-Clause */
/* Lock debugging over real locks: ordinary use draws no complaint. */
#include <pthread.h>

#include "kit.h"

static struct event_base *base;

static void *
run(void *arg)
{
	(void)arg;
	say("loop = %d", event_base_dispatch(base));
	return NULL;
}

static void
stop(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	say("%s: %s", (const char *)arg, bits(what));
	event_base_loopexit(base, NULL);
}

int
main(void)
{
	struct event *timer, *user, *signaled;
	pthread_t loop;

	virtual_time_enable(false);
	evthread_enable_lock_debugging();
	evthread_enable_lock_debugging();
	say("pthreads = %d", evthread_use_pthreads());
	event_enable_debug_mode();
	base = kit_base();
	timer = evtimer_new(base, report, "timer");
	user = event_new(base, -1, 0, stop, "user");
	signaled = evsignal_new(base, SIGUSR1, report, "signal");
	kit_add_ms(timer, 3600000);
	event_add(signaled, NULL);
	pthread_create(&loop, NULL, run, NULL);
	event_active(user, EV_READ, 1);
	pthread_join(loop, NULL);
	raise(SIGUSR1);
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(timer);
	event_free(user);
	event_free(signaled);
	event_base_free(base);
	libevent_global_shutdown();
	say("end");
	return 0;
}
