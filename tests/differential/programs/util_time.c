/* SPDX-License-Identifier: BSD-3-Clause */
/* Monotonic timers with every set of flags, while time goes on. */
#include "kit.h"

static long long
us(const struct timeval *tv)
{
	return (long long)tv->tv_sec * 1000000 + tv->tv_usec;
}

static void
watch(struct evutil_monotonic_timer *timer, const char *name)
{
	struct timeval first, next;

	say("%s: %d", name, evutil_gettime_monotonic(timer, &first));
	for (int i = 0; i < 4; i++) {
		virtual_advance_us(1500000);
		evutil_gettime_monotonic(timer, &next);
		say("    %+lld, microseconds in range %d", us(&next) - us(&first),
		    next.tv_usec >= 0 && next.tv_usec < 1000000);
	}
}

int
main(void)
{
	static const int flags[] = {0, EV_MONOT_PRECISE, EV_MONOT_FALLBACK,
	    EV_MONOT_PRECISE | EV_MONOT_FALLBACK, 4, 255, -1, 0};
	struct evutil_monotonic_timer *timer = evutil_monotonic_timer_new();
	struct evutil_monotonic_timer *other = evutil_monotonic_timer_new();
	struct timeval a, b;

	say("made: %d %d", timer != NULL, other != NULL);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "flags %d", flags[i]);
		say("configured: %d", evutil_configure_monotonic_time(timer, flags[i]));
		watch(timer, name);
	}
	evutil_configure_monotonic_time(timer, EV_MONOT_PRECISE);
	evutil_configure_monotonic_time(other, EV_MONOT_PRECISE);
	evutil_gettime_monotonic(timer, &a);
	evutil_gettime_monotonic(other, &b);
	say("two timers are at the same time: %d", us(&a) == us(&b));
	evutil_monotonic_timer_free(timer);
	evutil_monotonic_timer_free(other);
	evutil_monotonic_timer_free(NULL);
	return 0;
}
