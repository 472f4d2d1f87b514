/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events ordered by the key under which they were filed: a 4-ary heap.
 *
 * Owns its memory, never an event.  The deadline stands beside the pointer in a slot, so that
 * comparing touches no event unless two deadlines are equal.  The four children of a slot
 * share a cache line.  The array grows by whole blocks and is never moved, so that no call
 * takes long.
 */
#ifndef LVN_LOOP_TIMERS_TIMER_HEAP_H
#define LVN_LOOP_TIMERS_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timers/timer_fields.h"

/* The children of slot k are 4k - 8 to 4k - 5: with this root each four begin at a multiple of 4. */
#define LVN_TIMER_HEAP_ROOT  3
#define LVN_TIMER_HEAP_BLOCK 1024 /* slots; a multiple of 4 */

struct timer_slot {
	int64_t filed_ns;
	struct event *ev;
#if !LVN_EVENT_IS_WIDE
	timer_sequence filed_sequence; /* kept in the event where there is space */
#endif
};

struct timer_block {
	void *memory;             /* as allocated */
	struct timer_slot *slots; /* aligned to a cache line */
};

/*
 * Invariants:
 *   1. slots ROOT to end - 1 are used, and the event in slot i has position i
 *   2. the filed key of a slot is not after those of its children
 *   3. the filed key of a slot is not after the key of its event; the event is stale if
 *      they differ
 *   4. end is not beyond the slots in all blocks
 */
struct timer_heap {
	struct timer_block *blocks;
	size_t block_count;
	size_t blocks_allocated;
	size_t end;
};

void lvn_timer_heap_init(struct timer_heap *heap);
/* Forgets all events; frees all memory. */
void lvn_timer_heap_clear(struct timer_heap *heap);

/* Files `ev`, which is in no heap and no queue, under its key.  Returns 0 or -ENOMEM. */
int lvn_timer_heap_push(struct timer_heap *heap, struct event *ev);

/* Files `ev`, which is in the heap, under the key that it has now.  Needs no memory. */
void lvn_timer_heap_update(struct timer_heap *heap, struct event *ev);

void lvn_timer_heap_remove(struct timer_heap *heap, struct event *ev);

LVN_HOT_INLINE struct timer_slot *
lvn_timer_heap_slot(const struct timer_heap *heap, size_t at)
{
	return &heap->blocks[at / LVN_TIMER_HEAP_BLOCK].slots[at % LVN_TIMER_HEAP_BLOCK];
}

/* Of an event in the heap. */
LVN_HOT_INLINE int64_t
lvn_timer_heap_filed_ns(const struct timer_heap *heap, const struct event *ev)
{
	return lvn_timer_heap_slot(heap, lvn_timer_position(ev))->filed_ns;
}

/* The slot with the earliest filed key, or NULL.  Its event may be stale. */
LVN_HOT_INLINE const struct timer_slot *
lvn_timer_heap_first(const struct timer_heap *heap)
{
	if (heap->end == LVN_TIMER_HEAP_ROOT)
		return NULL;
	return &heap->blocks[0].slots[LVN_TIMER_HEAP_ROOT];
}

LVN_HOT_INLINE timer_sequence
lvn_timer_slot_sequence(const struct timer_slot *slot)
{
#if LVN_EVENT_IS_WIDE
	return lvn_timer_word(slot->ev, 1);
#else
	return slot->filed_sequence;
#endif
}

LVN_HOT_INLINE bool
lvn_timer_slot_is_stale(const struct timer_slot *slot)
{
	return slot->filed_ns != lvn_event_deadline(slot->ev) ||
	       lvn_timer_slot_sequence(slot) != lvn_timer_sequence(slot->ev);
}

#endif
