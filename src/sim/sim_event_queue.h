/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is going to happen in a simulated world: calls ordered by instant, those of
 * one instant in the order in which they were scheduled.
 *
 * Owns its array, never a target.  Knows nothing about clocks or descriptors.
 */
#ifndef LVN_SIM_SIM_EVENT_QUEUE_H
#define LVN_SIM_SIM_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct levin_sim;

typedef void sim_event_fn(struct levin_sim *sim, void *target, uint64_t value);

struct sim_event {
	int64_t at_ns;
	uint64_t sequence; /* set by lvn_sim_event_queue_push */
	sim_event_fn *run;
	void *target;
	uint64_t value;
};

/*
 * Invariants, for all i < count:
 *   1. i > 0  =>  slots[(i - 1) / 2] does not come after slots[i]
 *   2. slots[i].sequence < next_sequence, and no two are equal
 *   3. count <= capacity
 */
struct sim_event_queue {
	struct sim_event *slots;
	size_t count;
	size_t capacity;
	uint64_t next_sequence;
};

/* Frees the array; what was scheduled never happens. */
void lvn_sim_event_queue_clear(struct sim_event_queue *queue);

/* Room for one more.  Returns 0, or -ENOMEM and leaves the queue as it was. */
int lvn_sim_event_queue_reserve(struct sim_event_queue *queue);

/*
 * There must be space: lvn_sim_event_queue_reserve has succeeded since the last push, or a
 * event has been popped since then.
 */
void lvn_sim_event_queue_push(struct sim_event_queue *queue, struct sim_event event);

/* The first one, or NULL.  Valid until the queue changes. */
const struct sim_event *lvn_sim_event_queue_first(const struct sim_event_queue *queue);

/* Removes and returns the first.  The queue must not be empty. */
struct sim_event lvn_sim_event_queue_pop(struct sim_event_queue *queue);

#endif
