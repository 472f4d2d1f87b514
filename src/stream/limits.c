/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/limits.h"

#include <errno.h>
#include <event2/event.h>

#include "base/memory.h"
#include "stream/direction.h"
#include "stream/rate_group.h"

/* Until a direction that could not go on tries again. */
#define RETRY_US 10000

/* The limit of the stream's own is a group without other members. */
enum { OWN, SHARED, GROUPS };

static const enum stream_suspension reasons[GROUPS] = {SUSPENDED_BY_LIMIT, SUSPENDED_BY_GROUP};

/*
 * Invariants:
 *   1. members[OWN] is in a group if and only if there is a configuration
 *   2. a direction is suspended for one of the reasons  =>  it waits in that group, or on_tokens
 *      is active or added
 *
 * Everything is protected by the stream's lock, except what rate_group.h says about members.
 */
struct stream_limits {
	struct event on_tokens; /* groups activate it */
	const struct ev_token_bucket_cfg *cfg;
	struct rate_member members[GROUPS];
	size_t bounds[TOKEN_DIRECTIONS]; /* of single calls; 0 is none */
};

static short
event_of(enum token_direction direction)
{
	return direction == TOKENS_TO_READ ? EV_READ : EV_WRITE;
}

/* NULL if the stream is in no such group. */
static struct rate_member *
member_locked(struct stream *stream, int which) REQUIRES(stream->input.lock)
{
	struct stream_limits *limits = lvn_stream_limits_locked(stream);

	return limits && limits->members[which].group ? &limits->members[which] : NULL;
}

static size_t
smaller(size_t size, int64_t tokens)
{
	return tokens < (int64_t)PTRDIFF_MAX && (size_t)tokens < size ? (size_t)tokens : size;
}

/* ---- What may pass ---------------------------------------------------------------------- */

size_t
lvn_limits_available_locked(struct stream *stream, enum token_direction direction, size_t most)
{
	for (int i = 0; i < GROUPS; i++) {
		struct rate_member *member = member_locked(stream, i);

		if (member)
			most = smaller(most, lvn_rate_group_share(member, direction));
	}
	return most;
}

/* Without tokens the direction is suspended, and waits in the group. */
static int64_t
ask_locked(struct stream *stream, int which, enum token_direction direction)
    REQUIRES(stream->input.lock)
{
	int64_t share = lvn_rate_group_ask(member_locked(stream, which), direction);

	if (share == 0)
		lvn_stream_suspend_locked(stream, event_of(direction), reasons[which]);
	return share;
}

size_t
lvn_limits_allowance_locked(struct stream *stream, enum token_direction direction)
{
	size_t most = lvn_limits_bound_locked(stream, direction);

	if (most == 0)
		most = direction == TOKENS_TO_READ ? LVN_LIMITS_READ_MAX : LVN_LIMITS_WRITE_MAX;
	for (int i = 0; i < GROUPS && most > 0; i++) {
		if (member_locked(stream, i))
			most = smaller(most, ask_locked(stream, i, direction));
	}
	return most;
}

/* A stream that has nothing to write must not wait in a group: it would waste its turn. */
static bool
has_use_for_more_locked(struct stream *stream, enum token_direction direction)
    REQUIRES(stream->input.lock)
{
	return direction == TOKENS_TO_READ || stream->output.size > 0;
}

void
lvn_limits_charge_locked(struct stream *stream, enum token_direction direction, size_t size)
{
	if (size == 0)
		return;
	for (int i = 0; i < GROUPS; i++) {
		struct rate_member *member = member_locked(stream, i);

		if (member)
			lvn_rate_group_charge(member, direction, (int64_t)size);
	}
	/* Suspends now instead of when the loop reports the direction once more. */
	if (has_use_for_more_locked(stream, direction))
		(void)lvn_limits_allowance_locked(stream, direction);
}

/* ---- On the loop's thread --------------------------------------------------------------- */

static bool
is_suspended_locked(const struct stream *stream, enum token_direction direction,
    enum stream_suspension reason) REQUIRES(stream->input.lock)
{
	uint8_t suspended =
	    direction == TOKENS_TO_READ ? stream->read_suspended : stream->write_suspended;

	return suspended & reason;
}

/* Unsuspends a direction if there are tokens.  The loop tries again if that fails. */
static void
resume_locked(struct stream *stream, int which, enum token_direction direction)
    REQUIRES(stream->input.lock)
{
	struct timeval retry = {0, RETRY_US};

	if (!member_locked(stream, which) ||
	    !is_suspended_locked(stream, direction, reasons[which]) ||
	    ask_locked(stream, which, direction) == 0)
		return;
	if (lvn_stream_unsuspend_locked(stream, event_of(direction), reasons[which]) < 0)
		(void)event_add(&lvn_stream_limits_locked(stream)->on_tokens, &retry);
}

/* Callbacks that run when a direction resumes may remove the limits. */
static void
on_tokens(evutil_socket_t fd, short what, void *arg)
{
	struct stream *stream = arg;

	(void)fd;
	(void)what;
	lvn_stream_enter(stream);
	for (int i = 0; i < GROUPS; i++) {
		resume_locked(stream, i, TOKENS_TO_READ);
		resume_locked(stream, i, TOKENS_TO_WRITE);
	}
	lvn_stream_leave(stream);
}

/* ---- Settings --------------------------------------------------------------------------- */

/* NULL if there are none, and there is no memory for them. */
static struct stream_limits *
limits_locked(struct stream *stream) REQUIRES(stream->input.lock)
{
	struct stream_extras *extras = lvn_stream_extras_locked(stream);
	struct stream_limits *limits;

	if (!extras || extras->limits)
		return extras ? extras->limits : NULL;
	limits = lvn_calloc(1, sizeof(*limits));
	if (!limits)
		return NULL;
	event_assign(&limits->on_tokens, stream->bev.ev_base, -1, EV_FINALIZE, on_tokens, stream);
	extras->limits = limits;
	return limits;
}

static void
quit_locked(struct stream *stream, int which) REQUIRES(stream->input.lock)
{
	struct rate_member *member = member_locked(stream, which);

	if (member)
		lvn_rate_group_quit(member);
}

void
lvn_limits_drop_locked(struct stream *stream)
{
	struct stream_limits *limits = lvn_stream_limits_locked(stream);

	if (LVN_LIKELY(!limits))
		return;
	quit_locked(stream, OWN);
	quit_locked(stream, SHARED);
	stream->extras->limits = NULL;
	event_del_noblock(&limits->on_tokens);
	event_debug_unassign(&limits->on_tokens);
	lvn_free(limits);
}

/* Callbacks may run.  Returns 0, or -errno and a direction stays suspended and in the group. */
static int
leave_locked(struct stream *stream, int which) REQUIRES(stream->input.lock)
{
	int rc = lvn_stream_unsuspend_locked(stream, EV_READ, reasons[which]);

	if (rc == 0)
		rc = lvn_stream_unsuspend_locked(stream, EV_WRITE, reasons[which]);
	if (rc == 0)
		quit_locked(stream, which);
	return rc;
}

int
lvn_limits_set_base_locked(struct stream *stream, struct event_base *base)
{
	struct stream_limits *limits = lvn_stream_limits_locked(stream);
	struct rate_member *own = member_locked(stream, OWN);

	if (!limits)
		return 0;
	if (own && lvn_rate_group_set_base(own->group, base) < 0)
		return -EBUSY;
	return event_base_set(base, &limits->on_tokens) < 0 ? -EBUSY : 0;
}

size_t
lvn_limits_bound_locked(const struct stream *stream, enum token_direction direction)
{
	const struct stream_limits *limits = lvn_stream_limits_locked(stream);

	return limits ? limits->bounds[direction] : 0;
}

int
lvn_limits_set_bound_locked(struct stream *stream, enum token_direction direction, size_t bound)
{
	struct stream_limits *limits;

	if (bound == lvn_limits_bound_locked(stream, direction))
		return 0;
	limits = limits_locked(stream);
	if (!limits)
		return -ENOMEM;
	limits->bounds[direction] = bound;
	return 0;
}

const struct ev_token_bucket_cfg *
lvn_limits_configuration_locked(const struct stream *stream)
{
	const struct stream_limits *limits = lvn_stream_limits_locked(stream);

	return limits ? limits->cfg : NULL;
}

/* Returns 0 or -ENOMEM. */
static int
join_own_locked(struct stream *stream, const struct ev_token_bucket_cfg *cfg)
    REQUIRES(stream->input.lock)
{
	struct stream_limits *limits = limits_locked(stream);
	struct bufferevent_rate_limit_group *group;
	int rc;

	if (!limits)
		return -ENOMEM;
	rc = lvn_rate_group_new(stream->bev.ev_base, cfg, &group);
	if (rc < 0)
		return rc;
	group->min_share = 0;
	lvn_rate_group_join(group, &limits->members[OWN], &limits->on_tokens);
	/* It ends when the stream quits. */
	lvn_rate_group_free(group);
	return 0;
}

int
lvn_limits_configure_locked(struct stream *stream, const struct ev_token_bucket_cfg *cfg)
{
	struct rate_member *own = member_locked(stream, OWN);
	int rc = 0;

	if (cfg == lvn_limits_configuration_locked(stream))
		return 0;
	if (!own)
		rc = join_own_locked(stream, cfg);
	else if (cfg)
		lvn_rate_group_configure(own->group, cfg);
	else
		rc = leave_locked(stream, OWN);
	/* Callbacks may have freed the stream. */
	if (rc == 0 && lvn_stream_limits_locked(stream))
		lvn_stream_limits_locked(stream)->cfg = cfg;
	return rc;
}

int
lvn_limits_join_locked(struct stream *stream, struct bufferevent_rate_limit_group *group)
{
	struct rate_member *shared = member_locked(stream, SHARED);
	struct stream_limits *limits;
	int rc;

	if (group == (shared ? shared->group : NULL))
		return 0;
	rc = shared ? leave_locked(stream, SHARED) : 0;
	if (rc < 0 || !group)
		return rc;
	limits = limits_locked(stream);
	if (!limits)
		return -ENOMEM;
	lvn_rate_group_join(group, &limits->members[SHARED], &limits->on_tokens);
	return 0;
}

int64_t
lvn_limits_left_locked(struct stream *stream, enum token_direction direction)
{
	struct rate_member *own = member_locked(stream, OWN);

	return own ? lvn_rate_group_left(own->group, direction) : INT64_MAX;
}

int
lvn_limits_take_locked(struct stream *stream, enum token_direction direction, int64_t size)
{
	struct rate_member *own = member_locked(stream, OWN);

	if (!own)
		return -EINVAL;
	lvn_rate_group_take(own->group, direction, size);
	if (lvn_rate_group_left(own->group, direction) <= 0)
		(void)ask_locked(stream, OWN, direction);
	return 0;
}
