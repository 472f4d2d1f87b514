/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_kernel.h"

#include <errno.h>

#include "base/memory.h"
#include "support/suite.h"

static struct levin_sim sim;

struct log {
	uint64_t values[16];
	int64_t instants_ns[16];
	size_t count;
};

static void
log_value(struct levin_sim *world, void *target, uint64_t value)
{
	struct log *log = target;

	log->instants_ns[log->count] = world->now_ns - SIM_START_NS;
	log->values[log->count++] = value;
}

static void
schedule(int64_t delay_ns, struct log *log, uint64_t value)
{
	ck_assert_int_eq(
	    lvn_sim_kernel_schedule(&sim, SIM_START_NS + delay_ns, log_value, log, value), 0);
}

static void
set_up(void)
{
	sim = (struct levin_sim){0};
	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, NULL), 0);
	lvn_sim_kernel_init(&sim, 1, 0);
}

static void
tear_down(void)
{
	lvn_sim_kernel_clear_events(&sim);
}

TEST_FIXTURE(set_up, tear_down);

TEST_RANGE(sim_kernel__options_out_of_range_are_refused_and_change_nothing, 0, 14)
{
	static const struct levin_sim_options bad[] = {
	    {.latency_min_ns = -1},
	    {.latency_min_ns = 2, .latency_max_ns = 1},
	    {.lateness_max_ns = -1},
	    {.capacity = SIZE_MAX},
	    {.descriptor_limit = SIM_DESCRIPTOR_COUNT + 1},
	    {.short_read_permille = 1001},
	    {.short_write_permille = 1001},
	    {.spurious_eagain_permille = 1000},
	    {.reset_permille = 1001},
	    {.refuse_permille = 1001},
	    {.reorder_permille = 1001},
	    {.hold_back_permille = 1001},
	    {.early_return_permille = 1000},
	    {.reserved = {0, 1}},
	};

	ck_assert_int_eq(lvn_sim_kernel_set_options(&sim, &bad[_i]), -EINVAL);

	ck_assert_uint_eq(sim.options.capacity, 65536);
	ck_assert_uint_eq(sim.options.descriptor_limit, SIM_DESCRIPTOR_COUNT);
}

TEST(sim_kernel__an_instant_happens_when_time_comes_to_it)
{
	struct log log = {0};

	schedule(10, &log, 1);
	ck_assert(!lvn_sim_kernel_run_instant(&sim, SIM_START_NS + 9));
	ck_assert_int_eq(sim.now_ns, SIM_START_NS);

	ck_assert(lvn_sim_kernel_run_instant(&sim, SIM_START_NS + 10));

	ck_assert_uint_eq(log.count, 1);
	ck_assert_int_eq(sim.now_ns, SIM_START_NS + 10);
}

TEST(sim_kernel__one_instant_at_a_time_happens)
{
	struct log log = {0};

	schedule(10, &log, 1);
	schedule(11, &log, 2);
	schedule(10, &log, 3);

	ck_assert(lvn_sim_kernel_run_instant(&sim, INT64_MAX));

	ck_assert_uint_eq(log.count, 2);
	ck_assert_uint_eq(log.values[1], 3);
	ck_assert_int_eq(sim.now_ns, SIM_START_NS + 10);
}

TEST(sim_kernel__advancing_lets_everything_happen_at_its_instant)
{
	struct log log = {0};

	schedule(30, &log, 3);
	schedule(10, &log, 1);
	schedule(20, &log, 2);
	schedule(41, &log, 4);

	lvn_sim_kernel_advance(&sim, SIM_START_NS + 40);

	ck_assert_uint_eq(log.count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(log.values[i], i + 1);
		ck_assert_int_eq(log.instants_ns[i], 10 * ((int64_t)i + 1));
	}
	ck_assert_int_eq(sim.now_ns, SIM_START_NS + 40);
}

TEST(sim_kernel__what_is_arranged_for_the_past_happens_now)
{
	struct log log = {0};

	lvn_sim_kernel_advance(&sim, SIM_START_NS + 100);
	schedule(50, &log, 1);

	ck_assert(lvn_sim_kernel_run_instant(&sim, sim.now_ns));

	ck_assert_int_eq(log.instants_ns[0], 100);
}

static void
arrange_again(struct levin_sim *world, void *target, uint64_t value)
{
	int *count = target;

	(void)value;
	++*count;
	ck_assert_int_eq(
	    lvn_sim_kernel_schedule(world, world->now_ns, arrange_again, target, 0), 0);
}

TEST(sim_kernel__what_arranges_itself_anew_does_not_stop_the_world)
{
	int count = 0;

	lvn_sim_kernel_schedule(&sim, 0, arrange_again, &count, 0);

	ck_assert(lvn_sim_kernel_run_instant(&sim, sim.now_ns));

	ck_assert_int_eq(count, 1);
}

static void
count_call(void *arg)
{
	++*(int *)arg;
}

TEST(sim_kernel__calls_run_after_their_delay)
{
	int count = 0;

	ck_assert_int_eq(lvn_sim_kernel_schedule_call(&sim, 5, count_call, &count), 0);
	ck_assert_int_eq(lvn_sim_kernel_schedule_call(&sim, -5, count_call, &count), 0);
	ck_assert_int_eq(lvn_sim_kernel_schedule_call(&sim, 50, count_call, &count), 0);

	lvn_sim_kernel_advance(&sim, SIM_START_NS + 5);

	ck_assert_int_eq(count, 2);
	ck_assert(sim.call_has_run);
}

static int
failures_of(unsigned allocations)
{
	int failures = 0;

	for (unsigned i = 0; i < allocations; i++) {
		void *block = lvn_alloc(1);

		failures += !block;
		lvn_free(block);
	}
	return failures;
}

TEST(sim_kernel__every_nth_allocation_fails)
{
	sim.fail_every = 4;
	lvn_memory_set_fault(lvn_sim_kernel_should_fail, &sim);

	ck_assert_int_eq(failures_of(40), 10);
}

TEST(sim_kernel__allocations_fail_by_chance)
{
	int failures;

	sim.fail_permille = 250;
	lvn_memory_set_fault(lvn_sim_kernel_should_fail, &sim);
	failures = failures_of(1000);

	ck_assert_int_gt(failures, 200);
	ck_assert_int_lt(failures, 300);
}

TEST(sim_kernel__the_memory_of_the_simulation_does_not_fail)
{
	struct log log = {0};
	void *block;

	sim.fail_every = 1;
	lvn_memory_set_fault(lvn_sim_kernel_should_fail, &sim);

	block = lvn_sim_kernel_alloc(&sim, 10);
	ck_assert_ptr_nonnull(block);
	lvn_free(block);
	schedule(1, &log, 1);
	ck_assert_ptr_null(lvn_alloc(10));
}

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_more_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST(sim_kernel__short_memory_refuses_what_would_be_arranged)
{
	struct log log = {0};

	lvn_memory_set_functions(no_memory, no_more_memory, NULL);

	ck_assert_int_eq(lvn_sim_kernel_schedule(&sim, 0, log_value, &log, 0), -ENOMEM);
	ck_assert_int_eq(lvn_sim_kernel_schedule_call(&sim, 0, count_call, NULL), -ENOMEM);
}
