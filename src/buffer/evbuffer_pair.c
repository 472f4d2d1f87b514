/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door, without public functions: leaving two buffers.
 */
#include "buffer/evbuffer_pair.h"

#include "base/lock.h"
#include "buffer/door.h"

void
lvn_evbuffer_pair_leave_slowly(struct evbuffer *one, struct evbuffer *other) NO_LOCK_ANALYSIS
{
	/* Each of them gives its lock up. */
	if (one->lock == other->lock)
		lvn_lock_acquire(one->lock);
	lvn_buffer_leave(one);
	lvn_buffer_leave(other);
}
