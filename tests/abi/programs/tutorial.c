/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program of many tutorials: pthreads, a base, a persistent event on standard input.
 * The test gives it a pipe as standard input.
 */
#include <event.h>
#include <event2/thread.h>
#include <unistd.h>

#include "which_library.h"

static char seen[64];

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	size_t length = strlen(seen);
	ssize_t got = read(fd, seen + length, sizeof(seen) - 1 - length);

	MUST(what == EV_READ);
	MUST(got >= 0);
	if (got == 0)
		event_base_loopexit((struct event_base *)arg, NULL);
}

int
main(int argc, char **argv)
{
	struct event_base *base;
	struct event *input;
	int ends[2];

	expect_library(argc, argv);
	MUST(pipe(ends) == 0);
	MUST(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
	MUST(write(ends[1], "hello, world\n", 13) == 13);
	close(ends[1]);
	MUST(evthread_use_pthreads() == 0);
	base = event_base_new();
	MUST(base != NULL);
	input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, base);
	MUST(event_add(input, NULL) == 0);

	MUST(event_base_dispatch(base) == 0);

	MUST(strcmp(seen, "hello, world\n") == 0);
	MUST(event_base_got_exit(base));
	event_free(input);
	event_base_free(base);
	close(ends[0]);
	return 0;
}
