/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of one duration: a list in the events' own links, sorted by deadline.
 *
 * Adding needs no memory and removing no knowledge of the queue.
 */
#ifndef LVN_LOOP_TIMER_QUEUE_H
#define LVN_LOOP_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_fields.h"

/*
 * Invariants:
 *   1. the links make a ring through `ring`, which is no timer
 *   2. the pairs of deadline and sequence rise from ring's next to ring's previous
 */
struct timer_queue {
	struct event ring;
	int64_t span_ns; /* the duration that is kept here */
	unsigned at;     /* for the owner of the queue */
};

void lvn_timer_queue_init(struct timer_queue *queue, int64_t span_ns);

/* NULL when empty. */
LVN_HOT_INLINE struct event *
lvn_timer_queue_first(const struct timer_queue *queue)
{
	struct event *first = lvn_timer_link_next(&queue->ring);

	return first == &queue->ring ? NULL : first;
}

/* Puts `ev` at the end.  False, and nothing has changed, if it belongs before the last. */
LVN_HOT_INLINE bool
lvn_timer_queue_append(struct timer_queue *queue, struct event *ev)
{
	struct event *last = lvn_timer_link_previous(&queue->ring);

	if (last != &queue->ring && lvn_timer_before(lvn_timer_key(ev), lvn_timer_key(last)))
		return false;
	lvn_timer_set_links(ev, &queue->ring);
	lvn_timer_set_links(last, ev);
	return true;
}

/*
 * Puts `ev` where its deadline and sequence say, if that is at most `steps` from the end.
 */
bool lvn_timer_queue_insert(struct timer_queue *queue, struct event *ev, size_t steps);

/* `ev` must be in a queue; whichever that is. */
LVN_HOT_INLINE void
lvn_timer_queue_remove(struct event *ev)
{
	struct event *previous = lvn_timer_link_previous(ev);
	struct event *next = lvn_timer_link_next(ev);

	LVN_PREFETCH_WRITE(&previous->ev_timeout_pos);
	LVN_PREFETCH_WRITE(&next->ev_timeout_pos);
	lvn_timer_set_links(previous, next);
}

int lvn_timer_queue_each(
    const struct timer_queue *queue, int (*visit)(struct event *ev, void *context), void *context);

#endif
