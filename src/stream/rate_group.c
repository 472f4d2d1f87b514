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

/* ---- Queues ---- */

/*
 * By their last turns, whatever the order in which they come back from them: otherwise the
 * last of those that the loop goes through would always be those who miss a turn.
 */
static void
enqueue(struct rate_side *side, struct rate_place *place)
{
	struct rate_place *next = &side->queue;

	while (next->previous != &side->queue && next->previous->turn > place->turn)
		next = next->previous;
	place->next = next;
	place->previous = next->previous;
	place->previous->next = place;
	next->previous = place;
}

static void
dequeue(struct rate_place *place)
{
	if (!place->next)
		return;
	place->previous->next = place->next;
	place->next->previous = place->previous;
	place->next = NULL;
	place->previous = NULL;
}

static bool
has_waiters(const struct rate_side *side)
{
	return side->queue.next != &side->queue;
}

/* ---- Shares ---- */

/* A minimum that no tick could give would keep everybody waiting. */
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

/* Of what is left for those who come now; nothing, or at least the minimum. */
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

/* Grants of earlier rounds have gone back. */
static int64_t
granted_locked(const struct bufferevent_rate_limit_group *group, const struct rate_place *place)
    REQUIRES(group->lock)
{
	return place->round + 1 >= group->round ? place->granted : 0;
}

static void
serve_waiters_locked(struct bufferevent_rate_limit_group *group, enum token_direction direction)
    REQUIRES(group->lock)
{
	struct rate_side *side = &group->sides[direction];
	int64_t share = equal_share_locked(group, direction);

	while (has_waiters(side) && side->bucket.left > reserved_in(side)) {
		struct rate_place *first = side->queue.next;

		if (share > INT64_MAX - reserved_in(side))
			share = INT64_MAX - reserved_in(side);
		dequeue(first);
		first->granted = share;
		first->round = group->round;
		first->turn = ++group->turns;
		*reserved_of_round(side, group->round) += share;
		event_active(first->member->wake, EV_TIMEOUT, 1);
	}
}

/* ---- Ticks ---- */

/* INT64_MAX if nobody waits. */
static int64_t
us_until_tick_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	int64_t wait_us = INT64_MAX;

	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		int64_t ticks, us;

		if (!has_waiters(&group->sides[i]))
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
		while (has_waiters(&group->sides[i])) {
			struct rate_place *first = group->sides[i].queue.next;

			dequeue(first);
			event_active(first->member->wake, EV_TIMEOUT, 1);
		}
	}
}

/* Without memory for a timer nobody may be left waiting for it. */
static void
await_tick_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	int64_t wait_us = us_until_tick_locked(group);
	struct timeval span = {(time_t)(wait_us / US_PER_S), (suseconds_t)(wait_us % US_PER_S)};

	if (wait_us != INT64_MAX && event_add(&group->on_tick, &span) < 0)
		wake_all_locked(group);
}

/* What was given before the last one and not used goes back. */
static void
begin_round_locked(struct bufferevent_rate_limit_group *group) REQUIRES(group->lock)
{
	group->round++;
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		*reserved_of_round(&group->sides[i], group->round) = 0;
}

/* What has passed since the last look. */
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
		serve_waiters_locked(group, (enum token_direction)i);
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
	for (int i = 0; i < TOKEN_DIRECTIONS; i++) {
		lvn_token_bucket_init(&group->sides[i].bucket, &cfg->rates[i]);
		group->sides[i].queue.next = &group->sides[i].queue;
		group->sides[i].queue.previous = &group->sides[i].queue;
	}
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
	/* The loop may just be on its way to on_tick. */
	if (is_over)
		event_finalize(0, &group->on_tick, on_finalized);
}

void
lvn_rate_group_free_and_leave(struct bufferevent_rate_limit_group *group)
{
	group->freed = true;
	end_if_unused_and_leave(group);
}

void
lvn_rate_group_configure_locked(
    struct bufferevent_rate_limit_group *group, const struct ev_token_bucket_cfg *cfg)
{
	int64_t now;

	advance_locked(group);
	now = now_us(group->base);
	group->cfg = *cfg;
	/* From here on in the new ticks, and everybody asks again. */
	lvn_token_bucket_advance(&group->clock, cfg, now);
	begin_round_locked(group);
	begin_round_locked(group);
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		lvn_token_bucket_change(&group->sides[i].bucket, &cfg->rates[i]);
	serve_all_locked(group);
}

void
lvn_rate_group_take_locked(
    struct bufferevent_rate_limit_group *group, enum token_direction direction, int64_t size)
{
	lvn_token_bucket_take(&group->sides[direction].bucket, size);
	if (size < 0)
		serve_all_locked(group);
}

int64_t
lvn_rate_group_left_locked(
    struct bufferevent_rate_limit_group *group, enum token_direction direction)
{
	advance_locked(group);
	return group->sides[direction].bucket.left;
}

/* ---- Members ---- */

void
lvn_rate_group_join_locked(
    struct bufferevent_rate_limit_group *group, struct rate_member *member, struct event *wake)
{
	memset(member, 0, sizeof(*member));
	member->group = group;
	member->wake = wake;
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		member->places[i].member = member;
	group->members++;
}

/* An unused share goes to those who wait. */
static void
give_back_locked(struct bufferevent_rate_limit_group *group, struct rate_member *member,
    enum token_direction direction) REQUIRES(group->lock)
{
	struct rate_place *place = &member->places[direction];

	dequeue(place);
	*reserved_of_round(&group->sides[direction], place->round) -= granted_locked(group, place);
	place->granted = 0;
}

void
lvn_rate_group_quit_and_leave(
    struct bufferevent_rate_limit_group *group, struct rate_member *member)
{
	for (int i = 0; i < TOKEN_DIRECTIONS; i++)
		give_back_locked(group, member, (enum token_direction)i);
	group->members--;
	member->group = NULL;
	serve_all_locked(group);
	end_if_unused_and_leave(group);
}

int64_t
lvn_rate_group_share_locked(
    struct rate_member *member, enum token_direction direction) NO_LOCK_ANALYSIS
{
	struct bufferevent_rate_limit_group *group = member->group;
	int64_t granted;

	advance_locked(group);
	granted = granted_locked(group, &member->places[direction]);
	if (granted > 0)
		return granted;
	return has_waiters(&group->sides[direction]) ? 0 : equal_share_locked(group, direction);
}

int64_t
lvn_rate_group_ask_locked(
    struct rate_member *member, enum token_direction direction) NO_LOCK_ANALYSIS
{
	struct bufferevent_rate_limit_group *group = member->group;
	struct rate_place *place = &member->places[direction];
	int64_t share = lvn_rate_group_share_locked(member, direction);

	if (share > 0 || place->next)
		return share;
	enqueue(&group->sides[direction], place);
	/* A tick may have come that nobody has been served in yet. */
	serve_all_locked(group);
	return place->next ? 0 : granted_locked(group, place);
}

void
lvn_rate_group_charge_locked(
    struct rate_member *member, enum token_direction direction, int64_t size) NO_LOCK_ANALYSIS
{
	struct bufferevent_rate_limit_group *group = member->group;
	struct rate_place *place = &member->places[direction];
	struct rate_side *side = &group->sides[direction];
	int64_t granted = granted_locked(group, place);
	int64_t of_grant = granted < size ? granted : size;

	side->total += (uint64_t)size;
	*reserved_of_round(side, place->round) -= of_grant;
	place->granted = granted - of_grant;
	if (granted == 0)
		place->turn = ++group->turns;
	lvn_token_bucket_take(&side->bucket, size);
}
