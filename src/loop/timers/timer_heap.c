/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timers/timer_heap.h"

#include <errno.h>

#include "base/memory.h"

#define ROOT       LVN_TIMER_HEAP_ROOT
#define BLOCK      LVN_TIMER_HEAP_BLOCK
#define CACHE_LINE 64

void
lvn_timer_heap_init(struct timer_heap *heap)
{
	*heap = (struct timer_heap){.end = ROOT};
}

void
lvn_timer_heap_clear(struct timer_heap *heap)
{
	for (size_t i = 0; i < heap->block_count; i++)
		lvn_free(heap->blocks[i].memory);
	lvn_free(heap->blocks);
	lvn_timer_heap_init(heap);
}

/* ---- memory ---- */

/* Space for one block more.  Returns 0 or -ENOMEM. */
static int
grow(struct timer_heap *heap)
{
	void *memory;

	if (heap->block_count == heap->blocks_allocated) {
		size_t count = heap->blocks_allocated ? heap->blocks_allocated * 2 : 4;
		struct timer_block *blocks = lvn_realloc(heap->blocks, count * sizeof(*blocks));

		if (!blocks)
			return -ENOMEM;
		heap->blocks = blocks;
		heap->blocks_allocated = count;
	}
	memory = lvn_alloc(BLOCK * sizeof(struct timer_slot) + CACHE_LINE);
	if (!memory)
		return -ENOMEM;
	heap->blocks[heap->block_count++] = (struct timer_block){
	    .memory = memory,
	    .slots = (void *)(((uintptr_t)memory + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1)),
	};
	return 0;
}

/* One empty block is kept for events that come and go. */
static void
free_spare_block(struct timer_heap *heap)
{
	if (heap->block_count >= 3 && heap->end <= (heap->block_count - 2) * BLOCK)
		lvn_free(heap->blocks[--heap->block_count].memory);
}

/* ---- order ---- */

static struct timer_slot *
slot_at(const struct timer_heap *heap, size_t at)
{
	return lvn_timer_heap_slot(heap, at);
}

static size_t
parent_of(size_t at)
{
	return at / 4 + 2;
}

static size_t
first_child_of(size_t at)
{
	return at * 4 - 8;
}

LVN_HOT_INLINE bool
slot_before(const struct timer_slot *left, const struct timer_slot *right)
{
	if (LVN_LIKELY(left->filed_ns != right->filed_ns))
		return left->filed_ns < right->filed_ns;
	return lvn_timer_sequence_before(
	    lvn_timer_slot_sequence(left), lvn_timer_slot_sequence(right));
}

LVN_HOT_INLINE void
put(struct timer_heap *heap, size_t at, struct timer_slot slot)
{
	*slot_at(heap, at) = slot;
	lvn_timer_set_position(slot.ev, at);
}

/* Puts `slot` at `at` or further up. */
static void
lift(struct timer_heap *heap, size_t at, struct timer_slot slot)
{
	while (at > ROOT) {
		struct timer_slot *parent = slot_at(heap, parent_of(at));

		if (!slot_before(&slot, parent))
			break;
		put(heap, at, *parent);
		at = parent_of(at);
	}
	put(heap, at, slot);
}

/* The earliest of the four slots from `first` on, or of those of them that are used. */
LVN_HOT_INLINE size_t
earliest_child(const struct timer_heap *heap, size_t first)
{
	const struct timer_slot *slots = slot_at(heap, first);
	size_t count = heap->end - first < 4 ? heap->end - first : 4;
	size_t best = 0;

	for (size_t i = 1; i < count; i++)
		best = slot_before(&slots[i], &slots[best]) ? i : best;
	return first + best;
}

/* Puts `slot` at `at` or further down. */
static void
sink(struct timer_heap *heap, size_t at, struct timer_slot slot)
{
	for (;;) {
		size_t child = first_child_of(at);

		if (child >= heap->end)
			break;
		child = earliest_child(heap, child);
		if (!slot_before(slot_at(heap, child), &slot))
			break;
		put(heap, at, *slot_at(heap, child));
		at = child;
	}
	put(heap, at, slot);
}

static void
place(struct timer_heap *heap, size_t at, struct timer_slot slot)
{
	if (at > ROOT && slot_before(&slot, slot_at(heap, parent_of(at))))
		lift(heap, at, slot);
	else
		sink(heap, at, slot);
}

/* A slot for `ev` under its key. */
static struct timer_slot
slot_for(struct event *ev)
{
	struct timer_slot slot = {.filed_ns = lvn_event_deadline(ev), .ev = ev};

#if LVN_EVENT_IS_WIDE
	lvn_timer_set_word(ev, 1, lvn_timer_sequence(ev));
#else
	slot.filed_sequence = lvn_timer_sequence(ev);
#endif
	return slot;
}

int
lvn_timer_heap_push(struct timer_heap *heap, struct event *ev)
{
	if (heap->end >= heap->block_count * BLOCK) {
		int rc = grow(heap);

		if (rc < 0)
			return rc;
	}
	heap->end++;
	lift(heap, heap->end - 1, slot_for(ev));
	return 0;
}

void
lvn_timer_heap_update(struct timer_heap *heap, struct event *ev)
{
	place(heap, lvn_timer_position(ev), slot_for(ev));
}

void
lvn_timer_heap_remove(struct timer_heap *heap, struct event *ev)
{
	size_t at = lvn_timer_position(ev);
	size_t last = --heap->end;

	if (at != last)
		place(heap, at, *slot_at(heap, last));
	if (last % BLOCK == 0)
		free_spare_block(heap);
}
