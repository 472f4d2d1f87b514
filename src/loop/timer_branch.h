/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inner nodes of the tree of timers: sorted separators with a child for each.
 *
 * Knows nothing about events, and cares only for the parents of the children it moves.
 */
#ifndef LVN_LOOP_TIMER_BRANCH_H
#define LVN_LOOP_TIMER_BRANCH_H

#include <stdint.h>

#include "loop/timer_fields.h"

#define LVN_TIMER_BRANCH_CAPACITY 256 /* what eight halvings tell apart */

struct timer_branch;

/* Where a leaf or a branch hangs.  It is the first member of both. */
struct timer_node {
	struct timer_branch *parent; /* NULL at the root */
	unsigned count;              /* children, or used places of a leaf */
	unsigned stamp;              /* the tree's business */
};

/*
 * The separator of a child: what the child holds is not before it.
 *
 * Invariants, for i < node.count:
 *   1. the pairs filed_ns[i], sequences[i] rise strictly
 *   2. children[i]->parent is this branch
 *   3. from node.count on, filed_ns is INT64_MAX
 */
struct timer_branch {
	struct timer_node node;
	int64_t filed_ns[LVN_TIMER_BRANCH_CAPACITY];
	timer_sequence sequences[LVN_TIMER_BRANCH_CAPACITY];
	struct timer_node *children[LVN_TIMER_BRANCH_CAPACITY];
};

void lvn_timer_branch_init(struct timer_branch *branch);

LVN_HOT_INLINE struct timer_key
lvn_timer_branch_separator(const struct timer_branch *branch, unsigned at)
{
	return (struct timer_key){branch->filed_ns[at], branch->sequences[at]};
}

/*
 * The last child whose separator is filed not after filed_ns, or else the first.  Takes the
 * same steps whatever it finds: a branch of the program that cannot be foretold costs more.
 */
LVN_HOT_INLINE unsigned
lvn_timer_branch_find(const struct timer_branch *branch, int64_t filed_ns)
{
	unsigned at = 0;

	for (unsigned half = LVN_TIMER_BRANCH_CAPACITY / 2; half > 0; half /= 2)
		at += branch->filed_ns[at + half] <= filed_ns ? half : 0;
	return at;
}

/*
 * From what find answers for key.filed_ns to the last child whose separator is not after
 * the key, or else the first.  Only needed where filed_ns[at] is not less than the key's.
 */
unsigned lvn_timer_branch_step_back(
    const struct timer_branch *branch, unsigned at, struct timer_key key);

/* Where `child` hangs; it must be a child. */
unsigned lvn_timer_branch_place(const struct timer_branch *branch, const struct timer_node *child);

void lvn_timer_branch_set_separator(
    struct timer_branch *branch, unsigned at, struct timer_key separator);

/* The branch must not be full. */
void lvn_timer_branch_insert(
    struct timer_branch *branch, unsigned at, struct timer_node *child, struct timer_key separator);

void lvn_timer_branch_erase(struct timer_branch *branch, unsigned at);

/* The children of `from`, from `begin` on, go behind those of `into`, where they must fit. */
void lvn_timer_branch_move(struct timer_branch *into, struct timer_branch *from, unsigned begin);

#endif
