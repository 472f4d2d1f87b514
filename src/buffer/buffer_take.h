/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking bytes from the front of a buffer, and having them in one piece.
 */
#ifndef LVN_BUFFER_BUFFER_TAKE_H
#define LVN_BUFFER_BUFFER_TAKE_H

#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

struct evbuffer_ptr;

/* When whole chains go away. */
void lvn_buffer_drain_slowly_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);

/* More than there is counts as all.  Never fails. */
LVN_HOT_INLINE void
lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	size_t old_size = buffer->size;

	if (LVN_UNLIKELY(!first || size >= first->size || size == 0)) {
		lvn_buffer_drain_slowly_locked(buffer, size);
		return;
	}
	first->offset += size;
	first->size -= size;
	buffer->size -= size;
	lvn_buffer_has_shrunk_locked(buffer, old_size, size);
}

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
