/* SPDX-License-Identifier: BSD-3-Clause */
/* The base's clocks, cached and not, in and out of callbacks. */
#include "kit.h"

static struct event_base *base;

static long long
us(const struct timeval *tv)
{
	return (long long)tv->tv_sec * 1000000 + tv->tv_usec;
}

static void
show(const char *when)
{
	static long long first_wall, first_mono;
	struct timeval wall, mono;
	int a = event_base_gettimeofday_cached(base, &wall);
	int b = event_gettime_monotonic(base, &mono);

	if (!first_wall) {
		first_wall = us(&wall);
		first_mono = us(&mono);
	}
	say("%s: %d %d, wall %+lld, monotonic %+lld", when, a, b, us(&wall) - first_wall,
	    us(&mono) - first_mono);
}

static void
tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	show("in a callback");
	virtual_advance_us(5000);
	show("5 ms later");
	say("update = %d", event_base_update_cache_time(base));
	show("updated");
	virtual_advance_us(5000);
}

static void
tick_second(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	show("in the second callback");
}

static void
try(int flags)
{
	struct event_config *config = event_config_new();
	struct event *first, *second;

	say("-- flags %x", (unsigned)flags);
	event_config_set_flag(config, flags);
	base = event_base_new_with_config(config);
	event_config_free(config);
	show("new");
	virtual_advance_us(1000);
	show("1 ms later");
	say("update = %d", event_base_update_cache_time(base));
	first = evtimer_new(base, tick, NULL);
	second = evtimer_new(base, tick_second, NULL);
	event_active(first, EV_READ, 1);
	event_active(second, EV_READ, 1);
	kit_loop(base, EVLOOP_NONBLOCK);
	show("after the loop");
	virtual_advance_us(1000);
	show("1 ms later");
	event_free(first);
	event_free(second);
	event_base_free(base);
}

int
main(void)
{
	struct timeval tv;

	try(0);
	try(EVENT_BASE_FLAG_NO_CACHE_TIME);
	try(EVENT_BASE_FLAG_PRECISE_TIMER);
	say("without a base: cached = %d", event_base_gettimeofday_cached(NULL, &tv));
	return 0;
}
