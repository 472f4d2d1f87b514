/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: monotonic timers and dates.
 */
#include <event2/util.h>

#include <time.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/memory.h"

struct evutil_monotonic_timer {
	struct clock clock;
};

struct evutil_monotonic_timer *
evutil_monotonic_timer_new(void)
{
	struct evutil_monotonic_timer *timer = lvn_calloc(1, sizeof(*timer));

	if (timer)
		lvn_clock_init(&timer->clock, CLOCK_PRECISION_FALLBACK);
	return timer;
}

void
evutil_monotonic_timer_free(struct evutil_monotonic_timer *timer)
{
	lvn_free(timer);
}

int
evutil_configure_monotonic_time(struct evutil_monotonic_timer *timer, int flags)
{
	enum clock_precision precision = CLOCK_PRECISION_COARSE;

	if (!timer)
		return -1;
	if (flags & EV_MONOT_FALLBACK)
		precision = CLOCK_PRECISION_FALLBACK;
	else if (flags & EV_MONOT_PRECISE)
		precision = CLOCK_PRECISION_FINE;
	lvn_clock_init(&timer->clock, precision);
	return 0;
}

int
evutil_gettime_monotonic(struct evutil_monotonic_timer *timer, struct timeval *tp)
{
	if (!timer || !tp)
		return -1;
	*tp = lvn_timeval_from_ns(lvn_clock_monotonic_ns(&timer->clock));
	return 0;
}

int
evutil_date_rfc1123(char *date, const size_t datelen, const struct tm *tm)
{
	time_t now = time(NULL);
	struct tm utc;
	int length;

	if (!tm)
		tm = gmtime_r(&now, &utc);
	if (!tm)
		return -1;
	length = lvn_date_write(tm, date, datelen);
	return length < 0 ? -1 : length;
}
