/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers that are due at the same moment: ordinary ones, then ones of a common time-out. */
#include "kit.h"

static void
note(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	printf(" %d", (int)(intptr_t)arg);
}

int
main(void)
{
	struct event_base *base = kit_base();
	struct timeval ten = kit_ms(10);
	const struct timeval *common = event_base_init_common_timeout(base, &ten);
	struct event *timers[12];

	for (int i = 0; i < 12; i++)
		timers[i] = evtimer_new(base, note, (void *)(intptr_t)i);
	for (int count = 2; count <= 12; count += 5) {
		printf("~ %d ordinary:", count);
		for (int i = 0; i < count; i++)
			event_add(timers[i], &ten);
		event_base_loop(base, EVLOOP_ONCE);
		printf("\n%d common:", count);
		for (int i = 0; i < count; i++)
			event_add(timers[i], common);
		event_base_loop(base, EVLOOP_ONCE);
		putchar('\n');
	}
	for (int i = 0; i < 12; i++)
		event_free(timers[i]);
	event_base_free(base);
	return 0;
}
