/* SPDX-License-Identifier: BSD-3-Clause */
/* Several bases in turn, and events that move from one to another. */
#include "kit.h"

int
main(void)
{
	struct event_base *bases[3];
	struct event *timer, *reader, *user;
	int ends[2];

	for (int i = 0; i < 3; i++) {
		bases[i] = kit_base();
		event_base_priority_init(bases[i], 1 + 2 * i);
	}
	kit_pipe(ends);
	kit_put(ends[1], "x");
	timer = evtimer_new(bases[0], report, "timer");
	reader = event_new(bases[0], ends[0], EV_READ, report, "reader");
	user = event_new(bases[1], -1, 0, report, "user");
	for (int round = 0; round < 4; round++) {
		struct event_base *to = bases[round % 3];

		say("-- base %d", round % 3);
		say("base_set: timer %d", event_base_set(to, timer));
		say("reader %d", event_base_set(to, reader));
		say("user %d", event_base_set(to, user));
		say("priorities %d %d %d", event_get_priority(timer), event_get_priority(reader),
		    event_get_priority(user));
		kit_add_ms(timer, 10);
		event_add(reader, NULL);
		event_active(user, EV_WRITE, 1);
		say("while pending: %d", event_base_set(bases[2], timer));
		say("while active: %d", event_base_set(bases[2], user));
		for (int i = 0; i < 3; i++)
			kit_loop(bases[i], EVLOOP_ONCE);
		for (int i = 0; i < 3; i++)
			kit_loop(bases[i], 0);
	}
	say("-- one descriptor in two bases");
	event_base_set(bases[0], reader);
	event_add(reader, NULL);
	event_assign(user, bases[1], ends[0], EV_READ, report_and_drain, "other reader");
	event_add(user, NULL);
	kit_loop(bases[1], EVLOOP_ONCE);
	kit_loop(bases[0], EVLOOP_NONBLOCK);
	event_free(timer);
	event_free(reader);
	event_free(user);
	for (int i = 0; i < 3; i++)
		event_base_free(bases[i]);
	return 0;
}
