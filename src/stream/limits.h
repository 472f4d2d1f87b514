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

/* What bufferevent_get_max_single_read and _write return while no bound is set, as libevent. */
#define LVN_LIMITS_SINGLE_DEFAULT 16384

/* The bounds that are used while none is set.  The kernel's buffers are smaller in most cases. */
#define LVN_LIMITS_READ_MAX  ((size_t)128 * 1024)
#define LVN_LIMITS_WRITE_MAX ((size_t)1024 * 1024)

/* Returns how many of `most` bytes may pass now, and changes nothing. */
size_t lvn_limits_available_locked(struct stream *stream, enum token_direction direction,
    size_t most) REQUIRES(stream->input.lock);

/* For a stream that has limits. */
size_t lvn_limits_allowance_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->input.lock);

/*
 * Return how many bytes may pass now.  If it is 0, the direction is suspended until there are
 * tokens.
 */
LVN_HOT_INLINE size_t
lvn_stream_read_allowance_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	return LVN_LIKELY(!lvn_stream_limits_locked(stream))
		   ? LVN_LIMITS_READ_MAX
		   : lvn_limits_allowance_locked(stream, TOKENS_TO_READ);
}

LVN_HOT_INLINE size_t
lvn_stream_write_allowance_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	return LVN_LIKELY(!lvn_stream_limits_locked(stream))
		   ? LVN_LIMITS_WRITE_MAX
		   : lvn_limits_allowance_locked(stream, TOKENS_TO_WRITE);
}

/* Takes the tokens for bytes that have passed.  May suspend the direction. */
void lvn_limits_charge_locked(struct stream *stream, enum token_direction direction, size_t size)
    REQUIRES(stream->input.lock);

/* The stream is freed: leaves its group and frees its limits. */
void lvn_limits_drop_locked(struct stream *stream) REQUIRES(stream->input.lock);

/* ---- Settings -------------------------------------------------------------------------- */

/* The bound of a single call in bytes; 0 is none. */
size_t lvn_limits_bound_locked(const struct stream *stream, enum token_direction direction)
    REQUIRES(stream->input.lock);
/* Returns 0 or -ENOMEM. */
int lvn_limits_set_bound_locked(struct stream *stream, enum token_direction direction, size_t bound)
    REQUIRES(stream->input.lock);

/* The program keeps the configuration, which must outlive its use; NULL for none. */
const struct ev_token_bucket_cfg *lvn_limits_configuration_locked(const struct stream *stream)
    REQUIRES(stream->input.lock);
/* Returns 0, or -errno and the limit is as before. */
int lvn_limits_configure_locked(struct stream *stream, const struct ev_token_bucket_cfg *cfg)
    REQUIRES(stream->input.lock);

/* Moves the timer to another base.  Returns 0, or -EBUSY if it is added. */
int lvn_limits_set_base_locked(struct stream *stream, struct event_base *base)
    REQUIRES(stream->input.lock);

/* Changes the group; NULL for none.  Returns 0, or -errno and the group is as before. */
int lvn_limits_join_locked(struct stream *stream, struct bufferevent_rate_limit_group *group)
    REQUIRES(stream->input.lock);

/* Tokens in the stream's own bucket; INT64_MAX if it has none. */
int64_t lvn_limits_left_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->input.lock);
/* A negative size adds tokens.  Returns 0, or -EINVAL if the stream has no bucket. */
int lvn_limits_take_locked(struct stream *stream, enum token_direction direction, int64_t size)
    REQUIRES(stream->input.lock);

#endif
