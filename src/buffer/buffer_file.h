/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of files in a buffer.
 */
#ifndef LVN_BUFFER_BUFFER_FILE_H
#define LVN_BUFFER_BUFFER_FILE_H

#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"
#include "buffer/file_segment.h"

/*
 * `size` bytes from `offset` in the segment, which has them, and which keeps one reference
 * more.  Its lock is held too.
 */
int lvn_buffer_file_add_locked(struct evbuffer *buffer, struct evbuffer_file_segment *segment,
    size_t offset, size_t size) REQUIRES(buffer->lock, segment->lock);

#endif
