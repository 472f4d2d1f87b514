/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that work against a running loop.
 *
 * LEVIN_STRESS_SECONDS=60 in the environment makes each run take that long, which is meant for
 * the thread sanitizer.
 */
#ifndef LEVIN_TESTS_SUPPORT_STRESS_KIT_H
#define LEVIN_TESTS_SUPPORT_STRESS_KIT_H

#include <event2/event.h>
#include <stdbool.h>

/*
 * Calls `work` in `count` threads, and runs the loop in this one until all of them have returned
 * and what they have asked for is done.
 */
void stress_run(struct event_base *base, int count, void (*work)(void));

/* Whether `work`, which has done `round` rounds, does another one. */
bool stress_goes_on(long round, long rounds);

/* Configurations for TEST_RANGE: none where there are no locks, and nothing to see. */
int stress_backends_count(void);

#endif
