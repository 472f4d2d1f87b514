/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An unsorted bag of events.  Each event knows its place in it; taking it out leaves a
 * hole there and touches nothing else.
 */
#ifndef LVN_LOOP_TIMER_LEAF_H
#define LVN_LOOP_TIMER_LEAF_H

#include <stddef.h>

#include "loop/timer_branch.h"
#include "loop/timer_run.h"

#define LVN_TIMER_LEAF_CAPACITY 126

/* Invariant: for i < node.count, events[i] is NULL or its slot is &events[i]. */
struct timer_leaf {
	struct timer_node node;
	struct event *events[LVN_TIMER_LEAF_CAPACITY];
};

/* The leaf must not be full. */
LVN_HOT_INLINE void
lvn_timer_leaf_append(struct timer_leaf *leaf, struct event *ev)
{
	struct event **slot = &leaf->events[leaf->node.count++];

	*slot = ev;
	lvn_timer_set_slot(ev, slot);
}

/* Closes the holes; answers how many there were. */
unsigned lvn_timer_leaf_compact(struct timer_leaf *leaf);

/* Copies the events with their keys; answers how many they are. */
size_t lvn_timer_leaf_read(
    const struct timer_leaf *leaf, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY]);

/* The leaf now holds `entries` and nothing else. */
void lvn_timer_leaf_write(struct timer_leaf *leaf, const struct timer_entry *entries, size_t count);

/* All events of `from` go behind those of `into`, where they must fit. */
void lvn_timer_leaf_move(struct timer_leaf *into, struct timer_leaf *from);

#endif
