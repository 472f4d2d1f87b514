/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers that are not among the earliest: a tree whose leaves are unsorted bags.
 *
 * What counts is how often the processor has to wait for memory.  An added event goes to
 * the inbox; when that is full, its events are handed out to their leaves all together, so
 * that their leaves are fetched together.  A removed event leaves a hole, which is closed
 * when its leaf runs full or is swept.  A leaf that overflows is divided at its median.  No
 * call moves more than a few hundred pointers, whatever the deadlines are.
 */
#ifndef LVN_LOOP_TIMER_TREE_H
#define LVN_LOOP_TIMER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_leaf.h"
#include "loop/timer_pool.h"

#define LVN_TIMER_INBOX_CAPACITY 64
/* So often that a sweep is done with all leaves before the room is twice what is allowed. */
#define LVN_TIMER_REMOVALS_PER_SWEEP 16

/*
 * Invariants:
 *   1. a branch's separator is not after its first child's
 *   2. filed_ns of an event is not before that of its leaf's separator; the pair of an
 *      event that is not stale is not before it, and before that of the next leaf
 *   3. no branch is empty; leaves are all `height` steps below the root
 *   4. `first` is the separator of the first leaf; nothing in the inbox is before it
 *   5. leaf_count leaves hang in the tree
 */
struct timer_tree {
	struct timer_branch *root; /* NULL when there are no leaves */
	unsigned height;
	unsigned hand_outs;
	struct timer_key first;
	struct timer_key swept; /* where the sweeping goes on */
	size_t count;           /* events, those of the inbox too */
	size_t leaf_count;
	struct timer_pool leaves;
	struct timer_pool branches;
	unsigned inbox_used;
	struct timer_entry inbox[LVN_TIMER_INBOX_CAPACITY]; /* an event may be NULL */
};

void lvn_timer_tree_init(struct timer_tree *tree);
void lvn_timer_tree_clear(struct timer_tree *tree);

/* Memory for one insertion, or one grafting.  0 or -ENOMEM. */
int lvn_timer_tree_reserve(struct timer_tree *tree);

/* Whether the event belongs before all leaves. */
LVN_HOT_INLINE bool
lvn_timer_tree_starts_after(const struct timer_tree *tree, struct timer_key key)
{
	return !tree->root || lvn_timer_before(key, tree->first);
}

/*
 * Files `ev` under its deadline.  The tree must not be empty nor start after it.
 * 0, or -ENOMEM and `ev` is not in the tree.
 */
int lvn_timer_tree_insert(struct timer_tree *tree, struct event *ev);

/*
 * Makes a leaf of `entries`, which belong before all leaves and are sorted.
 * Memory must be reserved; count must not exceed the capacity of a leaf nor be 0.
 */
void lvn_timer_tree_graft(struct timer_tree *tree, const struct timer_entry *entries, size_t count);

/* Joins a leaf with its neighbour if the leaves have too much room.  Takes its turn by itself. */
void lvn_timer_tree_sweep(struct timer_tree *tree);

/* `ev` must be in the tree. */
LVN_HOT_INLINE void
lvn_timer_tree_remove(struct timer_tree *tree, struct event *ev)
{
	*lvn_timer_slot(ev) = NULL;
	tree->count--;
	if (LVN_UNLIKELY(tree->count % LVN_TIMER_REMOVALS_PER_SWEEP == 0))
		lvn_timer_tree_sweep(tree);
}

/*
 * Removes an event for which there was no memory when the inbox was handed out, or
 * answers NULL.  To be called until NULL before lvn_timer_tree_take_first.
 */
struct event *lvn_timer_tree_take_stranded(struct timer_tree *tree);

/*
 * Removes the first leaf, copies its events to `entries` and answers how many they are,
 * which may be none.  There must be a leaf.
 */
size_t lvn_timer_tree_take_first(
    struct timer_tree *tree, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY]);

/* Calls visit for each event until it answers non-zero; answers that. */
int lvn_timer_tree_each(
    const struct timer_tree *tree, int (*visit)(struct event *ev, void *context), void *context);

#endif
