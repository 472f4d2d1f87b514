/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Free space at the end of a buffer: making it, lending it to the application, and adding
 * what was written there.
 */
#ifndef LVN_BUFFER_BUFFER_SPACE_H
#define LVN_BUFFER_BUFFER_SPACE_H

#include <event2/buffer.h>
#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/*
 * The space behind the bytes of the last chain, which must exist.  Few bytes are moved to
 * the beginning of their chain if there is space for `wanted` then.
 */
size_t lvn_buffer_space_in_last_locked(struct evbuffer *buffer, size_t wanted)
    REQUIRES(buffer->lock);

/* The last chain; in a buffer without chains, a new one for `size` bytes, or NULL. */
LVN_HOT_INLINE struct chain *
lvn_buffer_last_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(!buffer->last)) {
		buffer->first = lvn_chain_new(size < LVN_CHAIN_PART ? size : LVN_CHAIN_PART);
		buffer->last = buffer->first;
		buffer->held = buffer->last ? buffer->last->capacity : 0;
	}
	return buffer->last;
}

/*
 * Make space for `size` bytes, in chains for at least `least` bytes and of LVN_CHAIN_PART at
 * most.  0 or -ENOMEM.  An empty chain that is too small is freed.
 */
int lvn_buffer_make_space_locked(struct evbuffer *buffer, size_t size, size_t least)
    REQUIRES(buffer->lock);

/* The chain whose space comes first; NULL if there is no space. */
LVN_HOT_INLINE struct chain *
lvn_buffer_space_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	return last && lvn_chain_space(last) == 0 ? last->next : last;
}

/* Make contiguous space for `size` bytes, and promise it: 0 or -ENOMEM. */
int lvn_buffer_expand_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);

/*
 * Make contiguous space for `size` bytes, or in two extents if `most` is above 1.  What was
 * reserved before stays the beginning of the first extent if `most` is above 1.  Returns
 * how many extents there are, or -ENOMEM.
 */
int lvn_buffer_reserve_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *extents,
    int most) REQUIRES(buffer->lock);

/* 0, or -EINVAL if the extents are not at the end of the buffer or too long for that. */
int lvn_buffer_commit_locked(struct evbuffer *buffer, const struct evbuffer_iovec *extents,
    int count) REQUIRES(buffer->lock);

#endif
