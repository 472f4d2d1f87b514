/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coming in and going out, for the public functions of buffers.
 */
#ifndef LVN_BUFFER_DOOR_H
#define LVN_BUFFER_DOOR_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/log.h"
#include "buffer/buffer.h"

/* Nobody refers to the buffer any more: ends it, unless it is in a callback of its own. */
void lvn_evbuffer_end(struct evbuffer *buffer) RELEASES(buffer->lock);

LVN_HOT_INLINE void
lvn_buffer_enter(struct evbuffer *buffer) ACQUIRES(buffer->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(buffer->lock);
}

LVN_HOT_INLINE void
lvn_buffer_leave(struct evbuffer *buffer) RELEASES(buffer->lock) NO_LOCK_ANALYSIS
{
	if (LVN_UNLIKELY(buffer->refs == 0))
		lvn_evbuffer_end(buffer);
	else
		lvn_lock_release(buffer->lock);
}

/* If so, the debug log has a line: programs may count on being refused. */
LVN_HOT_INLINE bool
lvn_buffer_is_frozen_locked(const struct evbuffer *buffer, enum buffer_freeze end)
    REQUIRES(buffer->lock)
{
	if (LVN_LIKELY(!(buffer->attention & end)))
		return false;
	lvn_log_debug("evbuffer %p: its %s is frozen", (const void *)buffer,
	    end == FROZEN_FRONT ? "front" : "end");
	return true;
}

#endif
