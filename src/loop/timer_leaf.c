/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_leaf.h"

void
lvn_timer_leaf_init(struct timer_leaf *leaf)
{
	leaf->node = (struct timer_node){0};
	leaf->cursor = 0;
}

struct event **
lvn_timer_leaf_find_hole(struct timer_leaf *leaf)
{
	unsigned at = leaf->cursor;

	for (unsigned i = 0; i < LVN_TIMER_LEAF_STEPS; i++) {
		struct event **slot = &leaf->events[at];

		at = at + 1 == LVN_TIMER_LEAF_CAPACITY ? 0 : at + 1;
		if (!*slot) {
			leaf->cursor = at;
			return slot;
		}
	}
	leaf->cursor = at;
	return NULL;
}

unsigned
lvn_timer_leaf_count_events(const struct timer_leaf *leaf)
{
	unsigned count = 0;

	for (unsigned i = 0; i < leaf->node.count; i++)
		count += leaf->events[i] != NULL;
	return count;
}

static void
prefetch_from(const struct timer_leaf *leaf, unsigned at)
{
	for (unsigned i = at; i < leaf->node.count; i++) {
		if (leaf->events[i])
			LVN_PREFETCH_WRITE(&leaf->events[i]->ev_timeout_pos);
	}
}

void
lvn_timer_leaf_compact(struct timer_leaf *leaf)
{
	unsigned used = leaf->node.count;
	unsigned holes = 0;
	unsigned at = 0;

	while (at < used && leaf->events[at])
		at++;
	prefetch_from(leaf, at);
	for (; at < used; at++) {
		struct event *ev = leaf->events[at];

		if (!ev) {
			holes++;
		} else {
			leaf->events[at - holes] = ev;
			lvn_timer_set_slot(ev, &leaf->events[at - holes]);
		}
	}
	leaf->node.count = used - holes;
}

size_t
lvn_timer_leaf_read(
    const struct timer_leaf *leaf, struct timer_entry entries[LVN_TIMER_LEAF_CAPACITY])
{
	size_t count = 0;

	for (unsigned i = 0; i < leaf->node.count; i++) {
		entries[count].ev = leaf->events[i];
		count += leaf->events[i] != NULL;
	}
	/* All at once: waiting for one after the other would take ten times as long. */
	for (size_t i = 0; i < count; i++)
		LVN_PREFETCH_WRITE(&entries[i].ev->ev_timeout_pos);
	for (size_t i = 0; i < count; i++)
		entries[i].filed_ns = lvn_timer_filed_ns(entries[i].ev);
	return count;
}

void
lvn_timer_leaf_write(struct timer_leaf *leaf, const struct timer_entry *entries, size_t count)
{
	leaf->node.count = 0;
	for (size_t i = 0; i < count; i++)
		lvn_timer_leaf_put(leaf, entries[i].ev);
}

void
lvn_timer_leaf_move(struct timer_leaf *into, struct timer_leaf *from)
{
	prefetch_from(from, 0);
	for (unsigned i = 0; i < from->node.count; i++) {
		if (from->events[i])
			lvn_timer_leaf_put(into, from->events[i]);
	}
	from->node.count = 0;
}
