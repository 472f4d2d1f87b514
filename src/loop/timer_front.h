/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The earliest timers, sorted: what is popped next is at `begin`.
 *
 * Adding and removing move the shorter side of the array by one place.
 */
#ifndef LVN_LOOP_TIMER_FRONT_H
#define LVN_LOOP_TIMER_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_run.h"

#define LVN_TIMER_FRONT_CAPACITY 128

/*
 * Invariants:
 *   1. begin <= end <= LVN_TIMER_FRONT_CAPACITY
 *   2. entries[begin..end) rise in filed_ns; those not stale rise in (filed_ns, sequence)
 *   3. filed_ns of an entry and of its event are the same; the event's slot is NULL
 */
struct timer_front {
	unsigned begin;
	unsigned end;
	struct timer_entry entries[LVN_TIMER_FRONT_CAPACITY];
};

LVN_HOT_INLINE unsigned
lvn_timer_front_count(const struct timer_front *front)
{
	return front->end - front->begin;
}

LVN_HOT_INLINE bool
lvn_timer_front_is_full(const struct timer_front *front)
{
	return lvn_timer_front_count(front) == LVN_TIMER_FRONT_CAPACITY;
}

/* The front must not be empty. */
LVN_HOT_INLINE const struct timer_entry *
lvn_timer_front_first(const struct timer_front *front)
{
	return &front->entries[front->begin];
}

LVN_HOT_INLINE void
lvn_timer_front_drop_first(struct timer_front *front)
{
	front->begin++;
}

/* Files `ev` under its deadline.  The front must not be full. */
void lvn_timer_front_insert(struct timer_front *front, struct event *ev);

/* `ev` must be in the front. */
void lvn_timer_front_remove(struct timer_front *front, struct event *ev);

/* Replaces an empty front by events that are not stale.  Sorts `entries` and spoils `spare`. */
void lvn_timer_front_fill(struct timer_front *front, struct timer_entry *entries,
    struct timer_entry *spare, size_t count);

#endif
