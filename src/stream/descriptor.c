/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/descriptor.h"

#include <errno.h>
#include <event2/event.h>

#include "base/io.h"
#include "buffer/buffer_io.h"
#include "stream/connected.h"
#include "stream/direction.h"
#include "stream/transport.h"

/* ---- Reading and writing ------------------------------------------------------------------- */

/*
 * A program may give a descriptor that blocks, and it must not stop the loop: it is asked first,
 * and gets little at once.  The program may have made it non-blocking since then.
 */
static bool
must_wait_locked(struct stream *stream, bool for_writing) REQUIRES(stream->input.lock)
{
	int fd = (int)stream->bev.ev_read.ev_fd;

	if (!lvn_io_blocks(fd)) {
		stream->flags &= ~(uint32_t)STREAM_FD_BLOCKS;
		return false;
	}
	return !lvn_io_is_ready(fd, for_writing);
}

ptrdiff_t
lvn_descriptor_read_locked(
    struct stream *stream, struct evbuffer *into, size_t most, size_t *got_out)
{
	int rc;

	if (LVN_UNLIKELY(stream->flags & STREAM_FD_BLOCKS) && must_wait_locked(stream, false))
		return TRANSPORT_WANT_READ;
	rc = lvn_buffer_read_locked(into, (int)stream->bev.ev_read.ev_fd, most, got_out);
	if (LVN_LIKELY(rc == 0))
		return (ptrdiff_t)*got_out;
	return rc == -EAGAIN || rc == -EINTR ? TRANSPORT_WANT_READ : rc;
}

ptrdiff_t
lvn_descriptor_write_locked(
    struct stream *stream, struct evbuffer *from, size_t most, size_t *sent_out)
{
	int rc;

	if (LVN_UNLIKELY(stream->flags & STREAM_FD_BLOCKS)) {
		if (must_wait_locked(stream, true))
			return TRANSPORT_WANT_WRITE;
		if ((stream->flags & STREAM_FD_BLOCKS) && most > LVN_IO_PIECE)
			most = LVN_IO_PIECE;
	}
	rc = lvn_buffer_write_locked(from, (int)stream->bev.ev_write.ev_fd, most, sent_out);
	if (LVN_LIKELY(rc == 0))
		return (ptrdiff_t)*sent_out;
	return rc == -EAGAIN || rc == -EINTR ? TRANSPORT_WANT_WRITE : rc;
}

/* ---- The descriptor -------------------------------------------------------------------------- */

int
lvn_descriptor_replace_locked(struct stream *stream, evutil_socket_t fd)
{
	int priority = stream->bev.ev_read.ev_evcallback.evcb_pri;

	lvn_connected_take_back_events_locked(stream);
	event_debug_unassign(&stream->bev.ev_read);
	event_debug_unassign(&stream->bev.ev_write);
	lvn_descriptor_set_locked(stream, fd);
	event_priority_set(&stream->bev.ev_read, priority);
	event_priority_set(&stream->bev.ev_write, priority);
	if (stream->transport->on_fd)
		stream->transport->on_fd(stream, fd);
	if (fd >= 0 && stream->transport->start && !(stream->flags & STREAM_IS_FREED))
		lvn_connected_start_locked(stream);
	if (stream->flags & STREAM_IS_FREED)
		return 0;
	return lvn_stream_enable_locked(stream, stream->bev.enabled);
}

int
lvn_descriptor_connect(evutil_socket_t fd, const struct sockaddr *address, unsigned size)
{
	if (lvn_io_connect((int)fd, address, size) == 0)
		return CONNECT_DONE;
	switch (errno) {
	case EINPROGRESS:
	case EINTR:
		return CONNECT_UNDER_WAY;
	case ECONNREFUSED:
		return CONNECT_REFUSED;
	default:
		return -errno;
	}
}
