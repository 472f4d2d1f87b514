/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connected streams: those that move bytes through a descriptor or the stream below, by a transport.
 *
 * Reading: one call of the transport for each report of the loop, as much as is allowed.
 * Writing: at once when the callbacks that may have added output have returned, or in the same turn
 * of the loop if it was added elsewhere.  The loop watches only for what cannot go on without it.
 */
#ifndef LVN_STREAM_CONNECTED_H
#define LVN_STREAM_CONNECTED_H

#include <event2/util.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "stream/stream.h"

/* What is true of one descriptor and ends with it. */
#define LVN_CONNECTED_STATE_OF_FD                                                            \
	(STREAM_IS_CONNECTING | STREAM_IS_REFUSED | STREAM_IS_STARTING | STREAM_HAS_UNSENT | \
	    STREAM_NEEDS_INPUT | STREAM_START_WANTS_WRITE | STREAM_READ_WANTS_WRITE |        \
	    STREAM_WRITE_WANTS_READ | STREAM_WRITE_IS_BLOCKED | STREAM_WRITE_IS_ASKED |      \
	    STREAM_IS_LATE | STREAM_READ_HAS_FAILED | STREAM_WRITE_HAS_FAILED)

/* The callbacks of ev_read and ev_write; the argument is the stream. */
void lvn_connected_on_readable(evutil_socket_t fd, short what, void *arg);
void lvn_connected_on_writable(evutil_socket_t fd, short what, void *arg);

/* What they do, for a wire that reports in another way. */
void lvn_connected_readable_locked(struct stream *stream) REQUIRES(stream->input.lock);
void lvn_connected_writable_locked(struct stream *stream) REQUIRES(stream->input.lock);
/* Whether that would do something, and the wire is to be watched for it. */
bool lvn_connected_waits_to_read_locked(const struct stream *stream) REQUIRES(stream->input.lock);
bool lvn_connected_waits_to_write_locked(const struct stream *stream) REQUIRES(stream->input.lock);

/* In the same turn of the loop, as if the wire were readable, or writable. */
void lvn_connected_queue_read_locked(struct stream *stream) REQUIRES(stream->input.lock);
void lvn_connected_queue_write_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* What lvn_transport_wake does. */
void lvn_connected_wake_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* Members of struct bufferevent_ops. */
int lvn_connected_enable_locked(struct stream *stream, short events) REQUIRES(stream->input.lock);
int lvn_connected_disable_locked(struct stream *stream, short events) REQUIRES(stream->input.lock);
int lvn_connected_flush_locked(struct stream *stream, short events,
    enum bufferevent_flush_mode mode) REQUIRES(stream->input.lock);
void lvn_connected_on_output_locked(struct stream *stream) REQUIRES(stream->input.lock);
void lvn_connected_after_callbacks_locked(struct stream *stream) REQUIRES(stream->input.lock);
int lvn_connected_set_priority_locked(struct stream *stream, int priority)
    REQUIRES(stream->input.lock);
void lvn_connected_destroy(struct stream *stream);

/* The transport begins, as soon as the loop goes on. */
void lvn_connected_start_locked(struct stream *stream) REQUIRES(stream->input.lock);

enum connect_state { CONNECT_DONE, CONNECT_UNDER_WAY, CONNECT_REFUSED };

/* A connection is being made; how that ends is reported from the loop.  0 or -errno. */
int lvn_connected_await_locked(struct stream *stream, enum connect_state state)
    REQUIRES(stream->input.lock);

/* Neither event is added or active afterwards, and nothing is left of the descriptor's state. */
void lvn_connected_take_back_events_locked(struct stream *stream) REQUIRES(stream->input.lock);

#endif
