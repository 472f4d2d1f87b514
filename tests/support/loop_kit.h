/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of the loop need again and again: descriptors of the kernel under test,
 * callbacks that write down how they were called, turns that are counted, log lines that
 * are kept.  All functions fail the case by themselves.
 */
#ifndef LEVIN_TESTS_SUPPORT_LOOP_KIT_H
#define LEVIN_TESTS_SUPPORT_LOOP_KIT_H

#include <event2/event.h>
#include <event2/watch.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

#include "support/backends.h"
#include "support/suite.h"

/* A span, to be used within the block. */
#define MS(n) (&(struct timeval){(time_t)((n) / 1000), (suseconds_t)((n) % 1000 * 1000)})

/* ---- Descriptors, real or simulated ---- */

/* Two connected stream sockets that do not block. */
void open_pair(const struct backend_under_test *backend, evutil_socket_t ends[2]);
void close_pair(const evutil_socket_t ends[2]);
/* Writes all of the text. */
void put(evutil_socket_t fd, const char *text);
/* Reads everything there is.  Returns how many bytes that were; -1 at the end of the stream. */
int take(evutil_socket_t fd);
/* Writes until the other side takes no more. */
void fill(evutil_socket_t fd);
/* Ends the writing direction. */
void finish(evutil_socket_t fd);

/* ---- Callbacks; the argument is ... ---- */

struct seen {
	int calls;
	short what; /* of the last call */
	evutil_socket_t fd;
};

/* ... a struct seen. */
void see(evutil_socket_t fd, short what, void *seen);
void see_and_take(evutil_socket_t fd, short what, void *seen);
/* ... word(text), which is added to spelled(). */
void spell(evutil_socket_t fd, short what, void *text);
void *word(const char *text);
/* ... the base. */
void break_loop(evutil_socket_t fd, short what, void *base);
/* ... an event. */
void delete_it(evutil_socket_t fd, short what, void *ev);
void activate_it(evutil_socket_t fd, short what, void *ev);

/* What was spelled since the last call. */
const char *spelled(void);
void spell_text(const char *text);

/* ---- The loop ---- */

/* One turn that does not wait, and what comes of it. */
void turn(struct event_base *base);
/* Counts the turns of the loop in *turns from now on. */
struct evwatch *count_turns(struct event_base *base, int *turns);
/*
 * So many turns at most are one sleep: coarse time moves by ticks of up to 10 ms, and a wait that
 * ends inside one is followed by others of at least 1 ms.
 */
enum { MOST_TURNS_OF_A_SLEEP = 14 };
/* An event that is pending for ever and never happens: it keeps the loop running. */
struct event *keep_alive(struct event_base *base);

/* ---- The log ---- */

/* From now on lines are kept and not printed. */
void keep_log(void);
/* How many of this severity and above have come since. */
int logged_count(int severity);
/* Whether a line of at least EVENT_LOG_WARN contained this text. */
bool was_logged(const char *text);

#endif
