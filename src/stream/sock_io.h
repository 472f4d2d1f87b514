/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moving bytes between a socket and the buffers of its stream.  Users are called from here, by
 * deliver.h; who calls these functions keeps the stream alive.
 */
#ifndef LVN_STREAM_SOCK_IO_H
#define LVN_STREAM_SOCK_IO_H

#include "base/compiler.h"
#include "stream/stream.h"

/* Sets ev_read and ev_write up for a descriptor, or for none with -1. */
void lvn_sock_io_init(struct stream *stream, evutil_socket_t fd);

/* The members of struct bufferevent_ops. */
int lvn_sock_io_enable_locked(struct stream *stream, short events) REQUIRES(stream->lock);
int lvn_sock_io_disable_locked(struct stream *stream, short events) REQUIRES(stream->lock);
int lvn_sock_io_adjust_timeouts_locked(struct stream *stream) REQUIRES(stream->lock);
void lvn_sock_io_on_output_locked(struct stream *stream) REQUIRES(stream->lock);
void lvn_sock_io_settle_locked(struct stream *stream) REQUIRES(stream->lock);

/* Goes on with another descriptor; what is enabled stays so.  0 or -errno. */
int lvn_sock_io_set_fd_locked(struct stream *stream, evutil_socket_t fd) REQUIRES(stream->lock);

/*
 * The socket is being connected: wait until it is known how that ends.  With `is_over` it is
 * known already, and the loop tells it.  0 or -errno.
 */
int lvn_sock_io_await_connection_locked(struct stream *stream, bool is_over) REQUIRES(stream->lock);

/* 0 or -errno: there is no such priority, or it is active. */
int lvn_sock_io_set_priority_locked(struct stream *stream, int priority) REQUIRES(stream->lock);

#endif
