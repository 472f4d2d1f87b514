/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the timers share: events, a seeded generator, allocations that fail,
 * and a look at whether everything is where the invariants want it.
 */
#ifndef LEVIN_TESTS_TIMER_KIT_H
#define LEVIN_TESTS_TIMER_KIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "loop/timers.h"
#include "support/suite.h"

/* As ck_assert, which takes a system call each time: too dear for what is asked so often. */
#define HOLDS(condition)                                \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* xorshift64: the same numbers everywhere.  The state must not be 0. */
static inline uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 8;
}

static inline uint64_t
random_below(uint64_t *state, uint64_t limit)
{
	return next_random(state) % limit;
}

static inline struct event *
new_events(size_t count)
{
	struct event *events = calloc(count, sizeof(*events));

	HOLDS(events != NULL);
	return events;
}

/* An event that nobody filed yet. */
static inline void
set_key(struct event *ev, int64_t deadline_ns, timer_sequence sequence)
{
	lvn_event_set_deadline(ev, deadline_ns);
	lvn_timer_set_sequence(ev, sequence);
	lvn_timer_set_filed_ns(ev, deadline_ns);
}

struct failing_allocations {
	unsigned long passing; /* so many succeed first */
	unsigned long asked;
};

static inline bool
fails_after_some(void *context)
{
	struct failing_allocations *failing = context;

	return failing->asked++ >= failing->passing;
}

static inline void
check_front(const struct timer_front *front)
{
	const struct event *fresh = NULL;

	HOLDS(front->begin <= front->end);
	HOLDS(front->end <= LVN_TIMER_FRONT_CAPACITY);
	for (unsigned i = front->begin; i < front->end; i++) {
		const struct timer_entry *entry = &front->entries[i];

		HOLDS(!lvn_timer_slot(entry->ev));
		HOLDS(entry->filed_ns == lvn_timer_filed_ns(entry->ev));
		HOLDS(entry->filed_ns <= lvn_event_deadline(entry->ev));
		if (i > front->begin)
			HOLDS(entry->filed_ns >= entry[-1].filed_ns);
		if (lvn_timer_is_stale(entry->ev))
			continue;
		if (fresh)
			HOLDS(lvn_timer_before(lvn_timer_key(fresh), lvn_timer_key(entry->ev)));
		fresh = entry->ev;
	}
}

struct tree_walk {
	size_t leaves;
	size_t events;
};

static inline void
check_place(struct event *const *slot, struct timer_key from, const struct timer_key *to)
{
	const struct event *ev = *slot;

	HOLDS(lvn_timer_slot(ev) == slot);
	HOLDS(lvn_timer_filed_ns(ev) <= lvn_event_deadline(ev));
	HOLDS(lvn_timer_filed_ns(ev) >= from.filed_ns);
	if (lvn_timer_is_stale(ev))
		return;
	HOLDS(!lvn_timer_before(lvn_timer_key(ev), from));
	if (to)
		HOLDS(lvn_timer_before(lvn_timer_key(ev), *to));
}

static inline void
check_leaf(struct tree_walk *walk, const struct timer_leaf *leaf, struct timer_key from,
    const struct timer_key *to)
{
	HOLDS(leaf->node.count <= LVN_TIMER_LEAF_CAPACITY);
	walk->leaves++;
	for (unsigned i = 0; i < leaf->node.count; i++) {
		if (leaf->events[i]) {
			walk->events++;
			check_place(&leaf->events[i], from, to);
		}
	}
}

static inline void
check_branch(struct tree_walk *walk, const struct timer_branch *branch, unsigned height,
    const struct timer_key *to)
{
	HOLDS(branch->node.count > 0);
	HOLDS(branch->node.count <= LVN_TIMER_BRANCH_CAPACITY);
	for (unsigned i = branch->node.count; i < LVN_TIMER_BRANCH_CAPACITY; i++)
		HOLDS(branch->filed_ns[i] == INT64_MAX);
	for (unsigned i = 0; i < branch->node.count; i++) {
		struct timer_key from = lvn_timer_branch_separator(branch, i);
		struct timer_key next;
		const struct timer_key *end = to;

		HOLDS(branch->children[i]->parent == branch);
		if (i + 1 < branch->node.count) {
			next = lvn_timer_branch_separator(branch, i + 1);
			end = &next;
			HOLDS(lvn_timer_before(from, next));
		}
		if (height > 1) {
			const struct timer_branch *child = (const void *)branch->children[i];

			HOLDS(!lvn_timer_before(lvn_timer_branch_separator(child, 0), from));
			check_branch(walk, child, height - 1, end);
		} else {
			check_leaf(walk, (const void *)branch->children[i], from, end);
		}
	}
}

static inline void
check_tree(const struct timer_tree *tree)
{
	struct tree_walk walk = {0};

	if (tree->root) {
		HOLDS(!tree->root->node.parent);
		check_branch(&walk, tree->root, tree->height, NULL);
	} else {
		HOLDS(tree->height == 0);
		HOLDS(tree->inbox_used == 0);
	}
	for (unsigned i = 0; i < tree->inbox_used; i++) {
		if (tree->inbox[i].ev) {
			walk.events++;
			HOLDS(tree->inbox[i].filed_ns == lvn_timer_filed_ns(tree->inbox[i].ev));
			check_place(&tree->inbox[i].ev, tree->first, NULL);
		}
	}
	HOLDS(walk.events == tree->count);
	HOLDS(walk.leaves == tree->leaf_count);
}

static inline void
check_queue(const struct timer_queue *queue)
{
	const struct event *ev = &queue->ring;

	do {
		const struct event *next = lvn_timer_link_next(ev);

		HOLDS(lvn_timer_link_previous(next) == ev);
		if (ev != &queue->ring && next != &queue->ring)
			HOLDS(lvn_timer_before(lvn_timer_key(ev), lvn_timer_key(next)));
		ev = next;
	} while (ev != &queue->ring);
}

static inline void
check_spans(const struct timer_spans *spans)
{
	check_queue(&spans->rest);
	for (unsigned i = 0; i < LVN_TIMER_SPAN_SLOTS; i++) {
		const struct timer_queue *queue = spans->slots[i].queue;

		if (queue) {
			check_queue(queue);
			HOLDS(queue->at > 0 || !lvn_timer_queue_first(queue));
		}
	}
	for (unsigned i = 0; i < spans->head_count; i++) {
		const struct timer_head *head = &spans->heads[i];
		const struct event *first = lvn_timer_queue_first(head->queue);

		HOLDS(head->queue->at == i + 1);
		HOLDS(!first || !lvn_timer_before(lvn_timer_key(first), head->key));
		if (i > 0)
			HOLDS(!lvn_timer_before(head->key, spans->heads[(i - 1) / 2].key));
	}
}

static inline void
check_timers(const struct timers *timers)
{
	const struct timer_front *front = &timers->front;

	check_front(front);
	check_tree(&timers->tree);
	check_spans(&timers->spans);
	for (unsigned i = front->begin; i < front->end; i++) {
		const struct event *ev = front->entries[i].ev;

		if (!lvn_timer_is_stale(ev))
			HOLDS(lvn_timer_tree_starts_after(&timers->tree, lvn_timer_key(ev)));
	}
}

#endif
