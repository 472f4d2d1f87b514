/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_event_queue.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "sim/sim_random.h"
#include "support/suite.h"

static void
push(struct sim_event_queue *queue, int64_t at_ns, uint64_t value)
{
	ck_assert_int_eq(lvn_sim_event_queue_reserve(queue), 0);
	lvn_sim_event_queue_push(queue, (struct sim_event){.at_ns = at_ns, .value = value});
}

TEST(sim_event_queue__an_empty_agenda_has_no_first)
{
	struct sim_event_queue queue = {0};

	ck_assert_ptr_null(lvn_sim_event_queue_first(&queue));
	lvn_sim_event_queue_clear(&queue);
}

TEST(sim_event_queue__what_is_arranged_comes_out_by_instant)
{
	struct sim_event_queue queue = {0};
	struct sim_random random;
	int64_t previous_ns = INT64_MIN;

	lvn_sim_random_init(&random, 11);
	for (int i = 0; i < 1000; i++)
		push(&queue, lvn_sim_random_between(&random, -50, 5000), 0);

	ck_assert_uint_eq(queue.count, 1000);
	for (int i = 0; i < 1000; i++) {
		int64_t first_ns = lvn_sim_event_queue_first(&queue)->at_ns;
		struct sim_event popped = lvn_sim_event_queue_pop(&queue);

		ck_assert_int_eq(popped.at_ns, first_ns);
		ck_assert_int_ge(popped.at_ns, previous_ns);
		previous_ns = popped.at_ns;
	}
	ck_assert_ptr_null(lvn_sim_event_queue_first(&queue));
	lvn_sim_event_queue_clear(&queue);
}

TEST(sim_event_queue__what_is_arranged_for_one_instant_comes_out_in_order_of_arranging)
{
	struct sim_event_queue queue = {0};

	for (uint64_t i = 0; i < 300; i++)
		push(&queue, (int64_t)(i % 3), i);

	for (uint64_t instant = 0; instant < 3; instant++) {
		for (uint64_t i = 0; i < 100; i++)
			ck_assert_uint_eq(lvn_sim_event_queue_pop(&queue).value, 3 * i + instant);
	}
	lvn_sim_event_queue_clear(&queue);
}

static void *
no_memory(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST(sim_event_queue__short_memory_leaves_the_agenda_as_it_was)
{
	struct sim_event_queue queue = {0};
	int added = 0;

	push(&queue, 7, 7);
	lvn_memory_set_functions(NULL, no_memory, NULL);
	for (; lvn_sim_event_queue_reserve(&queue) == 0; added++)
		lvn_sim_event_queue_push(&queue, (struct sim_event){.at_ns = 8});

	ck_assert_int_eq(lvn_sim_event_queue_reserve(&queue), -ENOMEM);
	ck_assert_uint_eq(queue.count, (size_t)added + 1);
	ck_assert_uint_eq(lvn_sim_event_queue_pop(&queue).value, 7);
	ck_assert_int_eq(lvn_sim_event_queue_reserve(&queue), 0);
	lvn_sim_event_queue_clear(&queue);
}
