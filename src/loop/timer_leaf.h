/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An unsorted bag of events.  Each event knows its place in it; taking it out leaves a
 * hole there and touches nothing else.
 */
#ifndef LVN_LOOP_TIMER_LEAF_H
#define LVN_LOOP_TIMER_LEAF_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/timer_branch.h"
#include "loop/timer_run.h"

#define LVN_TIMER_LEAF_CAPACITY 125
/* So many places are looked at for a hole: eight fit into what is fetched at once. */
#define LVN_TIMER_LEAF_STEPS 40

/* Invariant: for i < node.count, events[i] is NULL or its slot is &events[i]. */
struct timer_leaf {
	struct timer_node node;
	unsigned cursor; /* where the search for a hole goes on, when all places are used */
	struct event *events[LVN_TIMER_LEAF_CAPACITY];
};

void lvn_timer_leaf_init(struct timer_leaf *leaf);

/* Where an event will probably be put. */
LVN_HOT_INLINE struct event **
lvn_timer_leaf_next_place(struct timer_leaf *leaf)
{
	bool has_unused = leaf->node.count < LVN_TIMER_LEAF_CAPACITY;

	return &leaf->events[has_unused ? leaf->node.count : leaf->cursor];
}

/* A hole of a leaf whose places are all used, or NULL if none is found soon. */
struct event **lvn_timer_leaf_find_hole(struct timer_leaf *leaf);

/* False if there is no room, or none that is found soon. */
LVN_HOT_INLINE bool
lvn_timer_leaf_put(struct timer_leaf *leaf, struct event *ev)
{
	struct event **slot;

	if (leaf->node.count < LVN_TIMER_LEAF_CAPACITY)
		slot = &leaf->events[leaf->node.count++];
	else
		slot = lvn_timer_leaf_find_hole(leaf);
	if (!slot)
		return false;
	*slot = ev;
	lvn_timer_set_slot(ev, slot);
	return true;
}

unsigned lvn_timer_leaf_count_events(const struct timer_leaf *leaf);

/* Closes the holes. */
void lvn_timer_leaf_compact(struct timer_leaf *leaf);

/* Copies the events with their keys; answers how many they are. */
size_t lvn_timer_leaf_read(
    const struct timer_leaf *leaf, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY]);

/* The leaf now holds `entries` and nothing else. */
void lvn_timer_leaf_write(struct timer_leaf *leaf, const struct timer_entry *entries, size_t count);

/* All events of `from` go behind those of `into`, where they must fit. */
void lvn_timer_leaf_move(struct timer_leaf *into, struct timer_leaf *from);

#endif
