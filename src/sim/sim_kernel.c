/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_kernel.h"

#include <errno.h>

#include "base/clock.h"
#include "base/memory.h"

#define DEFAULT_CAPACITY 65536
#define ALWAYS           1000
#define ALMOST_ALWAYS    999

/* A call from outside, owned by its event. */
struct sim_call {
	void (*call)(void *arg);
	void *arg;
};

static bool
chances_are_legal(const struct levin_sim_options *options)
{
	return options->short_read_permille <= ALWAYS && options->short_write_permille <= ALWAYS &&
	       options->spurious_eagain_permille <= ALMOST_ALWAYS &&
	       options->reset_permille <= ALWAYS && options->refuse_permille <= ALWAYS &&
	       options->reorder_permille <= ALWAYS && options->hold_back_permille <= ALWAYS &&
	       options->early_return_permille <= ALMOST_ALWAYS;
}

static bool
options_are_legal(const struct levin_sim_options *options)
{
	for (size_t i = 0; i < LVN_COUNT_OF(options->reserved); i++) {
		if (options->reserved[i])
			return false;
	}
	return options->latency_min_ns >= 0 && options->latency_max_ns >= options->latency_min_ns &&
	       options->lateness_max_ns >= 0 && options->descriptor_limit <= SIM_DESCRIPTOR_COUNT &&
	       options->capacity <= SIZE_MAX / 4 && chances_are_legal(options);
}

int
lvn_sim_kernel_set_options(struct levin_sim *sim, const struct levin_sim_options *options)
{
	struct levin_sim_options chosen = {0};

	if (options)
		chosen = *options;
	if (!options_are_legal(&chosen))
		return -EINVAL;
	if (chosen.capacity == 0)
		chosen.capacity = DEFAULT_CAPACITY;
	if (chosen.descriptor_limit == 0)
		chosen.descriptor_limit = SIM_DESCRIPTOR_COUNT;
	sim->options = chosen;
	return 0;
}

void
lvn_sim_kernel_init(struct levin_sim *sim, uint64_t seed, int first_fd)
{
	struct sim_random seeds;

	lvn_sim_random_init(&seeds, seed);
	lvn_sim_random_init(&sim->network_random, lvn_sim_random_next(&seeds));
	lvn_sim_random_init(&sim->order_random, lvn_sim_random_next(&seeds));
	lvn_sim_random_init(&sim->memory_random, lvn_sim_random_next(&seeds));
	lvn_sim_random_init(&sim->program_random, lvn_sim_random_next(&seeds));
	lvn_sim_random_init(&sim->bytes_random, lvn_sim_random_next(&seeds));
	lvn_sim_trace_init(&sim->trace, seed);
	sim->now_ns = SIM_START_NS;
	sim->wall_offset_ns = SIM_WALL_START_NS - SIM_START_NS;
	sim->first_fd = first_fd;
	lvn_sim_list_init(&sim->pollers);
	lvn_sim_list_init(&sim->connections);
	lvn_sim_list_init(&sim->names);
	lvn_sim_list_init(&sim->datagrams);
	lvn_sim_list_init(&sim->routes);
	lvn_sim_list_init(&sim->texts);
}

void *
lvn_sim_kernel_alloc(struct levin_sim *sim, size_t size)
{
	void *block;

	sim->in_kernel++;
	block = lvn_calloc(1, size);
	sim->in_kernel--;
	return block;
}

void *
lvn_sim_kernel_realloc(struct levin_sim *sim, void *block, size_t size)
{
	sim->in_kernel++;
	block = lvn_realloc(block, size);
	sim->in_kernel--;
	return block;
}

bool
lvn_sim_kernel_should_fail(void *context)
{
	struct levin_sim *sim = context;
	bool fails;

	if (sim->in_kernel)
		return false;
	sim->allocations_seen++;
	fails = (sim->fail_every && sim->allocations_seen % sim->fail_every == 0) ||
		lvn_sim_random_chance(&sim->memory_random, sim->fail_permille);
	if (fails)
		lvn_sim_kernel_note(sim, SIM_TRACE_NO_MEMORY, -1, (int64_t)sim->allocations_seen);
	return fails;
}

int
lvn_sim_kernel_schedule(
    struct levin_sim *sim, int64_t at_ns, sim_event_fn *run, void *target, uint64_t value)
{
	int rc;

	sim->in_kernel++;
	rc = lvn_sim_event_queue_reserve(&sim->events);
	sim->in_kernel--;
	if (rc < 0)
		return rc;
	lvn_sim_event_queue_push(
	    &sim->events, (struct sim_event){
			      .at_ns = at_ns > sim->now_ns ? at_ns : sim->now_ns,
			      .run = run,
			      .target = target,
			      .value = value,
			  });
	return 0;
}

static void
run_call(struct levin_sim *sim, void *target, uint64_t value)
{
	struct sim_call call = *(struct sim_call *)target;

	lvn_free(target);
	lvn_sim_kernel_note(sim, SIM_TRACE_CALL, -1, (int64_t)value);
	sim->call_has_run = true;
	call.call(call.arg);
}

int
lvn_sim_kernel_schedule_call(
    struct levin_sim *sim, int64_t delay_ns, void (*call)(void *arg), void *arg)
{
	struct sim_call *scheduled = lvn_sim_kernel_alloc(sim, sizeof(*scheduled));
	int rc;

	if (!scheduled)
		return -ENOMEM;
	*scheduled = (struct sim_call){call, arg};
	rc = lvn_sim_kernel_schedule(
	    sim, lvn_ns_add(sim->now_ns, delay_ns > 0 ? delay_ns : 0), run_call, scheduled, 0);
	if (rc < 0)
		lvn_free(scheduled);
	return rc;
}

void
lvn_sim_kernel_clear_events(struct levin_sim *sim)
{
	for (size_t i = 0; i < sim->events.count; i++) {
		if (sim->events.slots[i].run == run_call)
			lvn_free(sim->events.slots[i].target);
	}
	lvn_sim_event_queue_clear(&sim->events);
}

bool
lvn_sim_kernel_run_instant(struct levin_sim *sim, int64_t limit_ns)
{
	const struct sim_event *first = lvn_sim_event_queue_first(&sim->events);
	/* What is scheduled from now on waits for the next instant: a call may schedule itself anew. */
	uint64_t end = sim->events.next_sequence;

	if (!first || first->at_ns > limit_ns)
		return false;
	if (first->at_ns > sim->now_ns)
		sim->now_ns = first->at_ns;
	do {
		struct sim_event due = lvn_sim_event_queue_pop(&sim->events);

		due.run(sim, due.target, due.value);
		first = lvn_sim_event_queue_first(&sim->events);
	} while (first && first->at_ns <= sim->now_ns && first->sequence < end);
	return true;
}

void
lvn_sim_kernel_advance(struct levin_sim *sim, int64_t to_ns)
{
	while (lvn_sim_kernel_run_instant(sim, to_ns))
		continue;
	if (sim->now_ns < to_ns)
		sim->now_ns = to_ns;
}
