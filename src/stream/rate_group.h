/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several streams that share one limit.
 *
 * While there are tokens and nobody waits, a member may take an equal share of what is left,
 * and at least the minimum share.  Once there are none, those who ask wait in a queue.  With
 * each tick those whose last turn was longest ago are given a share of their own, which nobody else
 * can take; so each of them has its turn, however fast the others are.
 *
 * A share that is not used until the tick after the next one goes back.
 *
 * The group knows nothing of streams.  It wakes a member by making its event active.
 */
#ifndef LVN_STREAM_RATE_GROUP_H
#define LVN_STREAM_RATE_GROUP_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "stream/token_bucket.h"

struct bufferevent_rate_limit_group;
struct rate_member;

/* A member's place in one direction.  In the queue if and only if next is not NULL. */
struct rate_place {
	struct rate_place *next;
	struct rate_place *previous;
	struct rate_member *member;
	int64_t granted; /* a share of its own ... */
	uint64_t round;  /* ... and in which round it was given */
	uint64_t turn;   /* when it had something last, in turns of the group */
};

/* Protected by the group's lock, but for group, which is the member's own business. */
struct rate_member {
	struct bufferevent_rate_limit_group *group; /* NULL if it is in none */
	struct event *wake;
	struct rate_place places[TOKEN_DIRECTIONS];
};

struct rate_side {
	struct token_bucket bucket;
	struct rate_place queue; /* the head of a ring, ordered by turn */
	int64_t reserved[2];     /* given to members and not yet used: in even, in odd rounds */
	uint64_t total;          /* bytes that have passed */
};

/*
 * Everything below `lock` is protected by it.
 *
 * Invariants:
 *   1. reserved is the sum of `granted` of all members whose grants are of this round, and of
 *      the one before; their sum does not overflow
 *   2. somebody is in a queue  =>  on_tick is added
 */
struct bufferevent_rate_limit_group {
	struct lock lock;
	struct event_base *base;
	struct event on_tick;
	struct ev_token_bucket_cfg cfg;
	struct token_clock clock;
	struct rate_side sides[TOKEN_DIRECTIONS];
	uint64_t round; /* begins anew with each tick */
	uint64_t turns; /* how often members had something */
	int64_t min_share;
	int64_t members;
	bool freed; /* goes with its last member */
};

LVN_HOT_INLINE void
lvn_rate_group_enter(struct bufferevent_rate_limit_group *group)
    ACQUIRES(group->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(&group->lock);
}

LVN_HOT_INLINE void
lvn_rate_group_leave(struct bufferevent_rate_limit_group *group)
    RELEASES(group->lock) NO_LOCK_ANALYSIS
{
	lvn_lock_release(&group->lock);
}

/* ---- The group ---- */

/* 0 or -ENOMEM. */
int lvn_rate_group_new(struct event_base *base, const struct ev_token_bucket_cfg *cfg,
    struct bufferevent_rate_limit_group **group_out);
/* When the last member is gone, which may be at once.  Gives the lock back, too. */
void lvn_rate_group_free_and_leave(struct bufferevent_rate_limit_group *group)
    RELEASES(group->lock);
void lvn_rate_group_configure_locked(struct bufferevent_rate_limit_group *group,
    const struct ev_token_bucket_cfg *cfg) REQUIRES(group->lock);

/* What passes beside the members.  A negative size puts tokens in. */
void lvn_rate_group_take_locked(struct bufferevent_rate_limit_group *group,
    enum token_direction direction, int64_t size) REQUIRES(group->lock);
int64_t lvn_rate_group_left_locked(struct bufferevent_rate_limit_group *group,
    enum token_direction direction) REQUIRES(group->lock);

/* ---- Members ---- */

/* `wake` stays valid until the member has left. */
void lvn_rate_group_join_locked(struct bufferevent_rate_limit_group *group,
    struct rate_member *member, struct event *wake) REQUIRES(group->lock);
/* Gives the lock back, too. */
void lvn_rate_group_quit_and_leave(
    struct bufferevent_rate_limit_group *group, struct rate_member *member) RELEASES(group->lock);

/* How much the member could have; 0 if nothing. */
int64_t lvn_rate_group_share_locked(struct rate_member *member, enum token_direction direction)
    REQUIRES(member->group->lock);
/* The same; the member waits if it is 0, and is woken when it has a share. */
int64_t lvn_rate_group_ask_locked(struct rate_member *member, enum token_direction direction)
    REQUIRES(member->group->lock);
/* So much has passed. */
void lvn_rate_group_charge_locked(struct rate_member *member, enum token_direction direction,
    int64_t size) REQUIRES(member->group->lock);

static inline bool
lvn_rate_group_waits_locked(const struct rate_member *member, enum token_direction direction)
    REQUIRES(member->group->lock)
{
	return member->places[direction].next;
}

#endif
