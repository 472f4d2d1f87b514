/* SPDX-License-Identifier: BSD-3-Clause */
/* A base that is freed with events of all kinds on it; descriptors and handlers afterwards. */
#include "kit.h"

#include <dirent.h>

static int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void
finished(struct event *ev, void *arg)
{
	(void)ev;
	say("finalised: %s", (const char *)arg);
}

static void
round_trip(bool active, bool nofinalize)
{
	static struct event events[8];
	struct event_base *base = kit_base();
	struct sigaction now;
	int ends[2];

	kit_socketpair(ends);
	event_assign(&events[0], base, ends[0], EV_READ | EV_PERSIST, report, "reader");
	event_assign(&events[1], base, ends[0], EV_WRITE, report, "writer");
	event_assign(&events[2], base, -1, 0, report, "timer");
	event_assign(&events[3], base, SIGUSR1, EV_SIGNAL | EV_PERSIST, report, "signal");
	event_assign(&events[4], base, -1, 0, report, "user");
	event_assign(&events[5], base, -1, 0, report, "finalized");
	for (int i = 0; i < 2; i++)
		kit_add_ms(&events[i], 1000);
	kit_add_ms(&events[2], 1000);
	event_add(&events[3], NULL);
	event_finalize(0, &events[5], finished);
	event_base_once(base, ends[0], EV_READ, report, "once", NULL);
	event_base_loopexit(base, NULL);
	if (active) {
		for (int i = 0; i < 5; i++)
			event_active(&events[i], EV_READ, 1);
	}
	if (nofinalize)
		event_base_free_nofinalize(base);
	else
		event_base_free(base);
	sigaction(SIGUSR1, NULL, &now);
	say("handler is the default: %d", now.sa_handler == SIG_DFL);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	int before = open_descriptors();

	for (int i = 0; i < 4; i++) {
		say("-- %s, %s", i & 1 ? "active" : "pending",
		    i & 2 ? "without finalizers" : "with finalizers");
		round_trip(i & 1, i & 2);
		say("descriptors left %d", open_descriptors() - before);
	}
	return 0;
}
