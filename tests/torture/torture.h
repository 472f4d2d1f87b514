/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program is run again and again, and each time one more call of the library fails:
 * first every allocation, then every system call, with each error it may return.
 *
 * A program asks for everything by TRY or TRY_NEW.  A call that fails where a failure was
 * injected is called once more and must succeed then; so the failure must have been reported,
 * must have left everything as it was, and whatever the program expects must come.  After
 * each run no block of memory and no descriptor may be left, and no loop may have hung.
 */
#ifndef LEVIN_TESTS_TORTURE_TORTURE_H
#define LEVIN_TESTS_TORTURE_TORTURE_H

#include <event2/event.h>
#include <stdbool.h>

#include "support/backends.h"
#include "torture/faults.h"

/* What a program runs with. */
struct configuration {
	const struct backend_under_test *backend;
	int flags;              /* EVENT_BASE_FLAG_ */
	const char *without[3]; /* system calls that this kernel does not have */
};

typedef void torture_program_fn(const struct configuration *configuration);

/* All runs, in this process. */
void torture(torture_program_fn *program, const struct configuration *configuration);
/* The same, and connections of the network are lost at each call. */
void torture_connections(torture_program_fn *program, const struct configuration *configuration);
/* Each run in a child of its own, for what can only be done once in a process. */
void torture_in_children(torture_program_fn *program, const struct configuration *configuration);

/* A result of zero or more is success. */
#define TRY(call)                                                     \
	do {                                                          \
		if ((call) < 0) {                                     \
			torture_excuse(#call);                        \
			torture_insist((call) >= 0, #call, __LINE__); \
		}                                                     \
	} while (0)

/* A pointer is success. */
#define TRY_NEW(variable, call)                                      \
	do {                                                         \
		(variable) = (call);                                 \
		if (!(variable)) {                                   \
			torture_excuse(#call);                       \
			(variable) = (call);                         \
			torture_insist((variable), #call, __LINE__); \
		}                                                    \
	} while (0)

#define EXPECT(condition) torture_insist(condition, #condition, __LINE__)

/* Fails the case, and says which failure led to it. */
void torture_insist(bool condition, const char *text, int line);
/* The call may have failed if a failure was injected, and no other had that excuse. */
void torture_excuse(const char *call);

/* ---- What programs need; calls of their own do not fail ---- */

/* A base with this configuration; its parts are tried as well. */
struct event_base *torture_base(const struct configuration *configuration);
/* Runs the loop until *count is at least `wanted`, or the loop has nothing to do. */
void torture_run(struct event_base *base, const int *count, int wanted);

void torture_open_pair(const struct configuration *configuration, evutil_socket_t ends[2]);
void torture_close(evutil_socket_t fd);
void torture_put(evutil_socket_t fd);
/* Callback: takes a byte, counts in the int that is its argument. */
void torture_take(evutil_socket_t fd, short what, void *count);
/* Callback: only counts. */
void torture_count(evutil_socket_t fd, short what, void *count);

#define SPAN_MS(n) (&(const struct timeval){(n) / 1000, (n) % 1000 * 1000})

#endif
