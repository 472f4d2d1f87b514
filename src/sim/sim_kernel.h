/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heart of a simulated world: its time, what is going to happen, chance, and the
 * memory that never counts as the program's.
 *
 * Knows nothing about what the descriptors of its table do, nor about the loop that waits.
 */
#ifndef LVN_SIM_SIM_KERNEL_H
#define LVN_SIM_SIM_KERNEL_H

#include <levin/sim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/sim_event_queue.h"
#include "sim/sim_list.h"
#include "sim/sim_random.h"
#include "sim/sim_trace.h"

struct io_world;
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
 *   1. nothing of the queue is due before now_ns, between two calls from outside
 *   2. now_ns never decreases
 */
struct levin_sim {
	struct levin_sim_options options; /* with the defaults filled in */
	struct sim_event_queue events;
	struct sim_trace trace;
	struct sim_files files;
	struct sim_random network_random;
	struct sim_random order_random;
	struct sim_random memory_random;
	struct sim_random program_random;
	struct sim_random bytes_random; /* what programs draw for ports and secrets */
	int64_t now_ns;
	int64_t wall_offset_ns; /* wall clock minus monotonic clock */
	uint64_t ports_taken;   /* ephemeral ones, so far */
	unsigned fail_every;
	unsigned fail_permille;
	uint64_t allocations_seen;
	unsigned in_kernel;          /* above 0 while the simulation takes memory for itself */
	bool call_has_run;           /* a call from levin_sim_at, since a wait last looked */
	int first_fd;                /* the descriptor with number 0 */
	struct sim_list pollers;     /* struct sim_poller */
	struct sim_list connections; /* struct sim_connection */
	struct sim_list names;       /* struct sim_name, bound */
	struct sim_list datagrams;   /* struct sim_datagram, in flight */
	struct sim_list routes;      /* struct sim_route */
	struct sim_list texts;       /* struct sim_text */
};

/* A simulation is what base/io.h calls a world. */
static inline struct io_world *
lvn_sim_kernel_world(struct levin_sim *sim)
{
	return (struct io_world *)(void *)sim;
}

static inline struct levin_sim *
lvn_sim_kernel_of_world(struct io_world *world)
{
	return (struct levin_sim *)(void *)world;
}

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
 * Schedule a event at an instant, or now if that has passed.  Returns 0 or -ENOMEM.
 * Cannot fail for the first event that another event schedules.
 */
int lvn_sim_kernel_schedule(
    struct levin_sim *sim, int64_t at_ns, sim_event_fn *run, void *target, uint64_t value);

/* Schedule a call from outside; it sets call_has_run.  Returns 0 or -ENOMEM. */
int lvn_sim_kernel_schedule_call(
    struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg);

/* Forgets everything scheduled, frees the queue. */
void lvn_sim_kernel_clear_events(struct levin_sim *sim);

/*
 * Moves time to the next instant at which something happens, and lets all of it happen
 * that is scheduled by then.  False, and nothing has moved, if nothing happens until limit_ns.
 */
bool lvn_sim_kernel_run_instant(struct levin_sim *sim, int64_t limit_ns);

/* Moves time to to_ns; what is due until then happens in its order. */
void lvn_sim_kernel_advance(struct levin_sim *sim, int64_t to_ns);

static inline void
lvn_sim_kernel_note(struct levin_sim *sim, enum sim_trace_kind kind, int descriptor, int64_t value)
{
	lvn_sim_trace_note(&sim->trace, sim->now_ns, kind, descriptor, value);
}

#endif
