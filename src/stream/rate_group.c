/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream/rate_group.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/memory.h"

#define DEFAULT_MIN_SHARE 64
#define US_PER_S          1000000

static int64_t
now_us(struct event_base *base)
{
	struct timeval now;

	if (event_gettime_monotonic(base, &now) < 0)
		return 0;
	return (int64_t)now.tv_sec * US_PER_S + now.tv_usec;
}

/* ---- The queue ---- */

static void
enqueue(struct rate_side *side, struct rate_claim *claim, bool is_first)
{
	struct rate_claim *previous = is_first ? NULL : side->last;
	struct rate_claim *next = is_first ? side->first : NULL;

	claim->is_queued = true;
	claim->was_first = false;
	claim->previous = previous;
	claim->next = next;
	*(previous ? &previous->next : &side->first) = claim;
	*(next ? &next->previous : &side->last) = claim;
}

static void
dequeue(struct rate_side *side, struct rate_claim *claim)
{
	claim->is_queued = false;
	if (claim->previous)
		claim->previous->next = claim->next;
	else
		side->first = claim->next;
	if (claim->next)
		claim->next->previous = claim->previous;
	else
		side->last = claim->previous;
}

/* It has had its turn. */
static void
put_last(struct rate_side *side, struct rate_claim *claim)
{
	if (claim->is_queued)
		dequeue(side, claim);
	enqueue(side, claim, false);
}

static void
wait_in_queue(struct rate_side *side, struct rate_claim *claim)
{
	claim->waits = true;
	side->waiting++;
	if (!claim->is_queued)
		enqueue(side, claim, claim->was_first);
}

static void
stop_waiting(struct rate_side *side, struct rate_claim *claim)
{
	if (claim->waits)
		side->waiting--;
	claim->waits = false;
}

/* ---- Shares ---- */

/* A minimum above what a tick adds could never be granted. */
static int64_t
min_share_locked(const struct bufferevent_rate_limit_group *group, enum token_direction direction)
    REQUIRES(group->lock)
{
	int64_t per_tick = group->cfg.rates[direction].per_tick;

	return group->min_share < per_tick ? group->min_share : per_tick;
}

static int64_t
reserved_in(const struct rate_side *side)
{
	return side->reserved[0] + side->reserved[1];
}

static int64_t *
reserved_of_round(struct rate_side *side, uint64_t round)
{
	return &side->reserved[round % 2];
}

/* Of what is not reserved.  0, or at least the minimum share. */
static int64_t
equal_share_locked(const struct bufferevent_rate_limit_group *group, enum token_direction direction)
    REQUIRES(group->lock)
{
	const struct rate_side *side = &group->sides[direction];
	int64_t reserved = reserved_in(side);
	int64_t min_share = min_share_locked(group, direction);
	int64_t share;

	if (side->bucket.left <= reserved)
		return 0;
	share = (side->bucket.left - reserved) / (group->members > 0 ? group->members : 1);
	if (share < min_share)
		share = min_share;
	if (share > INT64_MAX - reserved)
		share = INT64_MAX - reserved;
	return share > 0 ? share : 1;
}

/* Grants of earlier rounds are no longer reserved. */
static int64_t
granted_locked(const struct bufferevent_rate_limit_group *group, const struct rate_claim *claim)
    REQUIRES(group->lock)
{
	return claim->round + 1 >= group->round ? claim->granted : 0;
}

static void
wake(struct rate_side *side, struct rate_claim *claim)
{
	stop_waiting(side, claim);
	event_active(claim->member->wake, EV_TIMEOUT, 1);
}

/* A member that is alone finds what there is when it asks again. */
static void
serve_waiting_locked(struct bufferevent_rate_limit_group *group, enum token_direction direction)
    REQUIRES(group->lock)
{
	struct rate_side *side = &group->sides[direction];
	int64_t share = equal_share_locked(group, direction);

	while (side->waiting > 0 && side->bucket.left > reserved_in(side)) {
		struct rate_claim *claim = side->first;

		if (!claim->waits) {
			dequeue(side, claim);
			claim->was_first = true;
			continue;
		}
		if (share > INT64_MAX - reserved_in(side))
			share = INT64_MAX - reserved_in(side);
		wake(side, claim);
		put_last(side, claim);
		if (group->members == 1)
			continue;
		claim->granted = share;
		claim->round = group->round;
		*reserved_of_round(side, group->round) += share;
	}
}

/* ---- Ticks ---- */

/* INT64_MAX if no claim waits. */
static int64_t
us_until_tick_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	int64_t wait_us = INT64_MAX;

	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		int64_t ticks, us;

		if (group->sides[i].waiting == 0)
			continue;
		ticks =
		    lvn_token_bucket_ticks_needed(&group->sides[i].bucket, &group->cfg.rates[i]);
		us = lvn_token_bucket_us_until(
		    &group->clock, &group->cfg, ticks > 0 ? ticks : 1, now_us(group->base));
		if (us < wait_us)
			wait_us = us;
	}
	return wait_us;
}

/* They ask again. */
static void
wake_all_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		struct rate_side *side = &group->sides[i];

		for (struct rate_claim *claim = side->first; claim; claim = claim->next) {
			if (claim->waits)
				wake(side, claim);
		}
	}
}

/* Without memory for the timer no claim may be left waiting for it. */
static void
await_tick_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	int64_t wait_us = us_until_tick_locked(group);
	struct timeval span = {(time_t)(wait_us / US_PER_S), (suseconds_t)(wait_us % US_PER_S)};

	if (wait_us != INT64_MAX && event_add(&group->on_tick, &span) < 0)
		wake_all_locked(group);
}

/* What was reserved before the last round and not used is available again. */
static void
begin_round_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	group->round++;
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		*reserved_of_round(&group->sides[i], group->round) = 0;
}

/* Adds the tokens of the ticks that have passed. */
static void
advance_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	int64_t before = group->clock.tick;
	int64_t ticks = lvn_token_bucket_advance(&group->clock, &group->cfg, now_us(group->base));

	if (group->clock.tick != before)
		begin_round_locked(group);
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		lvn_token_bucket_fill(&group->sides[i].bucket, &group->cfg.rates[i], ticks);
}

static void
serve_all_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		serve_waiting_locked(group, (enum token_direction)i);
	await_tick_locked(group);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct bufferevent_rate_limit_group *group = arg;

	(void)fd;
	(void)what;
	lvn_rate_group_enter(group);
	advance_locked(group);
	serve_all_locked(group);
	lvn_rate_group_leave(group);
}

/* ---- The group ---- */

int
lvn_rate_group_new(struct event_base *base, const struct ev_token_bucket_cfg *cfg,
    struct bufferevent_rate_limit_group **group_out)
{
	struct bufferevent_rate_limit_group *group = lvn_calloc(1, sizeof(*group));
	int rc;

	if (!group)
		return -ENOMEM;
	rc = lvn_lock_init(&group->lock, true);
	if (rc < 0) {
		lvn_free(group);
		return rc;
	}
	group->base = base;
	group->cfg = *cfg;
	group->min_share = DEFAULT_MIN_SHARE;
	group->round = 2;
	lvn_token_bucket_advance(&group->clock, cfg, now_us(base));
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		lvn_token_bucket_init(&group->sides[i].bucket, &cfg->rates[i]);
	event_assign(&group->on_tick, base, -1, EV_FINALIZE, on_tick, group);
	*group_out = group;
	return 0;
}

static void
on_finalized(struct event *ev, void *arg)
{
	struct bufferevent_rate_limit_group *group = arg;

	event_debug_unassign(ev);
	lvn_lock_clear(&group->lock);
	lvn_free(group);
}

static void
end_if_unused_and_leave(struct bufferevent_rate_limit_group *group) RELEASES(group->lock)
{
	bool is_over = group->freed && group->members == 0;

	lvn_rate_group_leave(group);
	/* Another thread may be about to call on_tick. */
	if (is_over)
		event_finalize(0, &group->on_tick, on_finalized);
}

void
lvn_rate_group_free(struct bufferevent_rate_limit_group *group)
{
	lvn_rate_group_enter(group);
	group->freed = true;
	end_if_unused_and_leave(group);
}

int
lvn_rate_group_set_base(struct bufferevent_rate_limit_group *group, struct event_base *base)
{
	int rc;

	lvn_rate_group_enter(group);
	rc = event_base_set(base, &group->on_tick) < 0 ? -EBUSY : 0;
	if (rc == 0)
		group->base = base;
	lvn_rate_group_leave(group);
	return rc;
}

void
lvn_rate_group_configure(
    struct bufferevent_rate_limit_group *group, const struct ev_token_bucket_cfg *cfg)
{
	lvn_rate_group_enter(group);
	advance_locked(group);
	group->cfg = *cfg;
	/* From now on in the new ticks.  All grants end. */
	lvn_token_bucket_advance(&group->clock, cfg, now_us(group->base));
	begin_round_locked(group);
	begin_round_locked(group);
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		lvn_token_bucket_change(&group->sides[i].bucket, &cfg->rates[i]);
	serve_all_locked(group);
	lvn_rate_group_leave(group);
}

void
lvn_rate_group_take(
    struct bufferevent_rate_limit_group *group, enum token_direction direction, int64_t size)
{
	lvn_rate_group_enter(group);
	advance_locked(group);
	lvn_token_bucket_take(&group->sides[direction].bucket, size);
	if (size < 0)
		serve_all_locked(group);
	lvn_rate_group_leave(group);
}

int64_t
lvn_rate_group_left(struct bufferevent_rate_limit_group *group, enum token_direction direction)
{
	int64_t left;

	lvn_rate_group_enter(group);
	advance_locked(group);
	left = group->sides[direction].bucket.left;
	lvn_rate_group_leave(group);
	return left;
}

/* ---- Members ---- */

void
lvn_rate_group_join(
    struct bufferevent_rate_limit_group *group, struct rate_member *member, struct event *wake)
{
	memset(member, 0, sizeof(*member));
	member->group = group;
	member->wake = wake;
	lvn_rate_group_enter(group);
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		member->claims[i].member = member;
	group->members++;
	lvn_rate_group_leave(group);
}

/* An unused share is available to those that wait. */
static void
cancel_claim_locked(struct bufferevent_rate_limit_group *group, struct rate_member *member,
    enum token_direction direction) REQUIRES(group->lock)
{
	struct rate_claim *claim = &member->claims[direction];
	struct rate_side *side = &group->sides[direction];

	stop_waiting(side, claim);
	if (claim->is_queued)
		dequeue(side, claim);
	*reserved_of_round(side, claim->round) -= granted_locked(group, claim);
	claim->granted = 0;
}

void
lvn_rate_group_quit(struct rate_member *member)
{
	struct bufferevent_rate_limit_group *group = member->group;

	lvn_rate_group_enter(group);
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		cancel_claim_locked(group, member, (enum token_direction)i);
	group->members--;
	member->group = NULL;
	serve_all_locked(group);
	end_if_unused_and_leave(group);
}

static int64_t
share_locked(struct bufferevent_rate_limit_group *group, const struct rate_claim *claim,
    enum token_direction direction) REQUIRES(group->lock)
{
	int64_t granted;

	advance_locked(group);
	granted = granted_locked(group, claim);
	if (granted > 0)
		return granted;
	return group->sides[direction].waiting > 0 ? 0 : equal_share_locked(group, direction);
}

int64_t
lvn_rate_group_share(const struct rate_member *member, enum token_direction direction)
{
	struct bufferevent_rate_limit_group *group = member->group;
	int64_t share;

	lvn_rate_group_enter(group);
	share = share_locked(group, &member->claims[direction], direction);
	lvn_rate_group_leave(group);
	return share;
}

static int64_t
ask_locked(struct bufferevent_rate_limit_group *group, struct rate_claim *claim,
    enum token_direction direction) REQUIRES(group->lock)
{
	int64_t share = share_locked(group, claim, direction);

	if (share > 0 || claim->waits)
		return share;
	wait_in_queue(&group->sides[direction], claim);
	/* A tick may have passed before on_tick was called. */
	serve_all_locked(group);
	share = granted_locked(group, claim);
	return share == 0 && !claim->waits ? 1 : share;
}

int64_t
lvn_rate_group_ask(struct rate_member *member, enum token_direction direction)
{
	struct bufferevent_rate_limit_group *group = member->group;
	int64_t share;

	lvn_rate_group_enter(group);
	share = ask_locked(group, &member->claims[direction], direction);
	lvn_rate_group_leave(group);
	return share;
}

void
lvn_rate_group_charge(struct rate_member *member, enum token_direction direction, int64_t size)
{
	struct bufferevent_rate_limit_group *group = member->group;
	struct rate_claim *claim = &member->claims[direction];
	struct rate_side *side = &group->sides[direction];
	int64_t granted, of_grant;

	lvn_rate_group_enter(group);
	granted = granted_locked(group, claim);
	of_grant = granted < size ? granted : size;
	side->total += (uint64_t)size;
	*reserved_of_round(side, claim->round) -= of_grant;
	claim->granted = granted - of_grant;
	if (granted == 0 && !claim->waits)
		put_last(side, claim);
	lvn_token_bucket_take(&side->bucket, size);
	lvn_rate_group_leave(group);
}
