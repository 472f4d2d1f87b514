/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Removing bytes from the front of a buffer, copying them, and making them contiguous.
 */
#ifndef LVN_BUFFER_BUFFER_REMOVE_H
#define LVN_BUFFER_BUFFER_REMOVE_H

#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/* More than there is counts as all.  Never fails. */
void lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);

/*
 * Copy up to `size` bytes from `start`, or from the front if that is NULL.  Returns how many
 * were copied, or -errno if some of them are in a file that cannot be read.
 */
ptrdiff_t lvn_buffer_copyout_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start,
    void *data, size_t size) REQUIRES(buffer->lock);
/* From the front, and drain them. */
ptrdiff_t lvn_buffer_remove_locked(struct evbuffer *buffer, void *data, size_t size)
    REQUIRES(buffer->lock);

/*
 * Make the first `size` bytes, which must be there, contiguous.  NULL if memory is short, if
 * they are in a file that cannot be read, or if a cleanup function has changed the buffer.
 */
unsigned char *lvn_buffer_pullup_locked(struct evbuffer *buffer, size_t size)
    REQUIRES(buffer->lock);

#endif
