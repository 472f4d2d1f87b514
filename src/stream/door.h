/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coming in and answering, for the public functions of bufferevents.
 */
#ifndef LVN_STREAM_DOOR_H
#define LVN_STREAM_DOOR_H

#include <errno.h>

#include "base/compiler.h"
#include "stream/lifetime.h"
#include "stream/stream.h"

/* For calls that may end up in callbacks, which may free the bufferevent. */
LVN_HOT_INLINE void
lvn_stream_enter_and_hold(struct stream *stream) ACQUIRES(stream->lock)
{
	lvn_stream_enter(stream);
	lvn_lifetime_hold_locked(stream);
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
