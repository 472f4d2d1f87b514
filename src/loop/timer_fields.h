/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the timers keep in the fields of `struct event` between add and remove.
 *
 *                    pointers of 64 bits               pointers of 32 bits
 *   ev_timeout       deadline, sequence                deadline
 *   ev_timeout_pos   in a tree: slot + 1, filed_ns     slot + 1, sequence
 *                    in a queue: next, previous        (no queues)
 *
 * filed_ns is where the event stands; it is never later than the deadline.  It differs
 * from the deadline when the deadline was pushed out after filing, and such an event is
 * called stale.  Without room for it, the two are always the same.
 */
#ifndef LVN_LOOP_TIMER_FIELDS_H
#define LVN_LOOP_TIMER_FIELDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "loop/event_fields.h"

/*
 * Grows with every add and move, and breaks ties of deadlines.  It may wrap around:
 * of two events that wait together, the one less than half the range ahead is the later.
 */
typedef uintptr_t timer_sequence;

LVN_HOT_INLINE bool
lvn_timer_sequence_before(timer_sequence left, timer_sequence right)
{
	return (intptr_t)(left - right) < 0;
}

LVN_HOT_INLINE uintptr_t
lvn_timer_word(const struct event *ev, unsigned at)
{
	uintptr_t word;

	memcpy(&word, (const char *)&ev->ev_timeout_pos + at * sizeof(word), sizeof(word));
	return word;
}

LVN_HOT_INLINE void
lvn_timer_set_word(struct event *ev, unsigned at, uintptr_t word)
{
	memcpy((char *)&ev->ev_timeout_pos + at * sizeof(word), &word, sizeof(word));
}

#if LVN_EVENT_IS_WIDE

LVN_HOT_INLINE timer_sequence
lvn_timer_sequence(const struct event *ev)
{
	return lvn_event_sequence(ev);
}

LVN_HOT_INLINE void
lvn_timer_set_sequence(struct event *ev, timer_sequence sequence)
{
	lvn_event_set_sequence(ev, sequence);
}

LVN_HOT_INLINE int64_t
lvn_timer_filed_ns(const struct event *ev)
{
	return (int64_t)lvn_timer_word(ev, 1);
}

LVN_HOT_INLINE void
lvn_timer_set_filed_ns(struct event *ev, int64_t filed_ns)
{
	lvn_timer_set_word(ev, 1, (uintptr_t)filed_ns);
}

#else

LVN_HOT_INLINE timer_sequence
lvn_timer_sequence(const struct event *ev)
{
	return lvn_timer_word(ev, 1);
}

LVN_HOT_INLINE void
lvn_timer_set_sequence(struct event *ev, timer_sequence sequence)
{
	lvn_timer_set_word(ev, 1, sequence);
}

LVN_HOT_INLINE int64_t
lvn_timer_filed_ns(const struct event *ev)
{
	return lvn_event_deadline(ev);
}

LVN_HOT_INLINE void
lvn_timer_set_filed_ns(struct event *ev, int64_t filed_ns)
{
	lvn_event_set_deadline(ev, filed_ns);
}

#endif

LVN_HOT_INLINE bool
lvn_timer_is_stale(const struct event *ev)
{
	return lvn_timer_filed_ns(ev) != lvn_event_deadline(ev);
}

/* A queue's links are addresses of events, which are even. */
LVN_HOT_INLINE bool
lvn_timer_is_in_queue(const struct event *ev)
{
	return !(lvn_timer_word(ev, 0) & 1);
}

/* The pointer to the event that taking it out must clear; NULL for an event in the front. */
LVN_HOT_INLINE struct event **
lvn_timer_slot(const struct event *ev)
{
	return (struct event **)(lvn_timer_word(ev, 0) - 1);
}

LVN_HOT_INLINE void
lvn_timer_set_slot(struct event *ev, struct event **slot)
{
	lvn_timer_set_word(ev, 0, (uintptr_t)slot + 1);
}

LVN_HOT_INLINE struct event *
lvn_timer_link_next(const struct event *ev)
{
	return (struct event *)lvn_timer_word(ev, 0);
}

LVN_HOT_INLINE struct event *
lvn_timer_link_previous(const struct event *ev)
{
	return (struct event *)lvn_timer_word(ev, 1);
}

LVN_HOT_INLINE void
lvn_timer_set_links(struct event *previous, struct event *next)
{
	lvn_timer_set_word(previous, 0, (uintptr_t)next);
	lvn_timer_set_word(next, 1, (uintptr_t)previous);
}

/* The order of the timers: by deadline, then by adding. */
struct timer_key {
	int64_t filed_ns;
	timer_sequence sequence;
};

LVN_HOT_INLINE bool
lvn_timer_before(struct timer_key left, struct timer_key right)
{
	if (left.filed_ns != right.filed_ns)
		return left.filed_ns < right.filed_ns;
	return lvn_timer_sequence_before(left.sequence, right.sequence);
}

/* Where the event belongs, which is where it stands unless it is stale. */
LVN_HOT_INLINE struct timer_key
lvn_timer_key(const struct event *ev)
{
	return (struct timer_key){lvn_event_deadline(ev), lvn_timer_sequence(ev)};
}

/*
 * Fetches what the timers change in an event that will be wanted soon.  Stores that have to
 * wait for memory do so one after the other; what was fetched before is fetched together.
 */
LVN_HOT_INLINE void
lvn_timer_prefetch(const struct event *ev)
{
	LVN_PREFETCH_WRITE(&ev->ev_timeout_pos);
	LVN_PREFETCH(&ev->ev_timeout);
}

#endif
