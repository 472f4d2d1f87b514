/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the timers keep in the fields of `struct event` between add and remove.
 *
 *                    pointers of 64 bits                    pointers of 32 bits
 *   ev_timeout       deadline, sequence                     deadline
 *   ev_timeout_pos   in the heap: position, filed sequence  position, sequence
 *                    in a queue: next, previous             (no queues)
 *
 * Deadline and sequence are the event's key.  The heap orders an event by the key under
 * which it was filed, which is not after the event's key: it differs while a later deadline
 * has only been stored in the event.
 */
#ifndef LVN_LOOP_TIMERS_TIMER_FIELDS_H
#define LVN_LOOP_TIMERS_TIMER_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "loop/event_fields.h"

/*
 * Grows with every add and move, and breaks ties of deadlines.  It may wrap around:
 * of two events that wait together, the one less than half the range ahead is the later.
 */
typedef uintptr_t timer_sequence;

/* The order of the timers: by deadline, then by adding. */
struct timer_key {
	int64_t deadline_ns;
	timer_sequence sequence;
};

LVN_HOT_INLINE bool
lvn_timer_sequence_before(timer_sequence left, timer_sequence right)
{
	return (intptr_t)(left - right) < 0;
}

LVN_HOT_INLINE bool
lvn_timer_key_before(struct timer_key left, struct timer_key right)
{
	if (left.deadline_ns != right.deadline_ns)
		return left.deadline_ns < right.deadline_ns;
	return lvn_timer_sequence_before(left.sequence, right.sequence);
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

/* Where in an event its sequence is. */
#define LVN_TIMER_SEQUENCE_AT                                       \
	(LVN_EVENT_IS_WIDE ? offsetof(struct event, ev_timeout) + 8 \
			   : offsetof(struct event, ev_timeout_pos) + sizeof(timer_sequence))

LVN_HOT_INLINE timer_sequence
lvn_timer_sequence(const struct event *ev)
{
	timer_sequence sequence;

	memcpy(&sequence, (const char *)ev + LVN_TIMER_SEQUENCE_AT, sizeof(sequence));
	return sequence;
}

LVN_HOT_INLINE struct timer_key
lvn_timer_key(const struct event *ev)
{
	return (struct timer_key){lvn_event_deadline(ev), lvn_timer_sequence(ev)};
}

LVN_HOT_INLINE void
lvn_timer_set_key(struct event *ev, struct timer_key key)
{
	lvn_event_set_deadline(ev, key.deadline_ns);
	memcpy((char *)ev + LVN_TIMER_SEQUENCE_AT, &key.sequence, sizeof(key.sequence));
}

/* Links of a queue are addresses of events, which are even; positions are stored as odd. */
LVN_HOT_INLINE bool
lvn_timer_is_in_queue(const struct event *ev)
{
	return LVN_EVENT_IS_WIDE && !(lvn_timer_word(ev, 0) & 1);
}

LVN_HOT_INLINE size_t
lvn_timer_position(const struct event *ev)
{
	return lvn_timer_word(ev, 0) >> 1;
}

LVN_HOT_INLINE void
lvn_timer_set_position(struct event *ev, size_t at)
{
	lvn_timer_set_word(ev, 0, at << 1 | 1);
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

/* Takes an event out of its queue, whichever that is. */
LVN_HOT_INLINE void
lvn_timer_unlink(struct event *ev)
{
	struct event *previous = lvn_timer_link_previous(ev);
	struct event *next = lvn_timer_link_next(ev);

	LVN_PREFETCH_WRITE(&previous->ev_timeout_pos);
	LVN_PREFETCH_WRITE(&next->ev_timeout_pos);
	lvn_timer_set_links(previous, next);
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
