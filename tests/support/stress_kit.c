/* SPDX-License-Identifier: BSD-3-Clause */
#include "support/stress_kit.h"

#include <event2/thread.h>
#include <levin/post.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

enum { THREADS_MAX = 16, LAST_TURNS = 3 };

struct run {
	struct event_base *base;
	void (*work)(void);
	atomic_int working;
};

static time_t end_s; /* 0: the rounds decide */

static time_t
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void
end_loop(void *base)
{
	event_base_loopbreak(base);
}

static void *
work_and_say(void *run_)
{
	struct run *run = run_;

	run->work();
	/* After all that this thread has asked for. */
	if (atomic_fetch_sub(&run->working, 1) == 1)
		ck_assert_int_eq(levin_post(run->base, end_loop, run->base), 0);
	return NULL;
}

void
stress_run(struct event_base *base, int count, void (*work)(void))
{
	const char *seconds = getenv("LEVIN_STRESS_SECONDS");
	struct run run = {.base = base, .work = work, .working = count};
	pthread_t threads[THREADS_MAX];

	ck_assert_int_le(count, THREADS_MAX);
	end_s = seconds ? now_s() + atoi(seconds) : 0;
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work_and_say, &run), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY), 0);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < LAST_TURNS; i++)
		turn(base);
}

bool
stress_goes_on(long round, long rounds)
{
	return end_s ? now_s() < end_s : round < rounds;
}

int
stress_backends_count(void)
{
#ifdef EVTHREAD_USE_PTHREADS_IMPLEMENTED
	return backends_under_test_count();
#else
	return 0;
#endif
}
