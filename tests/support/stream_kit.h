/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tests of streams need again and again: callbacks that spell how they were called, and
 * a stream with its peer.
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

#include <event2/bufferevent.h>
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

/* Stream over one end of a pair; it owns it if the options say so. */
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
/* Runs the loop until something was spelled, and answers that. */
const char *next_spelled(struct event_base *base);
/* Waits for real or simulated milliseconds while the loop runs. */
void run_for_ms(struct event_base *base, int ms);

#endif
