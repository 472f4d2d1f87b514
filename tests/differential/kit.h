/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the programs of the differential tests share: a transcript on standard output,
 * descriptors with fixed numbers, a time that moves only when a loop waits.
 *
 * A program is compiled once, against the headers of the reference library, and run on
 * two libraries; so nothing here may depend on the library beyond its public interface.
 */
#ifndef DIFFERENTIAL_KIT_H
#define DIFFERENTIAL_KIT_H

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <event2/util.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The lowest number of a descriptor that a program gets from the kit. */
#define KIT_FIRST_FD 60

/* One line of the transcript. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "READ|WRITE" for EV_READ | EV_WRITE, "0" for nothing.  Rotates through eight buffers. */
const char *bits(int what);

/* Prints "NAME: BITS" with the name being arg, a string. */
void report(evutil_socket_t fd, short what, void *arg);
/* The same, and takes what can be read. */
void report_and_drain(evutil_socket_t fd, short what, void *arg);

/* Turns the log into lines of the transcript.  Called before main. */
void kit_log(int severity, const char *text);

/* For event_set_log_callback where what is said is the library's own affair. */
void kit_log_apart(int severity, const char *text);

/*
 * Says a text and what the call answers, an integer.  It is made in a process of its own, after set_up(): it
 * may crash.
 */
#define KIT_ANSWER(set_up, text, call)                   \
	do {                                             \
		if (kit_begin_call(text, set_up))        \
			kit_end_call((long long)(call)); \
	} while (0)
bool kit_begin_call(const char *call, void (*set_up)(void));
void kit_end_call(long long answer) __attribute__((noreturn));

/* Non-blocking, with fixed numbers; ends[0] is the reading end of the pipe. */
void kit_pipe(int ends[2]);
void kit_socketpair(int ends[2]);
/* An existing descriptor moved to the next fixed number, and made non-blocking. */
int kit_fixed(int fd);
/* Closes all fixed numbers; the next starts at KIT_FIRST_FD again. */
void kit_close_descriptors(void);
void kit_restart_descriptors(void);

void kit_put(int fd, const char *text);
/* How many bytes were there. */
int kit_drain(int fd);

/* A base, or an exit with a message. */
struct event_base *kit_base(void);
struct event_base *kit_base_with_priorities(int count);

/* Runs the loop and says what it answered. */
int kit_loop(struct event_base *base, int flags);

struct timeval kit_ms(int ms);
int kit_add_ms(struct event *ev, int ms);

/* Virtual time, see virtual_time.c. */
int64_t virtual_now_us(void);
void virtual_advance_us(int64_t us);
/* Back to the beginning, for a new base. */
void virtual_restart(void);
/* False gives the real clock and real waiting back. */
void virtual_time_enable(bool enabled);

#endif
