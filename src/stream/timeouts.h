/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timeouts of streams of every kind.
 *
 * A timeout runs while its direction waits: reading, while it is enabled and not suspended;
 * writing, while it is enabled and not suspended and there is output in the stream or in one
 * below it, and while a connection is being made.  It begins anew when bytes have moved in that
 * direction, and when the direction is enabled again.  Nothing that happens in one direction
 * changes the other's.
 *
 * ev_read and ev_write are the timers.  With a descriptor they are its events, too, and the
 * timeout is added together with them.
 */
#ifndef LVN_STREAM_TIMEOUTS_H
#define LVN_STREAM_TIMEOUTS_H

#include "base/compiler.h"
#include "stream/stream.h"

/* Whether a timeout of this direction would run. */
bool lvn_timeouts_waits_locked(struct stream *stream, short direction) REQUIRES(stream->input.lock);

/* The timeout with which an event of this direction is to be added; NULL for none. */
const struct timeval *lvn_timeouts_span_locked(struct stream *stream, short direction)
    REQUIRES(stream->input.lock);

/* The directions (EV_READ, EV_WRITE) have made progress: their timeouts begin anew. */
void lvn_timeouts_restart_locked(struct stream *stream, short directions)
    REQUIRES(stream->input.lock);

/* The directions may wait now, or wait no more: starts and stops, but restarts nothing. */
void lvn_timeouts_update_locked(struct stream *stream, short directions)
    REQUIRES(stream->input.lock);

/* Output of this stream has gone: restarts the write timeouts of the streams above it. */
void lvn_timeouts_restart_above_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* What bufferevent_set_timeouts does; NULL for none.  0 or -errno. */
int lvn_timeouts_set_locked(struct stream *stream, const struct timeval *read,
    const struct timeval *write) REQUIRES(stream->input.lock);

#endif
