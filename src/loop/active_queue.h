/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks that wait to be run: a queue for each priority, and one of those that wait
 * for the next turn.  Owns the array of queues, never a callback.
 */
#ifndef LVN_LOOP_ACTIVE_QUEUE_H
#define LVN_LOOP_ACTIVE_QUEUE_H

#include <event2/event_struct.h>
#include <stddef.h>

#include "base/compiler.h"

struct callback_queue {
	struct event_callback *first;
	struct event_callback **last; /* the link that the next one goes into */
};

/*
 * Invariants:
 *   1. count >= 1; queues has that many
 *   2. queues before `first` are empty; first < count
 */
struct active_queues {
	struct callback_queue *queues;
	int count;
	int first;
	struct callback_queue later;
};

/* 0 or -ENOMEM.  Replaces the queues of an earlier call, which must be empty. */
int lvn_active_queue_set_count(struct active_queues *active, int count);
void lvn_active_queue_clear(struct active_queues *active);

LVN_HOT_INLINE void
lvn_callback_queue_init(struct callback_queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

LVN_HOT_INLINE void
lvn_callback_queue_append(struct callback_queue *queue, struct event_callback *callback)
{
	callback->evcb_active_next.tqe_next = NULL;
	callback->evcb_active_next.tqe_prev = queue->last;
	*queue->last = callback;
	queue->last = &callback->evcb_active_next.tqe_next;
}

LVN_HOT_INLINE void
lvn_callback_queue_remove(struct callback_queue *queue, struct event_callback *callback)
{
	struct event_callback *next = callback->evcb_active_next.tqe_next;

	if (next)
		next->evcb_active_next.tqe_prev = callback->evcb_active_next.tqe_prev;
	else
		queue->last = callback->evcb_active_next.tqe_prev;
	*callback->evcb_active_next.tqe_prev = next;
}

/* The queue must not be empty. */
LVN_HOT_INLINE struct event_callback *
lvn_callback_queue_take(struct callback_queue *queue)
{
	struct event_callback *callback = queue->first;
	struct event_callback *next = callback->evcb_active_next.tqe_next;

	queue->first = next;
	if (next)
		next->evcb_active_next.tqe_prev = &queue->first;
	else
		queue->last = &queue->first;
	return callback;
}

/* The queue of a priority; one beyond the last counts as the last. */
LVN_HOT_INLINE struct callback_queue *
lvn_active_queue_of(struct active_queues *active, const struct event_callback *callback)
{
	int priority = callback->evcb_pri;

	return &active->queues[priority < active->count ? priority : active->count - 1];
}

LVN_HOT_INLINE void
lvn_active_queue_append(struct active_queues *active, struct event_callback *callback)
{
	lvn_callback_queue_append(lvn_active_queue_of(active, callback), callback);
	if (callback->evcb_pri < active->first)
		active->first = callback->evcb_pri;
}

#endif
