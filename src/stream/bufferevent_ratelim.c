/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions for rate limits of bufferevents and of groups of them.
 */
#include <errno.h>
#include <event2/bufferevent.h>

#include "base/log.h"
#include "base/memory.h"
#include "stream/limits.h"
#include "stream/rate_group.h"
#include "stream/stream.h"
#include "stream/token_bucket.h"

/* Clamps to the range of ev_ssize_t. */
static ev_ssize_t
clamped(int64_t tokens)
{
	if (tokens > EV_SSIZE_MAX)
		return EV_SSIZE_MAX;
	return tokens < -EV_SSIZE_MAX ? -EV_SSIZE_MAX : (ev_ssize_t)tokens;
}

/* ---- Configurations ------------------------------------------------------------------------ */

struct ev_token_bucket_cfg *
ev_token_bucket_cfg_new(size_t read_rate, size_t read_burst, size_t write_rate, size_t write_burst,
    const struct timeval *tick_len)
{
	struct ev_token_bucket_cfg values;
	struct ev_token_bucket_cfg *cfg;

	if (!lvn_token_bucket_configure(
		&values, read_rate, read_burst, write_rate, write_burst, tick_len)) {
		lvn_log_misuse(__func__, "no such rates, bursts or ticks");
		return NULL;
	}
	cfg = lvn_alloc(sizeof(*cfg));
	if (cfg)
		*cfg = values;
	return cfg;
}

void
ev_token_bucket_cfg_free(struct ev_token_bucket_cfg *cfg)
{
	lvn_free(cfg);
}

/* ---- One bufferevent ----------------------------------------------------------------------- */

int
bufferevent_set_rate_limit(struct bufferevent *bev, struct ev_token_bucket_cfg *cfg)
{
	struct stream *stream = lvn_stream_of(bev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	return lvn_stream_leave_with(stream, lvn_limits_configure_locked(stream, cfg));
}

const struct ev_token_bucket_cfg *
bufferevent_get_token_bucket_cfg(const struct bufferevent *bev)
{
	struct stream *stream = lvn_stream_of((struct bufferevent *)(uintptr_t)bev);
	const struct ev_token_bucket_cfg *cfg;

	if (!lvn_stream_enter_live(stream, __func__))
		return NULL;
	cfg = lvn_limits_configuration_locked(stream);
	lvn_stream_leave(stream);
	return cfg;
}

static ev_ssize_t
left_of(struct bufferevent *bev, enum token_direction direction, const char *caller)
{
	struct stream *stream = lvn_stream_of(bev);
	int64_t left;

	if (!lvn_stream_enter_live(stream, caller))
		return -1;
	left = lvn_limits_left_locked(stream, direction);
	lvn_stream_leave(stream);
	return clamped(left);
}

ev_ssize_t
bufferevent_get_read_limit(struct bufferevent *bev)
{
	return left_of(bev, TOKENS_TO_READ, __func__);
}

ev_ssize_t
bufferevent_get_write_limit(struct bufferevent *bev)
{
	return left_of(bev, TOKENS_TO_WRITE, __func__);
}

static int
take_from(
    struct bufferevent *bev, enum token_direction direction, ev_ssize_t size, const char *caller)
{
	struct stream *stream = lvn_stream_of(bev);
	int rc;

	if (!lvn_stream_enter_live(stream, caller))
		return -1;
	rc = lvn_limits_take_locked(stream, direction, size);
	lvn_stream_leave(stream);
	return rc < 0 ? lvn_log_misuse(caller, "the bufferevent has no limit of its own") : 0;
}

int
bufferevent_decrement_read_limit(struct bufferevent *bev, ev_ssize_t decr)
{
	return take_from(bev, TOKENS_TO_READ, decr, __func__);
}

int
bufferevent_decrement_write_limit(struct bufferevent *bev, ev_ssize_t decr)
{
	return take_from(bev, TOKENS_TO_WRITE, decr, __func__);
}

/* ---- Groups -------------------------------------------------------------------------------- */

struct bufferevent_rate_limit_group *
bufferevent_rate_limit_group_new(struct event_base *base, const struct ev_token_bucket_cfg *cfg)
{
	struct bufferevent_rate_limit_group *group;
	int rc;

	if (!base || !cfg) {
		lvn_log_misuse(__func__, "no base, or no configuration");
		return NULL;
	}
	rc = lvn_rate_group_new(base, cfg, &group);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return group;
}

int
bufferevent_rate_limit_group_set_cfg(
    struct bufferevent_rate_limit_group *group, const struct ev_token_bucket_cfg *cfg)
{
	if (!group || !cfg)
		return lvn_log_misuse(__func__, "no group, or no configuration");
	lvn_rate_group_configure(group, cfg);
	return 0;
}

int
bufferevent_rate_limit_group_set_min_share(struct bufferevent_rate_limit_group *group, size_t share)
{
	if (share > (size_t)EV_SSIZE_MAX)
		return lvn_log_misuse(__func__, "more than any limit");
	lvn_rate_group_enter(group);
	group->min_share = (int64_t)share;
	lvn_rate_group_leave(group);
	return 0;
}

void
bufferevent_rate_limit_group_free(struct bufferevent_rate_limit_group *group)
{
	bool has_members;

	if (!group)
		return;
	lvn_rate_group_enter(group);
	has_members = group->members > 0;
	lvn_rate_group_leave(group);
	if (has_members)
		lvn_log_warnx("%s: the group still has members", __func__);
	lvn_rate_group_free(group);
}

int
bufferevent_add_to_rate_limit_group(
    struct bufferevent *bev, struct bufferevent_rate_limit_group *group)
{
	struct stream *stream = lvn_stream_of(bev);

	if (!lvn_stream_enter_live(stream, __func__))
		return -1;
	return lvn_stream_leave_with(stream, lvn_limits_join_locked(stream, group));
}

int
bufferevent_remove_from_rate_limit_group(struct bufferevent *bev)
{
	return bufferevent_add_to_rate_limit_group(bev, NULL);
}

ev_ssize_t
bufferevent_rate_limit_group_get_read_limit(struct bufferevent_rate_limit_group *group)
{
	return clamped(lvn_rate_group_left(group, TOKENS_TO_READ));
}

ev_ssize_t
bufferevent_rate_limit_group_get_write_limit(struct bufferevent_rate_limit_group *group)
{
	return clamped(lvn_rate_group_left(group, TOKENS_TO_WRITE));
}

int
bufferevent_rate_limit_group_decrement_read(
    struct bufferevent_rate_limit_group *group, ev_ssize_t decr)
{
	lvn_rate_group_take(group, TOKENS_TO_READ, decr);
	return 0;
}

int
bufferevent_rate_limit_group_decrement_write(
    struct bufferevent_rate_limit_group *group, ev_ssize_t decr)
{
	lvn_rate_group_take(group, TOKENS_TO_WRITE, decr);
	return 0;
}

void
bufferevent_rate_limit_group_get_totals(struct bufferevent_rate_limit_group *group,
    ev_uint64_t *total_read_out, ev_uint64_t *total_written_out)
{
	lvn_rate_group_enter(group);
	if (total_read_out)
		*total_read_out = group->sides[TOKENS_TO_READ].total;
	if (total_written_out)
		*total_written_out = group->sides[TOKENS_TO_WRITE].total;
	lvn_rate_group_leave(group);
}

void
bufferevent_rate_limit_group_reset_totals(struct bufferevent_rate_limit_group *group)
{
	lvn_rate_group_enter(group);
	group->sides[TOKENS_TO_READ].total = 0;
	group->sides[TOKENS_TO_WRITE].total = 0;
	lvn_rate_group_leave(group);
}
