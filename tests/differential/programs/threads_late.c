/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads switched on when there is a base already, and bases without locks. */
#include "kit.h"

static struct event_base *base;

static void
try(const char *name)
{
	struct event *timer = evtimer_new(base, report, "timer");
	struct event *user = event_new(base, -1, 0, report, "user");

	say("-- %s", name);
	kit_add_ms(timer, 5);
	event_active(user, EV_READ, 1);
	kit_loop(base, 0);
	say("loopbreak = %d", event_base_loopbreak(base));
	event_free(timer);
	event_free(user);
}

int
main(void)
{
	struct event_config *config = event_config_new();
	struct event_base *early = kit_base();

	say("pthreads = %d", evthread_use_pthreads());
	base = early;
	try("made before");
	say("notifiable = %d", evthread_make_base_notifiable(base));
	try("made before, notifiable");
	event_base_free(base);
	base = kit_base();
	try("made after");
	event_base_free(base);
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	try("without locks");
	event_base_free(base);
	return 0;
}
