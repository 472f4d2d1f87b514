/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: parts of files in buffers.
 */
#include <errno.h>
#include <event2/buffer.h>

#include "base/log.h"
#include "buffer/buffer.h"
#include "buffer/buffer_add.h"
#include "buffer/file_segment.h"

struct evbuffer_file_segment *
evbuffer_file_segment_new(int fd, ev_off_t offset, ev_off_t length, unsigned flags)
{
	struct evbuffer_file_segment *segment;
	int rc = lvn_file_segment_new(&segment, fd, offset, length, flags);

	if (rc == 0)
		return segment;
	errno = -rc;
	lvn_log_warn("evbuffer_file_segment_new: descriptor %d", fd);
	return NULL;
}

void
evbuffer_file_segment_free(struct evbuffer_file_segment *seg)
{
	if (seg)
		lvn_file_segment_release(seg);
}

void
evbuffer_file_segment_add_cleanup_cb(
    struct evbuffer_file_segment *seg, evbuffer_file_segment_cleanup_cb cb, void *arg)
{
	seg->cleanup = cb;
	seg->cleanup_arg = arg;
}

/* As a length. */
#define TO_THE_END (-1)

/* False if it is not within the segment. */
static bool
part_of(const struct evbuffer_file_segment *segment, ev_off_t offset, ev_off_t *length)
{
	if (offset < 0 || (uint64_t)offset > segment->size || *length < TO_THE_END)
		return false;
	if (*length == TO_THE_END)
		*length = (ev_off_t)segment->size - offset;
	return (uint64_t)*length <= segment->size - (uint64_t)offset;
}

int
evbuffer_add_file_segment(
    struct evbuffer *buf, struct evbuffer_file_segment *seg, ev_off_t offset, ev_off_t length)
{
	int rc = -EPERM;

	if (!part_of(seg, offset, &length))
		return lvn_log_misuse(__func__, "no such part of the segment");
	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_add_file_locked(buf, seg, (size_t)offset, (size_t)length);
	lvn_buffer_leave(buf);
	if (rc < 0 && rc != -EPERM) {
		errno = -rc;
		lvn_log_warn("evbuffer_add_file_segment: descriptor %d", seg->fd);
	}
	return rc < 0 ? -1 : 0;
}

int
evbuffer_add_file(struct evbuffer *outbuf, int fd, ev_off_t offset, ev_off_t length)
{
	struct evbuffer_file_segment *segment = evbuffer_file_segment_new(fd, offset, length, 0);
	int rc;

	if (!segment)
		return -1;
	rc = evbuffer_add_file_segment(outbuf, segment, 0, length);
	if (rc == 0)
		segment->flags |= EVBUF_FS_CLOSE_ON_FREE;
	evbuffer_file_segment_free(segment);
	return rc;
}
