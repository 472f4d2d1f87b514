/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that knows nothing of how the library was built: a timer, a pipe and, where
 * the library was asked for, locks or a simulation.  Prints what it ran on and ends with 0.
 */
#include <event.h>
#include <event2/event.h>
#include <event2/thread.h>
#ifdef WITH_SIM
#include <levin/sim.h>
#endif
#include <levin/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
count_one(evutil_socket_t fd, short what, void *arg)
{
	int *count = arg;

	(void)fd;
	(void)what;
	++*count;
}

static int
run(struct event_base *base, int ends[2])
{
	const struct timeval soon = {0, 1000};
	int timed_out = 0, readable = 0;
	struct event *timer = evtimer_new(base, count_one, &timed_out);
	struct event *reader = event_new(base, ends[0], EV_READ, count_one, &readable);

	if (!timer || !reader || event_add(timer, &soon) || event_add(reader, NULL))
		return -1;
	if (write(ends[1], "x", 1) != 1 || event_base_dispatch(base) != 1)
		return -1;
	event_free(reader);
	event_free(timer);
	return timed_out == 1 && readable == 1 ? 0 : -1;
}

#ifdef WITH_SIM
/* A day passes at once. */
static int
simulate(void)
{
	const struct timeval day = {86400, 0};
	struct levin_sim *sim = levin_sim_new(1, NULL);
	struct event_base *base = sim ? levin_sim_base_new(sim, NULL) : NULL;
	int timed_out = 0;

	if (!base || event_base_once(base, -1, EV_TIMEOUT, count_one, &timed_out, &day) ||
	    event_base_dispatch(base) != 1)
		return -1;
	event_base_free(base);
	levin_sim_free(sim);
	return timed_out == 1 ? 0 : -1;
}
#endif

int
main(void)
{
	struct event_base *base;
	int ends[2], rc;

#ifdef WITH_PTHREADS
	if (evthread_use_pthreads() != 0)
		return EXIT_FAILURE;
#endif
#ifdef WITH_SIM
	if (simulate() != 0)
		return EXIT_FAILURE;
#endif
	base = event_base_new();
	if (!base || pipe(ends) != 0)
		return EXIT_FAILURE;
	rc = run(base, ends);
	printf("libevent %s by Levin %s on %s\n", event_get_version(), levin_version(),
	    event_base_get_method(base));
	event_base_free(base);
	close(ends[0]);
	close(ends[1]);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
