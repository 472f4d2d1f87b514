/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads standard input by an event, and prints each part with its size.  Then no event is left,
 * and the loop ends.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
echo(evutil_socket_t fd, short what, void *arg)
{
	struct event *reader = *(struct event **)arg;
	char text[256];
	ssize_t size = read(fd, text, sizeof(text));

	(void)what;
	if (size <= 0) {
		event_del(reader);
		return;
	}
	printf("%zd bytes: %.*s", size, (int)size, text);
	fflush(stdout);
}

int
main(void)
{
	struct event_base *base;
	struct event *reader = NULL;

	base = event_base_new();
	if (!base)
		return EXIT_FAILURE;
	reader = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, echo, &reader);
	if (!reader || event_add(reader, NULL) != 0)
		return EXIT_FAILURE;

	event_base_dispatch(base);

	event_free(reader);
	event_base_free(base);
	return EXIT_SUCCESS;
}
