/* SPDX-License-Identifier: BSD-3-Clause */
/* event_base_active_by_fd with every mask, on events with and without a time-out. */
#include "kit.h"

int
main(void)
{
	static const short masks[] = {EV_READ, EV_WRITE, EV_TIMEOUT, EV_CLOSED, EV_ET, EV_SIGNAL,
	    EV_READ | EV_TIMEOUT, EV_READ | EV_ET, EV_READ | EV_CLOSED, EV_WRITE | EV_TIMEOUT,
	    EV_READ | EV_WRITE, EV_READ | EV_WRITE | EV_TIMEOUT, 0};
	struct event_base *base = kit_base();
	struct event *plain, *timed, *both, *writer;
	int ends[2];
	char byte[70000] = {0};

	kit_socketpair(ends);
	while (write(ends[0], byte, sizeof(byte)) > 0)
		;
	plain = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "plain reader");
	timed = event_new(base, ends[0], EV_READ | EV_PERSIST, report, "timed reader");
	both = event_new(base, ends[0], EV_READ | EV_WRITE | EV_PERSIST, report, "both");
	writer = event_new(base, ends[0], EV_WRITE | EV_PERSIST | EV_ET, report, "writer");
	event_add(plain, NULL);
	kit_add_ms(timed, 100000);
	event_add(both, NULL);
	event_add(writer, NULL);
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		say("-- %s", bits(masks[i]));
		event_base_active_by_fd(base, ends[0], masks[i]);
		kit_loop(base, EVLOOP_NONBLOCK);
	}
	event_free(plain);
	event_free(timed);
	event_free(both);
	event_free(writer);
	event_base_free(base);
	return 0;
}
