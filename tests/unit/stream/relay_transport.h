/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A transport whose wire is that of a plain socket, for the test suites of plain sockets: before
 * every other call it asks for the wrong direction, if the descriptor is ready for that, and it
 * reads ahead into a buffer of its own.
 */
#ifndef LEVIN_TESTS_UNIT_STREAM_RELAY_TRANSPORT_H
#define LEVIN_TESTS_UNIT_STREAM_RELAY_TRANSPORT_H

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <poll.h>

#include "base/io.h"
#include "buffer/buffer_io.h"
#include "stream/stream.h"
#include "stream/transport.h"
#include "support/stream_kit.h"

struct relay {
	struct stream stream;
	struct evbuffer *kept;
	unsigned calls;
};

static inline struct relay *
relay_of(struct stream *stream)
{
	return container_of(stream, struct relay, stream);
}

/* A simulated descriptor is never ready here. */
static inline bool
relay_asks_for(struct stream *stream, short events)
{
	struct pollfd fd = {.fd = (int)stream->bev.ev_read.ev_fd, .events = events};

	return relay_of(stream)->calls++ % 2 == 0 && poll(&fd, 1, 0) == 1 &&
	       (fd.revents & events) && !(fd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static inline ptrdiff_t
relay_read(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	struct evbuffer *kept = relay_of(stream)->kept;
	size_t size;

	if (relay_asks_for(stream, POLLOUT))
		return TRANSPORT_WANT_WRITE;
	if (evbuffer_get_length(kept) == 0) {
		int rc = lvn_buffer_read_locked(
		    kept, (int)stream->bev.ev_read.ev_fd, 128 * 1024, &traffic->read);

		if (rc < 0)
			return rc == -EAGAIN ? TRANSPORT_WANT_READ : rc;
		if (traffic->read == 0)
			return TRANSPORT_END;
	}
	size = evbuffer_get_length(kept) < most ? evbuffer_get_length(kept) : most;
	evbuffer_unfreeze(stream->bev.input, 0);
	evbuffer_remove_buffer(kept, stream->bev.input, size);
	evbuffer_freeze(stream->bev.input, 0);
	return (ptrdiff_t)size;
}

static inline ptrdiff_t
relay_write(struct stream *stream, size_t most, struct transport_traffic *traffic)
{
	int rc;

	if (relay_asks_for(stream, POLLIN))
		return TRANSPORT_WANT_READ;
	rc = lvn_buffer_write_locked(
	    &stream->output, (int)stream->bev.ev_write.ev_fd, most, &traffic->written);
	if (rc == 0)
		return (ptrdiff_t)traffic->written;
	return rc == -EAGAIN ? TRANSPORT_WANT_WRITE : rc;
}

static inline bool
relay_pending(struct stream *stream)
{
	return evbuffer_get_length(relay_of(stream)->kept) > 0;
}

static inline void
relay_on_fd(struct stream *stream, evutil_socket_t fd)
{
	(void)fd;
	evbuffer_drain(relay_of(stream)->kept, SIZE_MAX);
}

static inline void
relay_destroy(struct stream *stream)
{
	evbuffer_free(relay_of(stream)->kept);
}

static const struct transport_ops relay_transport = {
    .name = "relay",
    .read = relay_read,
    .write = relay_write,
    .pending = relay_pending,
    .on_fd = relay_on_fd,
    .destroy = relay_destroy,
};

static inline struct bufferevent *
relay_socket_new(struct event_base *event_base, evutil_socket_t fd, int options)
{
	struct stream *stream =
	    lvn_connected_new(event_base, fd, options, &relay_transport, sizeof(struct relay));

	if (!stream)
		return NULL;
	relay_of(stream)->kept = evbuffer_new();
	/* It does not look whether a descriptor blocks. */
	if (fd >= 0)
		lvn_io_make_nonblocking((int)fd);
	evbuffer_set_flags(stream->bev.output, EVBUFFER_FLAG_DRAINS_TO_FD);
	return &stream->bev;
}

static const struct stream_configuration stream_relay = {"relay", relay_socket_new};

__attribute__((constructor)) static void
run_on_relay(void)
{
	stream_under_test = &stream_relay;
}

/* For the tests that make their streams themselves. */
#define bufferevent_socket_new relay_socket_new

#endif
