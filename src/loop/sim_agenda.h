/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is going to happen in a simulated world: calls ordered by instant, those of
 * one instant in the order in which they were arranged.
 *
 * Owns its array, never a target.  Knows nothing about clocks or descriptors.
 */
#ifndef LVN_LOOP_SIM_AGENDA_H
#define LVN_LOOP_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct levin_sim;

typedef void sim_happen_fn(struct levin_sim *sim, void *target, uint64_t value);

struct sim_happening {
	int64_t at_ns;
	uint64_t sequence; /* given by lvn_sim_agenda_push */
	sim_happen_fn *happen;
	void *target;
	uint64_t value;
};

/*
 * Invariants, for all i < count:
 *   1. i > 0  =>  slots[(i - 1) / 2] does not come after slots[i]
 *   2. slots[i].sequence < next_sequence, and no two are equal
 *   3. count <= capacity
 */
struct sim_agenda {
	struct sim_happening *slots;
	size_t count;
	size_t capacity;
	uint64_t next_sequence;
};

/* Frees the array; what was arranged never happens. */
void lvn_sim_agenda_clear(struct sim_agenda *agenda);

/* Room for one more.  Returns 0, or -ENOMEM and leaves the agenda as it was. */
int lvn_sim_agenda_reserve(struct sim_agenda *agenda);

/*
 * There must be room: lvn_sim_agenda_reserve has succeeded since the last push, or a
 * happening has been popped since then.
 */
void lvn_sim_agenda_push(struct sim_agenda *agenda, struct sim_happening happening);

/* The first one, or NULL.  Valid until the agenda changes. */
const struct sim_happening *lvn_sim_agenda_first(const struct sim_agenda *agenda);

/* Removes and answers the first.  The agenda must not be empty. */
struct sim_happening lvn_sim_agenda_pop(struct sim_agenda *agenda);

#endif
