/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copying bytes into a buffer, at its end and at its front.
 */
#ifndef LVN_BUFFER_BUFFER_ADD_H
#define LVN_BUFFER_BUFFER_ADD_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/* When the last chain has no room. */
int lvn_buffer_add_slowly_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);

LVN_HOT_INLINE int
lvn_buffer_add_locked(struct evbuffer *buffer, const void *data, size_t size) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	size_t old_size = buffer->size;

	if (LVN_UNLIKELY(!last || size > lvn_chain_room(last) || size == 0 ||
			 !lvn_buffer_has_limit_for_locked(buffer, size)))
		return lvn_buffer_add_slowly_locked(buffer, data, size);
	memcpy(lvn_chain_data(last) + last->size, data, size);
	last->size += size;
	buffer->size += size;
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}

int lvn_buffer_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);

/* How many bytes were added, or -errno. */
int lvn_buffer_add_text_locked(struct evbuffer *buffer, const char *format, va_list args)
    REQUIRES(buffer->lock) LVN_PRINTF(2, 0);

/* The memory stays the application's; see lvn_chain_new_reference. */
int lvn_buffer_add_reference_locked(struct evbuffer *buffer, const void *data, size_t offset,
    size_t size, void (*cleanup)(const void *data, size_t size, void *arg), void *arg)
    REQUIRES(buffer->lock);

#endif
