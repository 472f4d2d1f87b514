/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between a buffer and a descriptor: one system call each.
 */
#ifndef LVN_BUFFER_BUFFER_IO_H
#define LVN_BUFFER_BUFFER_IO_H

#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/*
 * Reads at most `most` bytes and at most max_read.  Success with 0 bytes is the end of the
 * input.  -EAGAIN and -EINTR are answers like others.
 */
int lvn_buffer_read_locked(struct evbuffer *buffer, int fd, size_t most, size_t *got_out)
    REQUIRES(buffer->lock);

/* Writes at most `most` bytes; what was written is taken away. */
int lvn_buffer_write_locked(struct evbuffer *buffer, int fd, size_t most, size_t *sent_out)
    REQUIRES(buffer->lock);

#endif
