/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers that are not among the earliest: a tree whose leaves are unsorted bags.
 *
 * Adding finds the bag by a few searches in small arrays of separators; removing needs no
 * search, for an event knows its bag.  A bag that overflows is divided at its median.  So
 * no call moves more than a few hundred pointers, whatever the deadlines are, and a timer
 * costs one pointer.  The tree never looks at an event outside the bags it works on.
 */
#ifndef LVN_LOOP_TIMER_TREE_H
#define LVN_LOOP_TIMER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_pool.h"
#include "loop/timer_run.h"

#define LVN_TIMER_LEAF_CAPACITY   126
#define LVN_TIMER_BRANCH_CAPACITY 254

struct timer_branch;

/* Where a leaf or a branch hangs.  It is the first member of both. */
struct timer_node {
	struct timer_branch *parent; /* NULL at the root */
	unsigned count;
};

struct timer_leaf {
	struct timer_node node;
	struct event *events[LVN_TIMER_LEAF_CAPACITY];
};

struct timer_branch {
	struct timer_node node;
	int64_t filed_ns[LVN_TIMER_BRANCH_CAPACITY];
	timer_sequence sequences[LVN_TIMER_BRANCH_CAPACITY];
	struct timer_node *children[LVN_TIMER_BRANCH_CAPACITY];
};

/*
 * The separator of a child is the pair of filed_ns and sequence beside it.  Invariants:
 *   1. separators rise within a branch; a branch's own is not after its first child's
 *   2. filed_ns of an event is not before that of its leaf's separator; the pair of an
 *      event that is not stale is not before it, and before that of the next leaf
 *   3. no node is empty; leaves are all `height` steps below the root
 *   4. first_ns and first_sequence are the separator of the first leaf
 *   5. an event's leaf is the one it is in
 */
struct timer_tree {
	struct timer_branch *root; /* NULL when there are no leaves */
	unsigned height;
	int64_t first_ns;
	timer_sequence first_sequence;
	size_t count; /* events */
	struct timer_pool leaves;
	struct timer_pool branches;
};

void lvn_timer_tree_init(struct timer_tree *tree);
void lvn_timer_tree_clear(struct timer_tree *tree);

/* Memory for one insertion, or one grafting, of anything.  0 or -ENOMEM. */
int lvn_timer_tree_reserve(struct timer_tree *tree);

/* Whether the event belongs before all leaves. */
LVN_HOT_INLINE bool
lvn_timer_tree_starts_after(
    const struct timer_tree *tree, int64_t deadline_ns, timer_sequence sequence)
{
	return !tree->root ||
	       lvn_timer_before(deadline_ns, sequence, tree->first_ns, tree->first_sequence);
}

/*
 * Files `ev` under its deadline.  The tree must not be empty nor start after it.
 * 0, or -ENOMEM and nothing has changed, if memory was wanted and not reserved.
 */
int lvn_timer_tree_insert(struct timer_tree *tree, struct event *ev);

/*
 * Makes a leaf of `entries`, which belong before all leaves and are sorted.
 * Memory must be reserved; count must not exceed the capacity of a leaf nor be 0.
 */
void lvn_timer_tree_graft(struct timer_tree *tree, const struct timer_entry *entries, size_t count);

/* `ev` must be in the tree. */
void lvn_timer_tree_remove(struct timer_tree *tree, struct event *ev);

/* Removes the first leaf, copies its events to `entries` and answers how many they are. */
size_t lvn_timer_tree_take_first(
    struct timer_tree *tree, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY]);

/* Calls visit for each event until it answers non-zero; answers that. */
int lvn_timer_tree_each(
    const struct timer_tree *tree, int (*visit)(struct event *ev, void *context), void *context);

#endif
