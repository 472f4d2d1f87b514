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
 * Reads at most `most` bytes and at most max_read, by one system call.  Success with 0 bytes
 * is the end of the input.  Returns -EAGAIN and -EINTR like other errors.
 */
int lvn_buffer_read_locked(struct evbuffer *buffer, int fd, size_t most, size_t *got_out)
    REQUIRES(buffer->lock);

/*
 * Writes at most `most` bytes, by one system call, and drains what was written.
 *
 * Returns
 *   0          *sent_out bytes were written; 0 of them only if `most` or the size is 0
 *   -EAGAIN    the descriptor takes nothing now: wait until it is writable
 *   -EINTR     a signal came first: try again
 *   -ENODATA   the buffer begins with a part of a file that has no bytes there, because the
 *              file was truncated or a wrong length given: trying again is of no use
 *   -errno     any other failure
 *
 * On failure *sent_out is 0 and the buffer is as it was.
 */
int lvn_buffer_write_locked(struct evbuffer *buffer, int fd, size_t most, size_t *sent_out)
    REQUIRES(buffer->lock);

#endif
