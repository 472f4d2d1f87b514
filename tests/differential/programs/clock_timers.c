/* SPDX-License-Identifier: BSD-3-Clause */
/* From when timers count that are added in callbacks: cached, uncached and updated time. */
#include "kit.h"

static struct event_base *base;
static struct event *later;
static bool update;

static void
fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	say("fired at the millisecond %lld", (long long)virtual_now_us() / 1000 % 1000000);
}

static void
adds_late(evutil_socket_t fd, short what, void *arg)
{
	struct timeval due, now;

	(void)fd;
	(void)what;
	(void)arg;
	event_base_gettimeofday_cached(base, &now);
	virtual_advance_us(20000);
	if (update)
		event_base_update_cache_time(base);
	kit_add_ms(later, 10);
	event_pending(later, EV_TIMEOUT, &due);
	say("added: due %lld us after the turn began",
	    (long long)(due.tv_sec - now.tv_sec) * 1000000 + (due.tv_usec - now.tv_usec));
}

static void
try(const char *name, int flags)
{
	struct event_config *config = event_config_new();
	struct event *first;

	event_config_set_flag(config, flags);
	base = event_base_new_with_config(config);
	event_config_free(config);
	first = event_new(base, -1, 0, adds_late, NULL);
	later = evtimer_new(base, fired, NULL);
	for (int i = 0; i < 2; i++) {
		update = i;
		say("-- %s%s", name, update ? ", updated" : "");
		event_active(first, EV_READ, 1);
		kit_loop(base, EVLOOP_ONCE);
		event_del(later);
	}
	event_free(first);
	event_free(later);
	event_base_free(base);
}

int
main(void)
{
	try("cached", 0);
	try("not cached", EVENT_BASE_FLAG_NO_CACHE_TIME);
	try("precise", EVENT_BASE_FLAG_PRECISE_TIMER);
	return 0;
}
