/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Adding bytes to a buffer, at its end and at its front: copied, referenced, or a part of a file.
 */
#ifndef LVN_BUFFER_BUFFER_ADD_H
#define LVN_BUFFER_BUFFER_ADD_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "buffer/buffer.h"
#include "buffer/buffer_space.h"
#include "buffer/file_segment.h"

/* Where the last chain does not have space for all. */
int lvn_buffer_add_to_more_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);

LVN_HOT_INLINE int
lvn_buffer_add_locked(struct evbuffer *buffer, const void *data, size_t size) REQUIRES(buffer->lock)
{
	struct chain *last;

	if (LVN_UNLIKELY(size == 0))
		return 0;
	if (LVN_UNLIKELY(!lvn_buffer_has_limit_for_locked(buffer, size)))
		return lvn_buffer_refuse_locked(buffer, size);
	last = lvn_buffer_last_locked(buffer, size);
	if (LVN_UNLIKELY(!last || lvn_chain_space(last) < size))
		return lvn_buffer_add_to_more_locked(buffer, data, size);
	memcpy(lvn_chain_data(last) + last->size, data, size);
	last->size += size;
	buffer->size += size;
	lvn_buffer_has_grown_locked(buffer, buffer->size - size, size);
	return 0;
}

int lvn_buffer_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);

/* Returns how many bytes were added, or -errno. */
int lvn_buffer_add_text_locked(struct evbuffer *buffer, const char *format, va_list args)
    REQUIRES(buffer->lock) LVN_PRINTF(2, 0);

/* The memory stays the application's; see lvn_chain_new_reference. */
int lvn_buffer_add_reference_locked(struct evbuffer *buffer, const void *data, size_t offset,
    size_t size, void (*cleanup)(const void *data, size_t size, void *arg), void *arg)
    REQUIRES(buffer->lock);

/*
 * `size` bytes from `offset` in the segment, which gets one more reference.  -ENODATA if the
 * file is known to have fewer, unless a descriptor is to take what there is.
 */
int lvn_buffer_add_file_locked(struct evbuffer *buffer, struct evbuffer_file_segment *segment,
    size_t offset, size_t size) REQUIRES(buffer->lock);

#endif
