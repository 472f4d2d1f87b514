/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling users: at once or deferred, with or without the lock.  The only file of this floor
 * that does.
 *
 * After each of these calls everything may be different, except that the stream is still
 * there: the caller holds a reference.
 */
#ifndef LVN_STREAM_DELIVER_H
#define LVN_STREAM_DELIVER_H

#include "base/compiler.h"
#include "stream/stream.h"

/*
 * `options`: BEV_TRIG_ bits of bufferevent_trigger, 0 in the ordinary course of things.  The
 * callbacks are made if the watermarks say so.
 */
void lvn_deliver_read_locked(struct stream *stream, int options) REQUIRES(stream->lock);
void lvn_deliver_write_locked(struct stream *stream, int options) REQUIRES(stream->lock);

/* BEV_EVENT_ bits; errno is kept for the callback. */
void lvn_deliver_event_locked(struct stream *stream, short what, int options)
    REQUIRES(stream->lock);

/* The function of the stream's deferred callback. */
void lvn_deliver_on_deferred(struct event_callback *callback, void *arg);

#endif
