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
#include "stream/token_bucket.h"

struct bufferevent_rate_limit_group;

/* What libevent's functions answer while no bound was set. */
#define LVN_LIMITS_SINGLE_DEFAULT 16384

/* What is done while no bound was set.  The kernel's buffers bound it as well. */
#define LVN_LIMITS_READ_MAX  ((size_t)128 * 1024)
#define LVN_LIMITS_WRITE_MAX ((size_t)1024 * 1024)

/* For a stream that has limits. */
size_t lvn_limits_allowance_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->lock);
void lvn_limits_charge_locked(struct stream *stream, enum token_direction direction, size_t size)
    REQUIRES(stream->lock);

/*
 * In bytes.  0 only where a rate limit is used up; the direction is then suspended, and goes on
 * by itself.
 */
LVN_HOT_INLINE size_t
lvn_stream_read_allowance_locked(struct stream *stream) REQUIRES(stream->lock)
{
	return LVN_LIKELY(!stream->limits) ? LVN_LIMITS_READ_MAX
					   : lvn_limits_allowance_locked(stream, TOKENS_TO_READ);
}

LVN_HOT_INLINE size_t
lvn_stream_write_allowance_locked(struct stream *stream) REQUIRES(stream->lock)
{
	return LVN_LIKELY(!stream->limits) ? LVN_LIMITS_WRITE_MAX
					   : lvn_limits_allowance_locked(stream, TOKENS_TO_WRITE);
}

/* So much was read or written: may suspend the direction. */
LVN_HOT_INLINE void
lvn_stream_charge_read_locked(struct stream *stream, size_t size) REQUIRES(stream->lock)
{
	if (LVN_UNLIKELY(stream->limits != NULL))
		lvn_limits_charge_locked(stream, TOKENS_TO_READ, size);
}

LVN_HOT_INLINE void
lvn_stream_charge_write_locked(struct stream *stream, size_t size) REQUIRES(stream->lock)
{
	if (LVN_UNLIKELY(stream->limits != NULL))
		lvn_limits_charge_locked(stream, TOKENS_TO_WRITE, size);
}

/*
 * What ends them.  The first member of struct stream_limits, so that who frees streams need
 * not know the rest.
 */
struct stream_limits_end {
	void (*drop)(struct stream *stream);
};

/* The stream goes away: it leaves its group and loses its limits. */
LVN_HOT_INLINE void
lvn_stream_drop_limits_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (LVN_UNLIKELY(stream->limits != NULL))
		((const struct stream_limits_end *)(const void *)stream->limits)->drop(stream);
}

/* ---- What programs ask for ------------------------------------------------------------- */

/* Of a single call; 0 is none.  Setting answers 0 or -ENOMEM. */
size_t lvn_limits_bound_locked(const struct stream *stream, enum token_direction direction)
    REQUIRES(stream->lock);
int lvn_limits_set_bound_locked(struct stream *stream, enum token_direction direction, size_t bound)
    REQUIRES(stream->lock);

/* The configuration is the program's and must outlive its use; NULL for none.  0 or -ENOMEM. */
int lvn_limits_configure_locked(struct stream *stream, const struct ev_token_bucket_cfg *cfg)
    REQUIRES(stream->lock);
/* The stream has another base from now on; its limits wait for nothing.  0 or -EBUSY. */
int lvn_limits_set_base_locked(struct stream *stream, struct event_base *base)
    REQUIRES(stream->lock);

/* NULL if there is none. */
const struct ev_token_bucket_cfg *lvn_limits_configuration_locked(const struct stream *stream)
    REQUIRES(stream->lock);

/* NULL leaves the group it is in.  0 or -ENOMEM: it stays where it was. */
int lvn_limits_join_locked(struct stream *stream, struct bufferevent_rate_limit_group *group)
    REQUIRES(stream->lock);

/* Tokens of the stream's own bucket; INT64_MAX if it has none. */
int64_t lvn_limits_left_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->lock);
/* So much counts as passed; a negative size puts tokens in.  0, or -EINVAL: it has none. */
int lvn_limits_take_locked(struct stream *stream, enum token_direction direction, int64_t size)
    REQUIRES(stream->lock);

#endif
