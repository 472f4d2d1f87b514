/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/socket.h"

#include <errno.h>
#include <event2/event.h>

#include "base/io.h"
#include "base/memory.h"
#include "stream/limits.h"
#include "stream/sock_io.h"

static int
flush(struct stream *stream, short events, enum bufferevent_flush_mode mode)
{
	(void)stream;
	(void)events;
	(void)mode;
	return 0;
}

static evutil_socket_t
get_fd(struct stream *stream)
{
	return stream->bev.ev_read.ev_fd;
}

static void
close_fd(struct stream *stream)
{
	evutil_socket_t fd = stream->bev.ev_read.ev_fd;

	if (fd >= 0 && (stream->options & BEV_OPT_CLOSE_ON_FREE))
		lvn_io_close((int)fd);
}

static int
set_fd(struct stream *stream, evutil_socket_t fd, bool closes_old) NO_LOCK_ANALYSIS
{
	evutil_socket_t old = stream->bev.ev_read.ev_fd;
	int rc = lvn_sock_io_set_fd_locked(stream, fd);

	/* Afterwards, so that nobody waits for a descriptor that is closed. */
	if (closes_old && old >= 0 && old != fd && (stream->options & BEV_OPT_CLOSE_ON_FREE))
		lvn_io_close((int)old);
	return rc;
}

const struct bufferevent_ops lvn_socket_ops = {
    .name = "socket",
    .enable = lvn_sock_io_enable_locked,
    .disable = lvn_sock_io_disable_locked,
    .flush = flush,
    .adjust_timeouts = lvn_sock_io_adjust_timeouts_locked,
    .on_output = lvn_sock_io_on_output_locked,
    .settle = lvn_sock_io_settle_locked,
    .get_fd = get_fd,
    .set_fd = set_fd,
    .destroy = close_fd,
};

struct stream *
lvn_socket_new(struct event_base *base, evutil_socket_t fd, int options) NO_LOCK_ANALYSIS
{
	struct stream *stream = lvn_calloc(1, sizeof(*stream));
	int rc;

	if (!stream)
		return NULL;
	rc = lvn_stream_init(stream, base, &lvn_socket_ops, options, NULL);
	if (rc < 0) {
		lvn_free(stream);
		errno = -rc;
		return NULL;
	}
	lvn_sock_io_init(stream, fd);
	lvn_buffer_drains_to_fd_locked(&stream->output);
	return stream;
}

int
lvn_socket_set_base_locked(struct stream *stream, struct event_base *base)
{
	if (stream->flags & (STREAM_READ_ARMED | STREAM_WRITE_ARMED | STREAM_WRITE_QUEUED |
				STREAM_IS_SCHEDULED | STREAM_IS_LOOKING_UP))
		return -EBUSY;
	if (lvn_limits_set_base_locked(stream, base) < 0)
		return -EBUSY;
	if (event_base_set(base, &stream->bev.ev_read) < 0 ||
	    event_base_set(base, &stream->bev.ev_write) < 0)
		return -EINVAL;
	stream->bev.ev_base = base;
	return 0;
}
