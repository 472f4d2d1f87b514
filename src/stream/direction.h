/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two directions of a stream: enabled by the user, held up for reasons.
 */
#ifndef LVN_STREAM_DIRECTION_H
#define LVN_STREAM_DIRECTION_H

#include <stddef.h>

#include "base/compiler.h"
#include "stream/stream.h"

/* What bufferevent_enable and bufferevent_disable do.  0 or -errno. */
int lvn_stream_enable_locked(struct stream *stream, short events) REQUIRES(stream->lock);
int lvn_stream_disable_locked(struct stream *stream, short events) REQUIRES(stream->lock);

/*
 * One reason more, and one less, for a direction not to go on.  If it should go on and cannot,
 * the reason stays, and the answer is -errno.
 */
void lvn_stream_suspend_read_locked(struct stream *stream, enum stream_suspension reason)
    REQUIRES(stream->lock);
int lvn_stream_unsuspend_read_locked(struct stream *stream, enum stream_suspension reason)
    REQUIRES(stream->lock);
void lvn_stream_suspend_write_locked(struct stream *stream, enum stream_suspension reason)
    REQUIRES(stream->lock);
int lvn_stream_unsuspend_write_locked(struct stream *stream, enum stream_suspension reason)
    REQUIRES(stream->lock);

/* The watermarks of the input have been set: changes of it matter, or do not. */
void lvn_stream_watch_input_locked(struct stream *stream) REQUIRES(stream->lock);

/* Stops or resumes reading by how full the input is. */
void lvn_stream_obey_watermark_locked(struct stream *stream) REQUIRES(stream->lock);

/* How much more input the high watermark has room for; SIZE_MAX if there is none. */
LVN_HOT_INLINE size_t
lvn_stream_input_room_locked(struct stream *stream) REQUIRES(stream->lock)
{
	size_t high = stream->bev.wm_read.high;

	lvn_stream_has_buffers_locked(stream);
	if (LVN_LIKELY(!high))
		return SIZE_MAX;
	return stream->input.size < high ? high - stream->input.size : 0;
}

#endif
