/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the timers share: events, a seeded generator, allocations that fail,
 * and checks of the invariants.
 */
#ifndef LEVIN_TESTS_TIMER_KIT_H
#define LEVIN_TESTS_TIMER_KIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "loop/timers/timers.h"
#include "support/suite.h"

/* As ck_assert, which takes a system call each time: too expensive for frequent checks. */
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

static inline void
set_key(struct event *ev, int64_t deadline_ns, timer_sequence sequence)
{
	lvn_timer_set_key(ev, (struct timer_key){deadline_ns, sequence});
}

static inline size_t
events_in_heap(const struct timer_heap *heap)
{
	return heap->end - LVN_TIMER_HEAP_ROOT;
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

/* What lvn_memory_set_functions(counting_alloc, counting_realloc, counting_free) counts. */
static struct {
	size_t blocks;
	size_t largest;
} counted;

static inline void *
counting_alloc(size_t size)
{
	counted.blocks++;
	if (size > counted.largest)
		counted.largest = size;
	return malloc(size);
}

static inline void *
counting_realloc(void *block, size_t size)
{
	counted.blocks += block == NULL;
	return realloc(block, size);
}

static inline void
counting_free(void *block)
{
	counted.blocks -= block != NULL;
	free(block);
}

static inline struct timer_key
filed_key(const struct timer_slot *slot)
{
	return (struct timer_key){slot->filed_ns, lvn_timer_slot_sequence(slot)};
}

static inline void
check_heap(const struct timer_heap *heap)
{
	HOLDS(heap->end >= LVN_TIMER_HEAP_ROOT);
	HOLDS(heap->end <= heap->block_count * LVN_TIMER_HEAP_BLOCK || heap->block_count == 0);
	for (size_t at = LVN_TIMER_HEAP_ROOT; at < heap->end; at++) {
		const struct timer_slot *slot = lvn_timer_heap_slot(heap, at);
		size_t parent = at / 4 + 2;

		HOLDS(!lvn_timer_is_in_queue(slot->ev));
		HOLDS(lvn_timer_position(slot->ev) == at);
		HOLDS(!lvn_timer_key_before(lvn_timer_key(slot->ev), filed_key(slot)));
		if (at > LVN_TIMER_HEAP_ROOT)
			HOLDS(!lvn_timer_key_before(
			    filed_key(slot), filed_key(lvn_timer_heap_slot(heap, parent))));
	}
}

static inline void
check_queue(const struct timer_queue *queue)
{
	const struct event *ev = &queue->ring;
	const struct event *first = lvn_timer_link_next(ev);

	HOLDS(queue->is_filed || first == ev);
	if (first != ev)
		HOLDS(!lvn_timer_key_before(lvn_timer_key(first), lvn_timer_key(&queue->handle)));
	do {
		const struct event *next = lvn_timer_link_next(ev);

		HOLDS(lvn_timer_link_previous(next) == ev);
		if (ev != &queue->ring && next != &queue->ring)
			HOLDS(lvn_timer_key_before(lvn_timer_key(ev), lvn_timer_key(next)));
		ev = next;
	} while (ev != &queue->ring);
}

static inline void
check_timers(const struct timers *timers)
{
	size_t handles = 0;

	check_heap(&timers->heap);
	for (size_t at = LVN_TIMER_HEAP_ROOT; at < timers->heap.end; at++)
		handles += lvn_timer_heap_slot(&timers->heap, at)->ev->ev_evcallback.evcb_closure ==
			   CLOSURE_NONE;
	for (size_t i = 0; i < LVN_TIMER_QUEUES; i++) {
		const struct timer_queue *queue = timers->durations[i].queue;

		if (queue) {
			check_queue(queue);
			handles -= queue->is_filed;
		}
	}
	HOLDS(handles == 0);
}

#endif
