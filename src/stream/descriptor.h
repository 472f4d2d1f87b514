/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptor that is the wire of a connected stream: giving it to the stream, and one system
 * call each to read, to write and to connect it.
 */
#ifndef LVN_STREAM_DESCRIPTOR_H
#define LVN_STREAM_DESCRIPTOR_H

#include <event2/event.h>
#include <event2/util.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/io.h"
#include "buffer/buffer.h"
#include "stream/connected.h"
#include "stream/stream.h"

/* A stream of lvn_transport_new. */
struct hosted {
	struct stream stream;
	void *transport_state;
};

LVN_HOT_INLINE struct hosted *
lvn_hosted_of(struct stream *stream)
{
	return container_of(stream, struct hosted, stream);
}

/*
 * Return how many bytes were moved, which is at most `most`; 0 is the end of the input.  A want if
 * the descriptor is not ready, else -errno as lvn_buffer_read_locked and lvn_buffer_write_locked.
 */
ptrdiff_t lvn_descriptor_read_locked(struct stream *stream, struct evbuffer *into, size_t most,
    size_t *got_out) REQUIRES(stream->input.lock, into->lock);
ptrdiff_t lvn_descriptor_write_locked(struct stream *stream, struct evbuffer *from, size_t most,
    size_t *sent_out) REQUIRES(stream->input.lock, from->lock);

/* The stream, which has no events yet, gets this descriptor, or none with -1. */
LVN_HOT_INLINE void
lvn_descriptor_set_locked(struct stream *stream, evutil_socket_t fd) REQUIRES(stream->input.lock)
{
	const short always = EV_PERSIST | EV_FINALIZE;
	struct bufferevent *bev = &stream->bev;

	event_assign(
	    &bev->ev_read, bev->ev_base, fd, EV_READ | always, lvn_connected_on_readable, stream);
	event_assign(
	    &bev->ev_write, bev->ev_base, fd, EV_WRITE | always, lvn_connected_on_writable, stream);
	stream->flags &= ~(uint32_t)STREAM_FD_BLOCKS;
	if (fd >= 0 && lvn_io_blocks((int)fd))
		stream->flags |= STREAM_FD_BLOCKS;
}

/*
 * It gets another one, and nothing is left of the state of the old one, which is not closed.  What
 * is enabled stays so.  0 or -errno: the events could not be added.
 */
int lvn_descriptor_replace_locked(struct stream *stream, evutil_socket_t fd)
    REQUIRES(stream->input.lock);

/* Returns enum connect_state or -errno. */
int lvn_descriptor_connect(evutil_socket_t fd, const struct sockaddr *address, unsigned size);

#endif
