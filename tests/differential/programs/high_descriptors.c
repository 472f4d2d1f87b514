/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Descriptors above FD_SETSIZE. */
#include <sys/resource.h>

#include "kit.h"

int
main(void)
{
	struct rlimit limit;
	struct event_base *base = kit_base();
	struct event *low, *high;
	int ends[2];

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	kit_socketpair(ends);
	if (dup2(ends[0], 3000) != 3000)
		return 77;
	low = event_new(base, ends[1], EV_READ | EV_PERSIST, report_and_drain, "low");
	high = event_new(base, 3000, EV_READ | EV_PERSIST, report_and_drain, "high");
	say("add low %d", event_add(low, NULL));
	say("add high %d", event_add(high, NULL));
	kit_put(ends[0], "x");
	kit_put(ends[1], "yy");
	kit_loop(base, EVLOOP_NONBLOCK);
	kit_loop(base, EVLOOP_NONBLOCK);
	say("del low %d", event_del(low));
	kit_put(ends[1], "zzz");
	kit_loop(base, EVLOOP_NONBLOCK);
	say("del high %d", event_del(high));
	kit_loop(base, EVLOOP_NONBLOCK);
	event_free(low);
	event_free(high);
	event_base_free(base);
	return 0;
}
