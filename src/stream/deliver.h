/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling the callbacks of the program: at once or deferred, with or without the lock.
 *
 * After each of these calls everything may have changed, and the stream may be freed; its memory
 * stays (stream.h).
 */
#ifndef LVN_STREAM_DELIVER_H
#define LVN_STREAM_DELIVER_H

#include "base/compiler.h"
#include "stream/stream.h"

/*
 * Calls the callback if the watermarks allow it.  `options`: BEV_TRIG_ bits of
 * bufferevent_trigger, else 0.
 */
void lvn_deliver_read_locked(struct stream *stream, int options) REQUIRES(stream->input.lock);
void lvn_deliver_write_locked(struct stream *stream, int options) REQUIRES(stream->input.lock);

/* `what` are BEV_EVENT_ bits.  The callback finds the caller's errno. */
void lvn_deliver_event_locked(struct stream *stream, short what, int options)
    REQUIRES(stream->input.lock);

/*
 * The caller has added 1 to callback_depth before its callbacks, and they have returned: takes it
 * back, and calls after_callbacks if it was the outermost.
 */
void lvn_deliver_end_locked(struct stream *stream) REQUIRES(stream->input.lock);

#endif
