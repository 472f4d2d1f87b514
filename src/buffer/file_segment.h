/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A part of a file that buffers can have: read and sent with the file's own functions, and
 * mapped into memory only where a program asks for a pointer.  Counts its references; knows
 * nothing about buffers.
 */
#ifndef LVN_BUFFER_FILE_SEGMENT_H
#define LVN_BUFFER_FILE_SEGMENT_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/atomic.h"
#include "base/compiler.h"

/* Nothing changes but refs, and cleanup and flags, which are set before it is shared. */
struct evbuffer_file_segment {
	LVN_ATOMIC(uint32_t) refs;
	unsigned flags; /* EVBUF_FS_ */
	int fd;
	bool is_truncated; /* when the segment was made, the file had fewer bytes */
	off_t offset;      /* in the file */
	size_t size;
	evbuffer_file_segment_cleanup_cb cleanup;
	void *cleanup_arg;
};

/*
 * Make a segment; a `length` of -1 is all behind `offset`.  0, or -errno if the descriptor is
 * not one that can be read at an offset, and if its length is not known but asked for; then
 * it stays with the caller.
 */
int lvn_file_segment_new(struct evbuffer_file_segment **segment_out, int fd, int64_t offset,
    int64_t length, unsigned flags);

void lvn_file_segment_reference(struct evbuffer_file_segment *segment);
void lvn_file_segment_release(struct evbuffer_file_segment *segment);

/* Read `size` bytes from `at` in the segment: 0 or -errno, -ENODATA if the file is shorter. */
int lvn_file_segment_read(
    const struct evbuffer_file_segment *segment, size_t at, void *data, size_t size);

/*
 * Map the first `size` bytes, for the program to look at, or copy them to memory; NULL if the
 * file is shorter by now, or memory is short.  The library does not read there itself: a file
 * that is truncated later ends the process that does.
 */
unsigned char *lvn_file_segment_map(
    const struct evbuffer_file_segment *segment, size_t size, bool *is_mapped_out);
void lvn_file_segment_unmap(
    const struct evbuffer_file_segment *segment, unsigned char *bytes, size_t size, bool is_mapped);

/*
 * Send up to `size` bytes, which is not 0, from `at` in the segment.  Returns how many were
 * sent, or -errno: -ENODATA if the file ends before `at`.
 */
ptrdiff_t lvn_file_segment_send(
    const struct evbuffer_file_segment *segment, size_t at, size_t size, int fd);

#endif
