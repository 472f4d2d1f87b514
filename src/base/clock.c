/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"
#include "base/platform.h"

#include <stdbool.h>
#include <time.h>

#define US_PER_S INT64_C(1000000)

static int64_t
from_seconds(int64_t seconds)
{
	if (seconds > INT64_MAX / LVN_NS_PER_S)
		return INT64_MAX;
	if (seconds < INT64_MIN / LVN_NS_PER_S)
		return INT64_MIN;
	return seconds * LVN_NS_PER_S;
}

int64_t
lvn_ns_from_odd_timeval(const struct timeval *tv)
{
	int64_t seconds = lvn_ns_add(tv->tv_sec, tv->tv_usec / US_PER_S);

	return lvn_ns_add(from_seconds(seconds), tv->tv_usec % US_PER_S * LVN_NS_PER_US);
}

int64_t
lvn_ns_from_odd_timespec(const struct timespec *ts)
{
	return lvn_ns_add(from_seconds(ts->tv_sec), ts->tv_nsec);
}

/* time_t has 32 bits on some platforms, and is signed on all of ours. */
static bool
fits_time_t(int64_t seconds)
{
	return sizeof(time_t) >= sizeof(int64_t) || seconds <= INT32_MAX;
}

struct timeval
lvn_timeval_from_ns(int64_t ns)
{
	int64_t seconds = ns / LVN_NS_PER_S;

	if (!fits_time_t(seconds))
		return (struct timeval){.tv_sec = INT32_MAX, .tv_usec = US_PER_S - 1};
	return (struct timeval){
	    .tv_sec = (time_t)seconds,
	    .tv_usec = (suseconds_t)(ns % LVN_NS_PER_S / LVN_NS_PER_US),
	};
}

static int64_t
kernel_wall_ns(struct clock *clock)
{
	struct timespec now;

	(void)clock;
	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return from_seconds(time(NULL));
	return lvn_ns_from_timespec(&now);
}

/* When the wall clock is set back, time goes on from where it was, at the same pace. */
static int64_t
fallback_ns(struct clock *clock)
{
	int64_t wall_ns = clock->wall_ns(clock);
	int64_t now_ns = lvn_ns_add(wall_ns, clock->offset_ns);

	if (now_ns < clock->last_ns) {
		now_ns = clock->last_ns;
		clock->offset_ns = now_ns - wall_ns;
	}
	clock->last_ns = now_ns;
	return now_ns;
}

static int64_t
kernel_monotonic_ns(struct clock *clock)
{
	struct timespec now;

	while (LVN_UNLIKELY(clock_gettime(clock->kernel_clock, &now) < 0)) {
		if (clock->kernel_clock == CLOCK_MONOTONIC) {
			clock->monotonic_ns = fallback_ns;
			return fallback_ns(clock);
		}
		clock->kernel_clock = CLOCK_MONOTONIC;
	}
	return lvn_ns_from_timespec(&now);
}

void
lvn_clock_init(struct clock *clock, enum clock_precision precision)
{
	*clock = (struct clock){
	    .monotonic_ns = kernel_monotonic_ns,
	    .wall_ns = kernel_wall_ns,
	    .kernel_clock = CLOCK_MONOTONIC,
	};
	if (precision == CLOCK_PRECISION_FALLBACK)
		clock->monotonic_ns = fallback_ns;
#if LVN_HAVE_COARSE_CLOCK
	if (precision == CLOCK_PRECISION_COARSE)
		clock->kernel_clock = CLOCK_MONOTONIC_COARSE;
#endif
}
