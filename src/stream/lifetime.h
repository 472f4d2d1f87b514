/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a stream lives: as long as somebody holds a reference.  Those are the user, whoever
 * is calling it or works on it, the loop while calls are deferred, and streams that stand on
 * it.  When the last one goes it is ended at once, or by the loop if that may just be busy
 * with it on another thread.
 */
#ifndef LVN_STREAM_LIFETIME_H
#define LVN_STREAM_LIFETIME_H

#include <stdbool.h>

#include "base/compiler.h"
#include "stream/stream.h"

LVN_HOT_INLINE void
lvn_lifetime_hold_locked(struct stream *stream) REQUIRES(stream->lock)
{
	stream->references++;
}

/* The last reference is gone. */
void lvn_lifetime_end_and_leave(struct stream *stream) RELEASES(stream->lock);

/* Gives the lock back, too.  True if it was the last reference. */
LVN_HOT_INLINE bool
lvn_lifetime_release_and_leave(struct stream *stream) RELEASES(stream->lock) NO_LOCK_ANALYSIS
{
	if (LVN_LIKELY(--stream->references > 0)) {
		lvn_stream_leave(stream);
		return false;
	}
	lvn_lifetime_end_and_leave(stream);
	return true;
}

/*
 * Gives a reference up that is not the last one: the caller knows of another, and the lock
 * stays held.
 */
LVN_HOT_INLINE void
lvn_lifetime_unhold_locked(struct stream *stream) REQUIRES(stream->lock)
{
	stream->references--;
}

/* Lets the loop end the stream if it is the last one: for who is called from within a change. */
void lvn_lifetime_schedule_end_locked(struct stream *stream) REQUIRES(stream->lock);

LVN_HOT_INLINE void
lvn_lifetime_release_later_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (LVN_LIKELY(stream->references > 1))
		stream->references--;
	else
		lvn_lifetime_schedule_end_locked(stream);
}

/* What bufferevent_free does: no callbacks any more, and the user's reference goes. */
void lvn_lifetime_free_and_leave(struct stream *stream) RELEASES(stream->lock);

/* Undoes lvn_stream_init for a stream that nobody has seen, and frees its block. */
void lvn_lifetime_discard(struct stream *stream);

#endif
