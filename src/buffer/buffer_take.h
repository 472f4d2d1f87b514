/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking bytes from the front of a buffer, and having them in one piece.
 */
#ifndef LVN_BUFFER_BUFFER_TAKE_H
#define LVN_BUFFER_BUFFER_TAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

struct evbuffer_ptr;

/* Gives the first chain up.  False, and nothing has happened, if its block is not kept. */
LVN_HOT_INLINE bool
lvn_buffer_keep_first_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	struct chain *next = first->next;

	if (LVN_UNLIKELY(first->pool_slot >= LVN_BLOCK_SLOTS) ||
	    LVN_UNLIKELY(lvn_chain_is_shared(first)) ||
	    LVN_UNLIKELY(!lvn_block_keep(first, first->pool_slot)))
		return false;
	buffer->first = next;
	return true;
}

/*
 * Takes bytes away that are all in the first chain; more than there are count as all, if it is
 * the only one.  Tells nobody and frees nothing; false, and nothing has happened, if this is no
 * such case.
 */
LVN_HOT_INLINE bool
lvn_buffer_take_first_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (LVN_UNLIKELY(!first))
		return false;
	if (size < first->size) {
		first->offset += size;
		first->size -= size;
		buffer->size -= size;
		return true;
	}
	if (first->next && (size > first->size || first == buffer->last))
		return false;
	size = first->size;
	if (!lvn_buffer_keep_first_locked(buffer))
		return false;
	if (!buffer->first)
		buffer->last = (struct chain *)0;
	buffer->size -= size;
	return true;
}

/* More than there is counts as all.  Never fails. */
void lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);

/*
 * Copies up to `size` bytes from `start`, or from the front if that is NULL; answers how
 * many, or -errno if they are in a file and not in memory.
 */
ptrdiff_t lvn_buffer_copyout_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start,
    void *data, size_t size) REQUIRES(buffer->lock);
/* From the front, and takes them away. */
ptrdiff_t lvn_buffer_remove_locked(struct evbuffer *buffer, void *data, size_t size)
    REQUIRES(buffer->lock);

/*
 * The first `size` bytes, which must be there, in one piece.  NULL if memory is short or
 * they are in a file and not in memory.
 */
unsigned char *lvn_buffer_pullup_locked(struct evbuffer *buffer, size_t size)
    REQUIRES(buffer->lock);

#endif
