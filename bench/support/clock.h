/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clocks that the workloads are judged by.
 */
#ifndef BENCH_SUPPORT_CLOCK_H
#define BENCH_SUPPORT_CLOCK_H

#include <stdint.h>
#include <time.h>

#define BENCH_NS_PER_S INT64_C(1000000000)

static inline int64_t
clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * BENCH_NS_PER_S + now.tv_nsec;
}

/* What all threads of this process have burnt. */
static inline int64_t
clock_cpu_ns(void)
{
	return clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static inline int64_t
clock_thread_cpu_ns(void)
{
	return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline int64_t
clock_wall_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

#endif
