/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/limits.h"

#include <errno.h>
#include <event2/event.h>

#include "base/memory.h"
#include "stream/direction.h"
#include "stream/lifetime.h"
#include "stream/rate_group.h"

#define US_PER_S 1000000

/* Until a direction that could not go on tries again. */
#define RETRY_US 10000

/*
 * Invariants:
 *   1. there is a configuration, a group or a bound
 *   2. a direction is SUSPENDED_BY_LIMIT  =>  on_refill is added
 *   3. a direction is SUSPENDED_BY_GROUP  =>  it waits in the group, or on_refill is active or
 *      added
 *
 * Everything is protected by the stream's lock, but for what the group says about `member`.
 */
struct stream_limits {
	struct stream_limits_end end;
	struct event on_refill; /* the own timer; the group activates it */
	const struct ev_token_bucket_cfg *cfg;
	struct token_clock clock;
	struct token_bucket buckets[TOKEN_DIRECTIONS];
	struct rate_member member;
	size_t bounds[TOKEN_DIRECTIONS]; /* of single calls; 0 is none */
};

/* ---- Directions ------------------------------------------------------------------------ */

static void
suspend_locked(struct stream *stream, enum token_direction direction, enum stream_suspension reason)
    REQUIRES(stream->lock)
{
	if (direction == TOKENS_TO_READ)
		lvn_stream_suspend_read_locked(stream, reason);
	else
		lvn_stream_suspend_write_locked(stream, reason);
}

static int
unsuspend_locked(struct stream *stream, enum token_direction direction,
    enum stream_suspension reason) REQUIRES(stream->lock)
{
	return direction == TOKENS_TO_READ ? lvn_stream_unsuspend_read_locked(stream, reason)
					   : lvn_stream_unsuspend_write_locked(stream, reason);
}

/* It could not, and the loop shall try once more. */
static void
retry_later(struct stream_limits *limits)
{
	struct timeval span = {0, RETRY_US};

	(void)event_add(&limits->on_refill, &span);
}

static bool
is_suspended_locked(const struct stream *stream, enum token_direction direction,
    enum stream_suspension reason) REQUIRES(stream->lock)
{
	uint8_t reasons =
	    direction == TOKENS_TO_READ ? stream->read_suspended : stream->write_suspended;

	return reasons & reason;
}

/* ---- The own limit --------------------------------------------------------------------- */

static int64_t
now_us(const struct stream *stream)
{
	struct timeval now;

	if (event_gettime_monotonic(stream->bev.ev_base, &now) < 0)
		return 0;
	return (int64_t)now.tv_sec * US_PER_S + now.tv_usec;
}

static void
refill_locked(struct stream *stream) REQUIRES(stream->lock)
{
	struct stream_limits *limits = stream->limits;
	int64_t ticks = lvn_token_bucket_advance(&limits->clock, limits->cfg, now_us(stream));

	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		lvn_token_bucket_fill(&limits->buckets[i], &limits->cfg->rates[i], ticks);
}

/* Adds on_refill for those that are suspended.  False if memory is short. */
static bool
await_refill_locked(struct stream *stream) REQUIRES(stream->lock)
{
	struct stream_limits *limits = stream->limits;
	int64_t least = INT64_MAX;
	int64_t wait_us;
	struct timeval span;

	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		int64_t ticks;

		if (!is_suspended_locked(stream, (enum token_direction)i, SUSPENDED_BY_LIMIT))
			continue;
		ticks = lvn_token_bucket_ticks_needed(&limits->buckets[i], &limits->cfg->rates[i]);
		least = ticks < least ? ticks : least;
	}
	if (least == INT64_MAX)
		return true;
	wait_us = lvn_token_bucket_us_until(&limits->clock, limits->cfg, least, now_us(stream));
	span = (struct timeval){(time_t)(wait_us / US_PER_S), (suseconds_t)(wait_us % US_PER_S)};
	return event_add(&limits->on_refill, &span) == 0;
}

/* Stops or resumes the direction by what is left.  False if memory is short: it goes on. */
static bool
obey_bucket_locked(struct stream *stream, enum token_direction direction) REQUIRES(stream->lock)
{
	if (stream->limits->buckets[direction].left > 0) {
		if (unsuspend_locked(stream, direction, SUSPENDED_BY_LIMIT) < 0)
			retry_later(stream->limits);
		return true;
	}
	suspend_locked(stream, direction, SUSPENDED_BY_LIMIT);
	if (await_refill_locked(stream))
		return true;
	(void)unsuspend_locked(stream, direction, SUSPENDED_BY_LIMIT);
	return false;
}

/* ---- Both together --------------------------------------------------------------------- */

static size_t
smaller(size_t size, int64_t tokens)
{
	return tokens < (int64_t)PTRDIFF_MAX && (size_t)tokens < size ? (size_t)tokens : size;
}

/*
 * Where there is no memory for a timer, a byte at a time keeps the stream going until there
 * is.
 */
static size_t
own_allowance_locked(struct stream *stream, enum token_direction direction, size_t most)
    REQUIRES(stream->lock)
{
	if (!stream->limits->cfg)
		return most;
	refill_locked(stream);
	if (stream->limits->buckets[direction].left > 0)
		return smaller(most, stream->limits->buckets[direction].left);
	return obey_bucket_locked(stream, direction) ? 0 : 1;
}

static size_t
group_allowance_locked(struct stream *stream, enum token_direction direction, size_t most)
    REQUIRES(stream->lock) NO_LOCK_ANALYSIS
{
	struct rate_member *member = &stream->limits->member;
	struct bufferevent_rate_limit_group *group = member->group;
	int64_t share;
	bool waits;

	if (!group)
		return most;
	lvn_rate_group_enter(group);
	share = lvn_rate_group_ask_locked(member, direction);
	waits = lvn_rate_group_waits_locked(member, direction);
	lvn_rate_group_leave(group);
	if (share > 0)
		return smaller(most, share);
	if (!waits)
		return 1;
	suspend_locked(stream, direction, SUSPENDED_BY_GROUP);
	return 0;
}

size_t
lvn_limits_allowance_locked(struct stream *stream, enum token_direction direction)
{
	size_t most = stream->limits->bounds[direction];

	if (most == 0)
		most = direction == TOKENS_TO_READ ? LVN_LIMITS_READ_MAX : LVN_LIMITS_WRITE_MAX;
	most = own_allowance_locked(stream, direction, most);
	return most == 0 ? 0 : group_allowance_locked(stream, direction, most);
}

/* What has nothing to write has no use for a turn. */
static bool
has_use_for_more_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->lock)
{
	lvn_stream_has_buffers_locked(stream);
	return direction == TOKENS_TO_READ || stream->output.size > 0;
}

void
lvn_limits_charge_locked(
    struct stream *stream, enum token_direction direction, size_t size) NO_LOCK_ANALYSIS
{
	struct stream_limits *limits = stream->limits;
	struct bufferevent_rate_limit_group *group;

	if (limits->cfg)
		lvn_token_bucket_take(&limits->buckets[direction], (int64_t)size);
	group = limits->member.group;
	if (group) {
		lvn_rate_group_enter(group);
		lvn_rate_group_charge_locked(&limits->member, direction, (int64_t)size);
		lvn_rate_group_leave(group);
	}
	/* Now rather than when the loop reports the direction once more. */
	if (has_use_for_more_locked(stream, direction))
		(void)lvn_limits_allowance_locked(stream, direction);
}

/* ---- On the loop's thread --------------------------------------------------------------- */

static void
resume_from_group_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->lock) NO_LOCK_ANALYSIS
{
	struct rate_member *member = &stream->limits->member;
	struct bufferevent_rate_limit_group *group = member->group;
	bool waits = false;

	if (group) {
		lvn_rate_group_enter(group);
		waits = lvn_rate_group_waits_locked(member, direction);
		lvn_rate_group_leave(group);
	}
	if (!waits && unsuspend_locked(stream, direction, SUSPENDED_BY_GROUP) < 0)
		retry_later(stream->limits);
}

/* What goes on may call users, and they may take the limits away. */
static void
resume_locked(struct stream *stream) REQUIRES(stream->lock)
{
	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		enum token_direction direction = (enum token_direction)i;

		if (stream->limits && stream->limits->cfg &&
		    is_suspended_locked(stream, direction, SUSPENDED_BY_LIMIT)) {
			refill_locked(stream);
			(void)obey_bucket_locked(stream, direction);
		}
		if (stream->limits && is_suspended_locked(stream, direction, SUSPENDED_BY_GROUP))
			resume_from_group_locked(stream, direction);
	}
}

static void
on_refill(evutil_socket_t fd, short what, void *arg)
{
	struct stream *stream = arg;

	(void)fd;
	(void)what;
	lvn_stream_enter(stream);
	if (stream->flags & STREAM_IS_FREED) {
		lvn_stream_leave(stream);
		return;
	}
	lvn_lifetime_hold_locked(stream);
	resume_locked(stream);
	lvn_lifetime_release_and_leave(stream);
}

/* ---- What programs ask for --------------------------------------------------------------- */

/* Nobody is left who would need them. */
static void
discard_if_unused_locked(struct stream *stream) REQUIRES(stream->lock)
{
	struct stream_limits *limits = stream->limits;

	if (limits->cfg || limits->member.group || limits->bounds[TOKENS_TO_READ] > 0 ||
	    limits->bounds[TOKENS_TO_WRITE] > 0)
		return;
	stream->limits = NULL;
	event_del_noblock(&limits->on_refill);
	event_debug_unassign(&limits->on_refill);
	lvn_free(limits);
}

static void
quit_group_locked(struct stream *stream) REQUIRES(stream->lock) NO_LOCK_ANALYSIS
{
	struct bufferevent_rate_limit_group *group = stream->limits->member.group;

	if (!group)
		return;
	lvn_rate_group_enter(group);
	lvn_rate_group_quit_and_leave(group, &stream->limits->member);
}

static void
drop_locked(struct stream *stream) NO_LOCK_ANALYSIS
{
	quit_group_locked(stream);
	stream->limits->cfg = NULL;
	stream->limits->bounds[TOKENS_TO_READ] = 0;
	stream->limits->bounds[TOKENS_TO_WRITE] = 0;
	discard_if_unused_locked(stream);
}

static int
prepare_locked(struct stream *stream) REQUIRES(stream->lock)
{
	if (stream->limits)
		return 0;
	stream->limits = lvn_calloc(1, sizeof(*stream->limits));
	if (!stream->limits)
		return -ENOMEM;
	stream->limits->end.drop = drop_locked;
	event_assign(
	    &stream->limits->on_refill, stream->bev.ev_base, -1, EV_FINALIZE, on_refill, stream);
	return 0;
}

int
lvn_limits_set_base_locked(struct stream *stream, struct event_base *base)
{
	if (!stream->limits)
		return 0;
	return event_base_set(base, &stream->limits->on_refill) < 0 ? -EBUSY : 0;
}

size_t
lvn_limits_bound_locked(const struct stream *stream, enum token_direction direction)
{
	return stream->limits ? stream->limits->bounds[direction] : 0;
}

int
lvn_limits_set_bound_locked(struct stream *stream, enum token_direction direction, size_t bound)
{
	int rc = bound > 0 ? prepare_locked(stream) : 0;

	if (rc < 0 || !stream->limits)
		return rc;
	stream->limits->bounds[direction] = bound;
	discard_if_unused_locked(stream);
	return 0;
}

/* Before the reason goes: what cannot go on keeps it.  0 or -errno. */
static int
unsuspend_both_locked(struct stream *stream, enum stream_suspension reason) REQUIRES(stream->lock)
{
	int rc = unsuspend_locked(stream, TOKENS_TO_READ, reason);

	return rc < 0 ? rc : unsuspend_locked(stream, TOKENS_TO_WRITE, reason);
}

static int
unconfigure_locked(struct stream *stream) REQUIRES(stream->lock)
{
	int rc = unsuspend_both_locked(stream, SUSPENDED_BY_LIMIT);

	if (rc < 0)
		return rc;
	if (stream->limits) {
		stream->limits->cfg = NULL;
		discard_if_unused_locked(stream);
	}
	return 0;
}

int
lvn_limits_configure_locked(struct stream *stream, const struct ev_token_bucket_cfg *cfg)
{
	struct stream_limits *limits;
	bool is_new;
	int rc;

	if (!cfg)
		return unconfigure_locked(stream);
	rc = prepare_locked(stream);
	if (rc < 0)
		return rc;
	limits = stream->limits;
	if (limits->cfg == cfg)
		return 0;
	is_new = !limits->cfg;
	if (!is_new)
		refill_locked(stream);
	limits->cfg = cfg;
	lvn_token_bucket_advance(&limits->clock, cfg, now_us(stream));
	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		if (is_new)
			lvn_token_bucket_init(&limits->buckets[i], &cfg->rates[i]);
		else
			lvn_token_bucket_change(&limits->buckets[i], &cfg->rates[i]);
	}
	(void)await_refill_locked(stream);
	return 0;
}

const struct ev_token_bucket_cfg *
lvn_limits_configuration_locked(const struct stream *stream)
{
	return stream->limits ? stream->limits->cfg : NULL;
}

int
lvn_limits_join_locked(struct stream *stream, struct bufferevent_rate_limit_group *group)
{
	int rc;

	if (group && stream->limits && stream->limits->member.group == group)
		return 0;
	rc = unsuspend_both_locked(stream, SUSPENDED_BY_GROUP);
	if (rc == 0 && group)
		rc = prepare_locked(stream);
	if (rc < 0)
		return rc;
	if (stream->limits)
		quit_group_locked(stream);
	if (group) {
		lvn_rate_group_enter(group);
		lvn_rate_group_join_locked(
		    group, &stream->limits->member, &stream->limits->on_refill);
		lvn_rate_group_leave(group);
	} else if (stream->limits) {
		discard_if_unused_locked(stream);
	}
	return 0;
}

int64_t
lvn_limits_left_locked(struct stream *stream, enum token_direction direction)
{
	if (!stream->limits || !stream->limits->cfg)
		return INT64_MAX;
	refill_locked(stream);
	return stream->limits->buckets[direction].left;
}

int
lvn_limits_take_locked(struct stream *stream, enum token_direction direction, int64_t size)
{
	if (!stream->limits || !stream->limits->cfg)
		return -EINVAL;
	refill_locked(stream);
	lvn_token_bucket_take(&stream->limits->buckets[direction], size);
	(void)obey_bucket_locked(stream, direction);
	return 0;
}
