/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Monotonic and wall-clock time in nanoseconds, from the kernel or from a
 * simulated one.  Knows nothing about timers or loops.
 */
#ifndef LVN_BASE_CLOCK_H
#define LVN_BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include "base/compiler.h"

#define LVN_NS_PER_S  INT64_C(1000000000)
#define LVN_NS_PER_MS INT64_C(1000000)
#define LVN_NS_PER_US INT64_C(1000)

/* Of fewer seconds than these, two and a half centuries, there is no overflow to think of. */
#define LVN_PLAIN_S UINT64_C(0x1fffffff0)

/*
 * Not synchronised: a clock belongs to a loop or a timer object, which has the lock.
 *
 * Invariants:
 *   1. monotonic_ns never returns less than it did before
 *   2. the fallback clock has returned last_ns, and returns wall_ns + offset_ns next
 *      unless the wall clock was set back
 */
struct clock {
	int64_t (*monotonic_ns)(struct clock *clock);
	int64_t (*wall_ns)(struct clock *clock);
	int64_t last_ns;
	int64_t offset_ns; /* by how much the wall clock was set back in all */
	int kernel_clock;  /* a clockid_t */
	void *context;     /* the simulated world, for its clock */
};

enum clock_precision {
	CLOCK_PRECISION_COARSE, /* a tick, 1 to 10 ms; the cheapest */
	CLOCK_PRECISION_FINE,
	CLOCK_PRECISION_FALLBACK, /* the wall clock, never going back */
};

/*
 * A clock that the kernel turns out not to have is replaced, when it is first read,
 * by the next one: coarse by fine, fine by the fallback.
 */
void lvn_clock_init(struct clock *clock, enum clock_precision precision);

LVN_HOT_INLINE int64_t
lvn_clock_monotonic_ns(struct clock *clock)
{
	return clock->monotonic_ns(clock);
}

LVN_HOT_INLINE int64_t
lvn_clock_wall_ns(struct clock *clock)
{
	return clock->wall_ns(clock);
}

/* Saturating sum of an instant and a duration. */
LVN_HOT_INLINE int64_t
lvn_ns_add(int64_t instant_ns, int64_t duration_ns)
{
	uint64_t sum = (uint64_t)instant_ns + (uint64_t)duration_ns;

	/* The sign is none of theirs. */
	if (LVN_UNLIKELY(
		(int64_t)((sum ^ (uint64_t)instant_ns) & (sum ^ (uint64_t)duration_ns)) < 0))
		return duration_ns > 0 ? INT64_MAX : INT64_MIN;
	return (int64_t)sum;
}

int64_t lvn_ns_from_odd_timeval(const struct timeval *tv);
int64_t lvn_ns_from_odd_timespec(const struct timespec *ts);

/* Durations and instants beyond the range of int64_t become its ends; never overflows. */
LVN_HOT_INLINE int64_t
lvn_ns_from_timeval(const struct timeval *tv)
{
	if (LVN_LIKELY((uint64_t)tv->tv_sec < LVN_PLAIN_S && (uint64_t)tv->tv_usec < 1000000))
		return tv->tv_sec * LVN_NS_PER_S + tv->tv_usec * LVN_NS_PER_US;
	return lvn_ns_from_odd_timeval(tv);
}

LVN_HOT_INLINE int64_t
lvn_ns_from_timespec(const struct timespec *ts)
{
	if (LVN_LIKELY((uint64_t)ts->tv_sec < LVN_PLAIN_S))
		return lvn_ns_add(ts->tv_sec * LVN_NS_PER_S, ts->tv_nsec);
	return lvn_ns_from_odd_timespec(ts);
}

/* Rounds towards zero; ns must not be negative.  The largest timeval when time_t is too small. */
struct timeval lvn_timeval_from_ns(int64_t ns);

#endif
