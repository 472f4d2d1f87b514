/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coming in and answering, for the public functions of bufferevents.
 */
#ifndef LVN_STREAM_DOOR_H
#define LVN_STREAM_DOOR_H

#include <errno.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "loop/debug.h"
#include "stream/lifetime.h"
#include "stream/stream.h"

/* For calls that may end up in callbacks, which may free the bufferevent. */
LVN_HOT_INLINE void
lvn_stream_enter_and_hold(struct stream *stream) ACQUIRES(stream->lock)
{
	lvn_stream_enter(stream);
	lvn_lifetime_hold_locked(stream);
}

/* True, with a log line and EINVAL, if debug mode knows that the bufferevent is freed. */
LVN_COLD bool lvn_bufferevent_is_gone_slowly(const struct bufferevent *bufev, const char *caller);

LVN_HOT_INLINE bool
lvn_stream_is_gone(const struct bufferevent *bufev, const char *caller)
{
	return LVN_UNLIKELY(lvn_debug_is_on) && lvn_bufferevent_is_gone_slowly(bufev, caller);
}

/* 0, or -1 and errno. */
LVN_HOT_INLINE int
lvn_stream_answer(int rc)
{
	if (LVN_LIKELY(rc >= 0))
		return 0;
	errno = -rc;
	return -1;
}

#endif
