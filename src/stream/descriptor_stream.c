/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connected streams over a descriptor: making and connecting them, changing the descriptor.
 */
#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>

#include "base/io.h"
#include "base/memory.h"
#include "loop/base.h"
#include "stream/connect_attempts.h"
#include "stream/connected.h"
#include "stream/descriptor.h"
#include "stream/direction.h"
#include "stream/limits.h"
#include "stream/transport.h"

/* While several addresses are tried it is that of the oldest attempt. */
static evutil_socket_t
get_fd(struct stream *stream)
{
	evutil_socket_t fd = stream->bev.ev_read.ev_fd;

	lvn_lock_assume_held(stream->input.lock);
	return fd >= 0 ? fd : lvn_connect_attempts_fd_locked(stream);
}

/* What get_fd returns is the stream's no more. */
static evutil_socket_t
take_fd_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	evutil_socket_t attempted = -1;

	if (LVN_UNLIKELY(stream->extras && stream->extras->attempts))
		attempted = lvn_connect_attempts_end_locked(stream);
	return attempted >= 0 ? attempted : stream->bev.ev_read.ev_fd;
}

static void
close_fd(struct stream *stream, evutil_socket_t fd)
{
	if (fd >= 0 && (stream->options & BEV_OPT_CLOSE_ON_FREE))
		lvn_io_close((int)fd);
}

/* Closes the old descriptor last, so that the loop never watches one that is closed. */
static int
set_fd_locked(struct stream *stream, evutil_socket_t fd, bool closes_old)
    REQUIRES(stream->input.lock)
{
	evutil_socket_t old;
	int rc;

	/* A filter may be left above it; nothing would close the descriptor any more. */
	if ((stream->flags & STREAM_IS_FREED) && stream->shares == 0)
		return -EINVAL;
	old = take_fd_locked(stream);
	rc = lvn_descriptor_replace_locked(stream, fd);
	if (rc < 0)
		(void)lvn_descriptor_replace_locked(stream, -1);
	if (closes_old && old != fd)
		close_fd(stream, old);
	return rc;
}

static int
start_on_locked(struct stream *stream, evutil_socket_t fd, const struct sockaddr *address, int size)
    REQUIRES(stream->input.lock)
{
	int state =
	    address ? lvn_descriptor_connect(fd, address, (unsigned)size) : CONNECT_UNDER_WAY;
	int rc;

	if (state < 0)
		return state;
	if (fd != stream->bev.ev_read.ev_fd) {
		rc = lvn_descriptor_replace_locked(stream, fd);
		if (rc < 0)
			return rc;
	}
	return lvn_connected_await_locked(stream, (enum connect_state)state);
}

static int
connect_locked(struct stream *stream, const struct sockaddr *address, int size)
    REQUIRES(stream->input.lock)
{
	evutil_socket_t fd = stream->bev.ev_read.ev_fd;
	bool is_ours = false;
	int rc;

	if (stream->flags & STREAM_IS_FREED)
		return -EINVAL;
	if (lvn_connect_attempts_are_under_way_locked(stream))
		return -EALREADY;
	if (fd < 0) {
		if (!address)
			return -EINVAL;
		fd = lvn_io_socket(lvn_base_world(stream->bev.ev_base), address->sa_family,
		    SOCK_STREAM, 0, IO_INHERITED);
		if (fd < 0)
			return -errno;
		is_ours = true;
	}
	rc = start_on_locked(stream, fd, address, size);
	if (rc < 0 && is_ours) {
		(void)lvn_descriptor_replace_locked(stream, -1);
		lvn_io_close((int)fd);
	}
	return rc;
}

static int
set_base_locked(struct stream *stream, struct event_base *base) REQUIRES(stream->input.lock)
{
	const uint32_t busy = STREAM_READ_ARMED | STREAM_READ_QUEUED | STREAM_WRITE_ARMED |
			      STREAM_WRITE_QUEUED | STREAM_IS_SCHEDULED | STREAM_IS_LOOKING_UP |
			      STREAM_IS_FREED;

	if ((stream->flags & busy) || lvn_connect_attempts_are_under_way_locked(stream))
		return -EBUSY;
	if (lvn_limits_set_base_locked(stream, base) < 0)
		return -EBUSY;
	if (event_base_set(base, &stream->bev.ev_read) < 0 ||
	    event_base_set(base, &stream->bev.ev_write) < 0)
		return -EINVAL;
	stream->bev.ev_base = base;
	return 0;
}

static void
close_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	evutil_socket_t fd = stream->bev.ev_read.ev_fd;

	if (fd >= 0 && stream->transport->close)
		stream->transport->close(stream);
	lvn_connected_take_back_events_locked(stream);
	fd = take_fd_locked(stream);
	stream->bev.ev_read.ev_fd = -1;
	stream->bev.ev_write.ev_fd = -1;
	close_fd(stream, fd);
}

static const struct bufferevent_ops connected_ops = {
    .name = "connected",
    .enable = lvn_connected_enable_locked,
    .disable = lvn_connected_disable_locked,
    .flush = lvn_connected_flush_locked,
    .on_output = lvn_connected_on_output_locked,
    .after_callbacks = lvn_connected_after_callbacks_locked,
    .get_fd = get_fd,
    .set_fd = set_fd_locked,
    .connect = connect_locked,
    .watch_attempts = lvn_connect_attempts_watch_locked,
    .set_base = set_base_locked,
    .set_priority = lvn_connected_set_priority_locked,
    .close = close_locked,
    .destroy = lvn_connected_destroy,
};

/* The transport does not start yet. */
static struct stream *
make(struct event_base *base, int options, const struct transport_ops *transport, size_t size)
{
	struct stream *stream = lvn_calloc(1, size);
	int rc;

	if (!stream)
		return NULL;
	rc = lvn_stream_init(stream, base, &connected_ops, options, NULL);
	if (rc < 0) {
		lvn_free(stream);
		errno = -rc;
		return NULL;
	}
	stream->transport = transport;
	return stream;
}

/* Nothing else knows of the stream before the transport starts: it needs no lock. */
static struct stream *
begin(struct stream *stream, evutil_socket_t fd) NO_LOCK_ANALYSIS
{
	lvn_descriptor_set_locked(stream, fd);
	if (fd >= 0 && stream->transport->start)
		lvn_connected_start_locked(stream);
	return stream;
}

struct stream *
lvn_connected_new(struct event_base *base, evutil_socket_t fd, int options,
    const struct transport_ops *transport, size_t size)
{
	struct stream *stream = make(base, options, transport, size);

	return stream ? begin(stream, fd) : NULL;
}

struct stream *
lvn_transport_new(struct event_base *base, evutil_socket_t fd, int options,
    const struct transport_ops *transport, void *state)
{
	struct stream *stream = make(base, options, transport, sizeof(struct hosted));

	if (!stream)
		return NULL;
	lvn_hosted_of(stream)->transport_state = state;
	return begin(stream, fd);
}
