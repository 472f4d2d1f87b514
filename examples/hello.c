/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A first program: a timer that fires three times.  Then no event is left, and the loop ends.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

struct greeting {
	struct event *timer;
	int left;
};

static void
greet(evutil_socket_t fd, short what, void *arg)
{
	struct greeting *greeting = arg;

	(void)fd;
	(void)what;
	printf("Hello, loop. %d to go.\n", --greeting->left);
	if (greeting->left == 0)
		event_del(greeting->timer);
}

int
main(void)
{
	const struct timeval tenth_of_a_second = {0, 100000};
	struct greeting greeting = {NULL, 3};
	struct event_base *base = event_base_new();

	if (!base)
		return EXIT_FAILURE;
	greeting.timer = event_new(base, -1, EV_PERSIST, greet, &greeting);
	if (!greeting.timer || event_add(greeting.timer, &tenth_of_a_second) != 0)
		return EXIT_FAILURE;

	if (event_base_dispatch(base) < 0)
		return EXIT_FAILURE;

	event_free(greeting.timer);
	event_base_free(base);
	return EXIT_SUCCESS;
}
