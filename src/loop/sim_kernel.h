/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heart of a simulated kernel: its time, what is going to happen, chance, and the
 * memory that never counts as the program's.
 *
 * Knows nothing about what the descriptors of its table do, nor about who waits.
 */
#ifndef LVN_LOOP_SIM_KERNEL_H
#define LVN_LOOP_SIM_KERNEL_H

#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop/sim_agenda.h"
#include "loop/sim_link.h"
#include "loop/sim_random.h"
#include "loop/sim_trace.h"

struct sim_file;

#define SIM_START_NS      (INT64_C(1000) * INT64_C(1000000000))
#define SIM_WALL_START_NS (INT64_C(1600000000) * INT64_C(1000000000))

/* The most descriptors of one simulation; the numbers of the next one begin after them. */
#define SIM_DESCRIPTOR_COUNT 65536

/*
 * Descriptors by number, counted from 0.
 *
 * Invariants:
 *   1. slots[i] is NULL for every number i < capacity that is free
 *   2. no number below lowest_free is free
 *   3. open_count is the number of slots that are not NULL
 */
struct sim_files {
	struct sim_file **slots;
	size_t capacity;
	size_t lowest_free;
	size_t open_count;
};

/*
 * Each kind of choice draws from a sequence of its own, so that one more draw of one
 * kind leaves the others as they were.
 *
 * Invariants:
 *   1. nothing of the agenda is due before now_ns, between two calls from outside
 *   2. now_ns never decreases
 */
struct levin_sim {
	struct levin_sim_options options; /* with the defaults filled in */
	struct sim_agenda agenda;
	struct sim_trace trace;
	struct sim_files files;
	struct sim_random network_random;
	struct sim_random order_random;
	struct sim_random memory_random;
	struct sim_random program_random;
	int64_t now_ns;
	int64_t wall_offset_ns; /* wall clock minus monotonic clock */
	uint64_t connections_made;
	unsigned fail_every;
	unsigned fail_permille;
	uint64_t allocations_seen;
	unsigned in_kernel;          /* above 0 while the simulation takes memory for itself */
	bool call_has_run;           /* a call from levin_sim_at, since a wait last looked */
	int first_fd;                /* the descriptor with number 0 */
	struct sim_link pollers;     /* struct sim_poller */
	struct sim_link connections; /* struct sim_connection */
	struct sim_link listeners;   /* struct sim_listener */
};

/* 0, or -EINVAL and nothing has changed.  NULL is a calm world. */
int lvn_sim_kernel_set_options(struct levin_sim *sim, const struct levin_sim_options *options);

/* The options must have been set before. */
void lvn_sim_kernel_init(struct levin_sim *sim, uint64_t seed, int first_fd);

/* Zeroed.  Memory of the simulation does not fail by lvn_sim_kernel_should_fail. */
void *lvn_sim_kernel_alloc(struct levin_sim *sim, size_t size);
void *lvn_sim_kernel_realloc(struct levin_sim *sim, void *block, size_t size);

/* Whether the allocation that is being made fails: for lvn_memory_set_fault. */
bool lvn_sim_kernel_should_fail(void *sim);

/*
 * Arrange a happening at an instant, or now if that has passed.  Returns 0 or -ENOMEM.
 * Cannot fail for the first happening that another happening arranges.
 */
int lvn_sim_kernel_arrange(
    struct levin_sim *sim, int64_t at_ns, sim_happen_fn *happen, void *target, uint64_t value);

/* Arrange a call from outside; it sets call_has_run.  Returns 0 or -ENOMEM. */
int lvn_sim_kernel_arrange_call(
    struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg);

/* Forgets everything arranged, frees the agenda. */
void lvn_sim_kernel_forget_agenda(struct levin_sim *sim);

/*
 * Moves time to the next instant at which something happens, and lets all of it happen
 * that is arranged by then.  False, and nothing has moved, if nothing happens until limit_ns.
 */
bool lvn_sim_kernel_run_instant(struct levin_sim *sim, int64_t limit_ns);

/* Moves time to to_ns; what is due until then happens in its order. */
void lvn_sim_kernel_advance(struct levin_sim *sim, int64_t to_ns);

/* How long the next thing sent is on its way. */
int64_t lvn_sim_kernel_draw_latency(struct levin_sim *sim);

static inline void
lvn_sim_kernel_note(struct levin_sim *sim, enum sim_trace_kind kind, int descriptor, int64_t value)
{
	lvn_sim_trace_note(&sim->trace, sim->now_ns, kind, descriptor, value);
}

#endif
