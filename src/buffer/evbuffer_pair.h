/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coming in and going out, for the public functions of two buffers.  Both may be the same.
 */
#ifndef LVN_BUFFER_EVBUFFER_PAIR_H
#define LVN_BUFFER_EVBUFFER_PAIR_H

#include "base/compiler.h"
#include "base/lock.h"
#include "buffer/buffer.h"

/* The locks are taken in an order that is the same for all threads; one lock of both, once. */
LVN_HOT_INLINE void
lvn_evbuffer_pair_enter(struct evbuffer *one, struct evbuffer *other)
    ACQUIRES(one->lock, other->lock) NO_LOCK_ANALYSIS
{
	if (one->lock == other->lock)
		lvn_lock_acquire(one->lock);
	else
		lvn_lock_pair_acquire(one->lock, other->lock);
}

/* One of them has been freed in the meantime. */
void lvn_evbuffer_pair_leave_slowly(struct evbuffer *one, struct evbuffer *other)
    RELEASES(one->lock, other->lock);

LVN_HOT_INLINE void
lvn_evbuffer_pair_leave(struct evbuffer *one, struct evbuffer *other)
    RELEASES(one->lock, other->lock) NO_LOCK_ANALYSIS
{
	if (LVN_UNLIKELY(one->refs == 0 || other->refs == 0))
		lvn_evbuffer_pair_leave_slowly(one, other);
	else if (one->lock == other->lock)
		lvn_lock_release(one->lock);
	else
		lvn_lock_pair_release(one->lock, other->lock);
}

#endif
