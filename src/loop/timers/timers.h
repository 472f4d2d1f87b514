/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events ordered by deadline, ties in order of adding.
 *
 * Owns its memory, never an event.  It uses ev_timeout_pos and ev_timeout of an event
 * between add and remove, and knows nothing about clocks, flags or callbacks.
 *
 * Events of a duration in frequent use are in a queue, all others in a heap.  Time goes
 * forwards, so that an event belongs at the end of its queue: adding, removing and the next
 * one take constant time.  A queue is a ring in the events' own links, and a handle in the
 * heap stands for its first event.
 *
 * A duration gets a queue when it is seen for the second time in a row at its place in a
 * small table.  A queue that is empty may be given to another duration.
 */
#ifndef LVN_LOOP_TIMERS_TIMERS_H
#define LVN_LOOP_TIMERS_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timers/timer_heap.h"

#define LVN_TIMER_QUEUES 64 /* durations that can have one at a time */

/*
 * Invariants:
 *   1. the links make a ring through `ring`, which is no timer
 *   2. the events' keys rise from ring's next to ring's previous
 *   3. is_filed if `handle` is in the heap, and it is unless the ring is empty
 *   4. the handle's key is not after that of the first event
 */
struct timer_queue {
	struct event ring;
	struct event handle; /* CLOSURE_NONE: never called */
	int64_t duration_ns;
	bool is_filed;
};

/* A place of the table. */
struct timer_duration {
	int64_t duration_ns;       /* the last one that had no queue here */
	struct timer_queue *queue; /* NULL until a duration came twice */
};

/*
 * Invariants:
 *   1. each event is in the heap or in one queue; `count` is their sum
 *   2. an event of the heap may be stale: a later deadline was stored in it and nothing
 *      else done; it is filed anew when its old time has come
 *   3. no event has a sequence after last_sequence
 */
struct timers {
	timer_sequence last_sequence;
	size_t count;
	unsigned refiles_left; /* before a call must return */
	struct timer_heap heap;
	struct timer_duration durations[LVN_TIMER_QUEUES];
};

/*
 * Where the table has a duration.  The factor was chosen by trying many: round durations from
 * a millisecond to a day have places of their own.
 */
LVN_HOT_INLINE size_t
lvn_timers_place(int64_t duration_ns)
{
	return (size_t)((uint64_t)duration_ns * UINT64_C(0xcd7d2d75ac00e399) >> 58) %
	       LVN_TIMER_QUEUES;
}

void lvn_timers_init(struct timers *timers);
/* Forgets all events; frees all memory. */
void lvn_timers_clear(struct timers *timers);

/*
 * File `ev`, which must not be in the timers, under `deadline_ns`.  `duration_ns` is what
 * led to the deadline: events of one duration are cheapest.
 * Returns 0, or -ENOMEM and leaves everything as it was.
 */
int lvn_timers_add(
    struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns);

/* As lvn_timers_move, of an event in a queue. */
int lvn_timers_move_from_queue(
    struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns);

/*
 * The same as adding for an event that is in the timers: the deadline is replaced; counts as
 * added now.  Fails only if the event was in a queue, and then leaves everything as it was.
 */
LVN_HOT_INLINE int
lvn_timers_move(struct timers *timers, struct event *ev, int64_t deadline_ns, int64_t duration_ns)
{
	bool is_later = deadline_ns >= lvn_event_deadline(ev);

	if (lvn_timer_is_in_queue(ev))
		return lvn_timers_move_from_queue(timers, ev, deadline_ns, duration_ns);
	lvn_timer_set_key(ev, (struct timer_key){deadline_ns, ++timers->last_sequence});
	/* Where it stands is not too late: it is filed anew when its old time comes. */
	if (!is_later && deadline_ns < lvn_timer_heap_filed_ns(&timers->heap, ev))
		lvn_timer_heap_update(&timers->heap, ev);
	return 0;
}

/* `ev` must be in the timers. */
LVN_HOT_INLINE void
lvn_timers_remove(struct timers *timers, struct event *ev)
{
	if (lvn_timer_is_in_queue(ev))
		lvn_timer_unlink(ev);
	else
		lvn_timer_heap_remove(&timers->heap, ev);
	timers->count--;
}

/*
 * The earliest deadline.  False if there is none.
 *
 * So that no turn takes long, this and the calls of lvn_timers_pop that follow file a few
 * hundred stale events anew at most.  If that was not enough, the result may be too early, but
 * not too late: it is when to ask again.
 */
bool lvn_timers_next(struct timers *timers, int64_t *deadline_ns_out);

/*
 * Removes and returns the first event with deadline <= now_ns, or NULL.  NULL may also
 * mean that the limit above was reached; lvn_timers_next then yields at most now_ns.
 */
struct event *lvn_timers_pop(struct timers *timers, int64_t now_ns);

/* Calls visit for each event, in no order, until it returns non-zero; returns that. */
int lvn_timers_each(
    struct timers *timers, int (*visit)(struct event *ev, void *context), void *context);

LVN_HOT_INLINE size_t
lvn_timers_count(const struct timers *timers)
{
	return timers->count;
}

#endif
