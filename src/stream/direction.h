/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two directions of a stream: enabled by the program, suspended for reasons of ours, and
 * disabled when their timeout has run out (timeouts.h).
 */
#ifndef LVN_STREAM_DIRECTION_H
#define LVN_STREAM_DIRECTION_H

#include "base/compiler.h"
#include "stream/stream.h"

/* What bufferevent_enable and bufferevent_disable do.  0 or -errno. */
int lvn_stream_enable_locked(struct stream *stream, short events) REQUIRES(stream->input.lock);
int lvn_stream_disable_locked(struct stream *stream, short events) REQUIRES(stream->input.lock);

/*
 * Suspends a direction for a reason.  The other function takes the reason back; if the direction
 * should then go on and cannot, the reason stays and the result is -errno.
 */
void lvn_stream_suspend_locked(struct stream *stream, short direction,
    enum stream_suspension reason) REQUIRES(stream->input.lock);
int lvn_stream_unsuspend_locked(struct stream *stream, short direction,
    enum stream_suspension reason) REQUIRES(stream->input.lock);

/* The watermarks of the input have been set: its changes matter from now on, or do not. */
void lvn_stream_watch_input_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* Stops or resumes reading by how full the input is. */
void lvn_stream_apply_watermark_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* How many more bytes the high watermark of the input allows; SIZE_MAX if there is none. */
LVN_HOT_INLINE size_t
lvn_stream_input_space_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	size_t high = stream->bev.wm_read.high;

	if (LVN_LIKELY(!high))
		return SIZE_MAX;
	return stream->input.size < high ? high - stream->input.size : 0;
}

/* Sets ev_read and ev_write up as timers, for a kind of streams that has no descriptor. */
void lvn_stream_init_timers(struct stream *stream);

/* A timer has fired: disables the direction and calls the event callback. */
void lvn_stream_expire_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock);

#endif
