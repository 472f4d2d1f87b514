/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A rate limit that several streams share.
 *
 * While there are tokens and no member waits, a member may take an equal share of what is
 * left, and at least the minimum share.  Once there are none, members that ask wait in a
 * queue.  Each tick gives a share to the waiting members whose last turn was longest ago, and
 * reserves it for them.  So each member gets its turn, however fast the others are.
 *
 * A share that is not used until the tick after the next one is available to others again.
 *
 * A group knows nothing of streams.  It wakes a member by activating its event.
 */
#ifndef LVN_STREAM_RATE_GROUP_H
#define LVN_STREAM_RATE_GROUP_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "stream/token_bucket.h"

struct rate_member;

/* One direction of a member. */
struct rate_claim {
	struct rate_claim *next; /* in the queue */
	struct rate_claim *previous;
	struct rate_member *member;
	int64_t granted; /* a share that is reserved for it ... */
	uint64_t round;  /* ... since this round */
	bool is_queued;
	bool was_first; /* when it left the queue: its turn is before all others' */
	bool waits;
};

/* Protected by the group's lock, except `group`, which is protected by the member's. */
struct rate_member {
	struct bufferevent_rate_limit_group *group; /* NULL if it is in none */
	struct event *wake;
	struct rate_claim claims[TOKEN_DIRECTIONS];
};

/* One direction of a group. */
struct rate_side {
	struct token_bucket bucket;
	struct rate_claim *first; /* queued */
	struct rate_claim *last;
	size_t waiting;      /* claims */
	int64_t reserved[2]; /* granted and not used yet: in even rounds, in odd rounds */
	uint64_t total;      /* bytes that have passed */
};

/*
 * Everything below `lock` is protected by it.
 *
 * Invariants:
 *   1. `reserved` is the sum of `granted` of all claims whose round is this one, and of those
 *      whose round is the one before; the sum of both does not overflow
 *   2. a claim waits  =>  it is queued, and on_tick is added
 *   3. a claim goes to the end of its queue when it has had something, and leaves it if it does
 *      not wait when it comes first
 */
struct bufferevent_rate_limit_group {
	struct lock lock;
	struct event_base *base;
	struct event on_tick;
	struct ev_token_bucket_cfg cfg;
	struct token_clock clock;
	struct rate_side sides[TOKEN_DIRECTIONS];
	uint64_t round; /* a new one begins with each tick */
	int64_t min_share;
	int64_t members;
	bool freed; /* by the program; the last member frees the memory */
};

LVN_HOT_INLINE void
lvn_rate_group_enter(struct bufferevent_rate_limit_group *group) ACQUIRES(group->lock)
{
	lvn_lock_acquire(&group->lock);
}

LVN_HOT_INLINE void
lvn_rate_group_leave(struct bufferevent_rate_limit_group *group) RELEASES(group->lock)
{
	lvn_lock_release(&group->lock);
}

/* ---- The group ---- */

/* These take its lock. */

/* Returns 0 or -ENOMEM. */
int lvn_rate_group_new(struct event_base *base, const struct ev_token_bucket_cfg *cfg,
    struct bufferevent_rate_limit_group **group_out);
/* Frees the group, at once or when its last member quits. */
void lvn_rate_group_free(struct bufferevent_rate_limit_group *group) EXCLUDES(group->lock);
/* Returns 0, or -EBUSY if a member waits. */
int lvn_rate_group_set_base(struct bufferevent_rate_limit_group *group, struct event_base *base)
    EXCLUDES(group->lock);
void lvn_rate_group_configure(struct bufferevent_rate_limit_group *group,
    const struct ev_token_bucket_cfg *cfg) EXCLUDES(group->lock);

/* Takes tokens that no member has used.  A negative size adds tokens. */
void lvn_rate_group_take(struct bufferevent_rate_limit_group *group, enum token_direction direction,
    int64_t size) EXCLUDES(group->lock);
int64_t lvn_rate_group_left(struct bufferevent_rate_limit_group *group,
    enum token_direction direction) EXCLUDES(group->lock);

/* ---- Members ---- */

/* These take the group's lock; the caller holds that of the member, if it has one. */

/* `wake` stays valid until the member has quit. */
void lvn_rate_group_join(struct bufferevent_rate_limit_group *group, struct rate_member *member,
    struct event *wake) EXCLUDES(group->lock);
void lvn_rate_group_quit(struct rate_member *member);

/* Returns how much the member may use now, and changes nothing. */
int64_t lvn_rate_group_share(const struct rate_member *member, enum token_direction direction);
/*
 * The same; if it is 0, the member waits and is woken when it may ask again.  Returns 1 if it
 * can have none and cannot wait.
 */
int64_t lvn_rate_group_ask(struct rate_member *member, enum token_direction direction);
/* The member has used so much. */
void lvn_rate_group_charge(
    struct rate_member *member, enum token_direction direction, int64_t size);

#endif
