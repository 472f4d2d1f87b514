/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timeouts of streams without a descriptor: ev_read and ev_write are mere timers.
 */
#ifndef LVN_STREAM_TIMEOUTS_H
#define LVN_STREAM_TIMEOUTS_H

#include "base/compiler.h"
#include "stream/stream.h"

/* Sets ev_read and ev_write up as such. */
void lvn_timeouts_init(struct stream *stream);

/*
 * Starts the timers of the directions that wait, stops those of the others: a stream waits for
 * input while it reads, for output to go while it writes and has some.  0 or -errno.
 */
int lvn_timeouts_adjust_locked(struct stream *stream) REQUIRES(stream->lock);

/* Something was read or written: its timer begins anew. */
void lvn_timeouts_restart_read_locked(struct stream *stream) REQUIRES(stream->lock);
void lvn_timeouts_restart_write_locked(struct stream *stream) REQUIRES(stream->lock);

/* A timer has run out: the direction is disabled and the user told. */
void lvn_timeouts_expire_locked(struct stream *stream, short direction) REQUIRES(stream->lock);

#endif
