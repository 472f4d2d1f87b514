/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door, without public functions: the locks of two buffers.
 */
#include "buffer/evbuffer_pair.h"

#include "base/lock.h"
#include "buffer/door.h"

void
lvn_evbuffer_pair_enter(struct evbuffer *one, struct evbuffer *other) NO_LOCK_ANALYSIS
{
	lvn_lock_pair_acquire(one->lock, other->lock);
}

void
lvn_evbuffer_pair_leave(struct evbuffer *one, struct evbuffer *other) NO_LOCK_ANALYSIS
{
	lvn_buffer_leave(one);
	lvn_buffer_leave(other);
}
