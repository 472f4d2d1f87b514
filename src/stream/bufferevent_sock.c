/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bufferevents of sockets: the transport that moves bytes as they are, and public functions.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "stream/descriptor.h"
#include "stream/stream.h"
#include "stream/transport.h"

static ptrdiff_t
socket_read(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	lvn_lock_assume_held(stream->input.lock);
	return lvn_descriptor_read_locked(stream, &stream->input, most, &traffic->read);
}

static ptrdiff_t
socket_write(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	lvn_lock_assume_held(stream->input.lock);
	lvn_lock_assume_held(stream->output.lock);
	return lvn_descriptor_write_locked(stream, &stream->output, most, &traffic->written);
}

static const struct transport_ops socket_transport = {
    .name = "socket",
    .read = socket_read,
    .write = socket_write,
};

/* Nothing else knows of the stream yet: it needs no lock. */
struct bufferevent *
bufferevent_socket_new(struct event_base *base, evutil_socket_t fd, int options) NO_LOCK_ANALYSIS
{
	struct stream *stream =
	    lvn_connected_new(base, fd, options, &socket_transport, sizeof(*stream));

	if (!stream)
		return NULL;
	lvn_buffer_drains_to_fd_locked(&stream->output);
	return &stream->bev;
}

int
bufferevent_base_set(struct event_base *base, struct bufferevent *bufev)
{
	struct stream *stream = lvn_stream_of(bufev);

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!base)
		return lvn_log_misuse(__func__, "no base");
	if (!bufev->be_ops->set_base)
		return lvn_log_misuse(__func__, "this kind of bufferevent stays at its base");
	lvn_stream_enter(stream);
	return lvn_stream_leave_with(stream, bufev->be_ops->set_base(stream, base));
}

int
bufferevent_priority_set(struct bufferevent *bufev, int pri)
{
	struct stream *stream = lvn_stream_of(bufev);
	int rc;

	if (lvn_stream_is_gone(bufev, __func__))
		return -1;
	if (!bufev->be_ops->set_priority)
		return lvn_log_misuse(__func__, "this kind of bufferevent has no priority");
	lvn_stream_enter(stream);
	rc = bufev->be_ops->set_priority(stream, pri);
	lvn_stream_leave(stream);
	if (rc == -EINVAL)
		return lvn_log_misuse(__func__, "the base has no such priority");
	return lvn_stream_result(rc);
}
