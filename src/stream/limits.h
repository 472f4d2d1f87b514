/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much a stream may read and write at once: by the bounds of single calls and by its rate
 * limits.
 */
#ifndef LVN_STREAM_LIMITS_H
#define LVN_STREAM_LIMITS_H

#include <stddef.h>

#include "base/compiler.h"
#include "stream/stream.h"

/* What libevent's functions answer while no bound was set. */
#define LVN_LIMITS_SINGLE_DEFAULT 16384

/* In bytes.  0 only where a rate limit is used up; the direction is then suspended. */
size_t lvn_stream_read_allowance_locked(struct stream *stream) REQUIRES(stream->lock);
size_t lvn_stream_write_allowance_locked(struct stream *stream) REQUIRES(stream->lock);

/* So much was read or written: may suspend the direction. */
void lvn_stream_charge_read_locked(struct stream *stream, size_t size) REQUIRES(stream->lock);
void lvn_stream_charge_write_locked(struct stream *stream, size_t size) REQUIRES(stream->lock);

/* The stream goes away, or leaves its group and loses its limits. */
void lvn_stream_drop_limits_locked(struct stream *stream) REQUIRES(stream->lock);

#endif
