/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queues for the durations that are used again and again, and which of them is due first.
 *
 * A duration gets a queue when it is seen for the second time in a row at its place in a
 * small table.  A queue that is empty may be given to another duration.
 */
#ifndef LVN_LOOP_TIMER_SPANS_H
#define LVN_LOOP_TIMER_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/timer_queue.h"

#define LVN_TIMER_SPAN_SLOTS 64

struct timer_span_slot {
	int64_t span_ns;           /* seen last, or the queue's */
	struct timer_queue *queue; /* NULL until a span came twice */
	bool is_kept;              /* never given to another span */
};

/* A queue, and a key that is not after that of its first event. */
struct timer_head {
	struct timer_key key;
	struct timer_queue *queue;
};

/*
 * Invariants:
 *   1. heads is a binary heap; heads[i].queue->at == i + 1; at is 0 for queues not in it
 *   2. every queue with events is in the heap, under a pair that is not after its head's
 *   3. `rest` holds any durations
 *   4. has_queues if a slot has a queue
 */
struct timer_spans {
	unsigned head_count;
	bool has_queues;
	struct timer_head heads[LVN_TIMER_SPAN_SLOTS + 1];
	struct timer_queue rest;
	struct timer_span_slot slots[LVN_TIMER_SPAN_SLOTS];
};

void lvn_timer_spans_init(struct timer_spans *spans);
void lvn_timer_spans_clear(struct timer_spans *spans);

/*
 * Files `ev` in the queue of the span.  False, and nothing has changed, if there is none
 * or `ev` does not belong near its end.
 */
bool lvn_timer_spans_insert(struct timer_spans *spans, struct event *ev, int64_t span_ns);

/* Files `ev` in any case.  The time it takes grows with the events that were filed so. */
void lvn_timer_spans_insert_rest(struct timer_spans *spans, struct event *ev);

/* Opens a queue for the span and keeps it, if its place is free.  0 or -ENOMEM. */
int lvn_timer_spans_expect(struct timer_spans *spans, int64_t span_ns);

/* The first event of all queues, or NULL. */
struct event *lvn_timer_spans_first(struct timer_spans *spans);

int lvn_timer_spans_each(
    const struct timer_spans *spans, int (*visit)(struct event *ev, void *context), void *context);

#endif
