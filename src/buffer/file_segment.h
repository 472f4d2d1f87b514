/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A part of a file that buffers can hold: mapped or read into memory once, or left where
 * it is and sent by the kernel.  Counted references; knows nothing about buffers.
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
#include "base/lock.h"

/*
 * Invariants:
 *   1. contents is NULL, or the bytes of the segment; then it stays until the end
 *   2. mapping is the page in which contents begin, or NULL if contents were allocated
 *   3. lock protects contents until they are there; nothing else changes but refs, and
 *      cleanup, which must be set before the segment is shared
 */
struct evbuffer_file_segment {
	struct lock lock;
	LVN_ATOMIC(uint32_t) refs;
	unsigned flags; /* EVBUF_FS_ */
	int fd;
	off_t offset; /* in the file */
	size_t size;
	unsigned char *contents;
	void *mapping;
	size_t mapping_size;
	evbuffer_file_segment_cleanup_cb cleanup;
	void *cleanup_arg;
};

/*
 * A negative `length` is all behind `offset`.  0 or -errno; on failure the descriptor stays
 * with the caller.
 */
int lvn_file_segment_new(struct evbuffer_file_segment **segment_out, int fd, int64_t offset,
    int64_t length, unsigned flags);

/* The descriptor is closed in the end. */
void lvn_file_segment_own_descriptor(struct evbuffer_file_segment *segment);

void lvn_file_segment_retain(struct evbuffer_file_segment *segment);
void lvn_file_segment_release(struct evbuffer_file_segment *segment);

/* Whether the kernel may send it without our having it in memory. */
bool lvn_file_segment_can_be_sent(const struct evbuffer_file_segment *segment);

/* Sees to it that contents are there.  0 or -errno. */
int lvn_file_segment_load_locked(struct evbuffer_file_segment *segment) REQUIRES(segment->lock);

/* Sends up to `size` bytes from `at` in the segment.  How many, or -errno. */
ptrdiff_t lvn_file_segment_send(
    const struct evbuffer_file_segment *segment, size_t at, size_t size, int fd);

#endif
