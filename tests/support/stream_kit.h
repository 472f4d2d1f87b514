/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of streams share: callbacks that spell how they were called, a stream with its
 * peer, ends that count their callbacks, and functions of filters.
 *
 * Callbacks add to spelled() of loop_kit.h: the name of the stream, which is their argument, and
 *	r5     read, with so many bytes in the input
 *	w0     write, with so many bytes left in the output
 *	<eof   an event about reading: eof, err or late
 *	>err   an event about writing
 *	!err   an event about neither
 *	!up    connected
 */
#ifndef LEVIN_TESTS_SUPPORT_STREAM_KIT_H
#define LEVIN_TESTS_SUPPORT_STREAM_KIT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stddef.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* ---- Callbacks; the argument is word(name) ---- */

void spell_read(struct bufferevent *bev, void *name);
void spell_read_and_drain(struct bufferevent *bev, void *name);
void spell_written(struct bufferevent *bev, void *name);
void spell_event(struct bufferevent *bev, short what, void *name);
/* All input becomes output. */
void echo(struct bufferevent *bev, void *name);

/* ---- A stream and its peer ---- */

/* How a stream over a descriptor is made: what a suite runs on. */
struct stream_configuration {
	const char *name;
	struct bufferevent *(*open)(struct event_base *base, evutil_socket_t fd, int options);
};

extern const struct stream_configuration stream_socket; /* the default */
/* Set by a suite, or by a fixture, before its first stream. */
extern const struct stream_configuration *stream_under_test;

/* A stream in this configuration; it owns the descriptor if the options say so. */
struct bufferevent *stream_on(struct event_base *base, evutil_socket_t fd, int options);
/* With all three callbacks, spell_read_and_drain, and reading enabled. */
struct bufferevent *spelling_stream(
    struct event_base *base, evutil_socket_t fd, int options, const char *name);

size_t input_size(struct bufferevent *bev);
size_t output_size(struct bufferevent *bev);
/* Adds so many bytes to the output. */
void write_bytes(struct bufferevent *bev, size_t size);
void write_text(struct bufferevent *bev, const char *text);

/* One turn, which waits if there is nothing to do. */
void step(struct event_base *base);
/* Turns that do not wait; each goes on until nothing is left to do. */
void turns(struct event_base *base, int count);
/* Runs the loop until something was spelled, and returns it. */
const char *next_spelled(struct event_base *base);
/* Waits for real or simulated milliseconds while the loop runs. */
void run_for_ms(struct event_base *base, int ms);

/* ---- Ends: bufferevents whose callbacks count ---- */

/* What the callbacks of one bufferevent have seen, and what they are to do. */
struct end {
	struct bufferevent *bev;
	int reads;
	int writes;
	short events; /* all bits so far */
	int events_count;
	void (*on_read)(struct end *end);
	void (*on_write)(struct end *end);
	void (*on_event)(struct end *end, short what);
	struct end *other;
};

/* Sets the callbacks of a bufferevent to those of the end. */
void watch_end(struct end *end, struct bufferevent *bev);
void enable_end(struct end *end, short events);
size_t end_input_size(const struct end *end);
size_t end_output_size(const struct end *end);
void end_write_text(struct end *end, const char *text);
/* Takes the input and compares it. */
void expect_input(struct end *end, const char *text);
void drain_input(struct end *end, size_t size);

/* For the callbacks of ends, too. */
void free_end(struct end *end);
void free_end_at_event(struct end *end, short what);
void free_other_end(struct end *end);

/* ---- Functions of filters ---- */

/* Add one to each byte, or subtract one, at most seven bytes in a call. */
enum bufferevent_filter_result shift_up(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *context);
enum bufferevent_filter_result shift_down(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *context);
/* Passes bytes on only in a flush. */
enum bufferevent_filter_result hold_back(struct evbuffer *from, struct evbuffer *to,
    ev_ssize_t limit, enum bufferevent_flush_mode mode, void *context);

/* ---- Freeing inside of callbacks ---- */

/*
 * From now on callbacks of the two streams and of their buffers count, and the one that comes
 * after `earlier` others frees both and sets the variables to NULL.
 */
void free_both_in_callback(struct bufferevent **client, struct bufferevent **server, int earlier);
/* Counts a callback of another kind. */
void free_both_in_time(void);

#endif
