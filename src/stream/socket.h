/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kind of streams that are sockets.
 */
#ifndef LVN_STREAM_SOCKET_H
#define LVN_STREAM_SOCKET_H

#include <stdbool.h>

#include "base/compiler.h"
#include "stream/stream.h"

extern LVN_HIDDEN const struct bufferevent_ops lvn_socket_ops;

LVN_HOT_INLINE bool
lvn_socket_is(const struct stream *stream)
{
	return stream->bev.be_ops == &lvn_socket_ops;
}

/* NULL on failure, and then nothing is taken over; errno says why. */
struct stream *lvn_socket_new(struct event_base *base, evutil_socket_t fd, int options);

/* To another base, while it waits for nothing.  0 or -errno. */
int lvn_socket_set_base_locked(struct stream *stream, struct event_base *base)
    REQUIRES(stream->lock);

#endif
