/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "loop/active_queue.h"
#include "support/suite.h"

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

TEST(active_queue__callbacks_leave_a_queue_in_the_order_in_which_they_came)
{
	struct callback_queue queue;
	struct event_callback callbacks[3];

	lvn_callback_queue_init(&queue);
	for (int i = 0; i < 3; i++)
		lvn_callback_queue_append(&queue, &callbacks[i]);

	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(lvn_callback_queue_take(&queue), &callbacks[i]);
		lvn_callback_queue_append(&queue, &callbacks[i]);
	}
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_eq(lvn_callback_queue_take(&queue), &callbacks[i]);
	ck_assert_ptr_null(queue.first);
	lvn_callback_queue_append(&queue, &callbacks[1]);
	ck_assert_ptr_eq(queue.first, &callbacks[1]);
}

TEST(active_queue__any_callback_may_be_taken_out)
{
	for (int out = 0; out < 3; out++) {
		struct callback_queue queue;
		struct event_callback callbacks[4];

		lvn_callback_queue_init(&queue);
		for (int i = 0; i < 3; i++)
			lvn_callback_queue_append(&queue, &callbacks[i]);

		lvn_callback_queue_remove(&queue, &callbacks[out]);
		lvn_callback_queue_append(&queue, &callbacks[3]);

		for (int i = 0; i < 4; i++)
			if (i != out)
				ck_assert_ptr_eq(lvn_callback_queue_take(&queue), &callbacks[i]);
		ck_assert_ptr_null(queue.first);
	}
}

TEST(active_queue__callback_goes_to_the_queue_of_its_priority)
{
	struct active_queues active = {0};
	struct event_callback urgent = {.evcb_pri = 0}, middle = {.evcb_pri = 2};
	struct event_callback beyond = {.evcb_pri = 200};

	ck_assert_int_eq(lvn_active_queue_set_count(&active, 5), 0);
	active.first = 4;

	lvn_active_queue_append(&active, &beyond);
	ck_assert_int_eq(active.first, 4);
	ck_assert_ptr_eq(active.queues[4].first, &beyond);
	lvn_active_queue_append(&active, &middle);
	ck_assert_int_eq(active.first, 2);
	lvn_active_queue_append(&active, &urgent);
	ck_assert_int_eq(active.first, 0);
	ck_assert_ptr_eq(active.queues[0].first, &urgent);
	ck_assert_ptr_eq(active.queues[2].first, &middle);
	lvn_active_queue_clear(&active);
	ck_assert_ptr_null(active.queues);
}

TEST(active_queue__without_memory_the_queues_stay)
{
	struct active_queues active = {0};

	ck_assert_int_eq(lvn_active_queue_set_count(&active, 3), 0);
	lvn_memory_set_functions(no_memory, NULL, NULL);

	ck_assert_int_eq(lvn_active_queue_set_count(&active, 7), -ENOMEM);

	ck_assert_int_eq(active.count, 3);
	lvn_memory_set_functions(NULL, NULL, NULL);
	ck_assert_int_eq(lvn_active_queue_set_count(&active, 7), 0);
	ck_assert_int_eq(active.count, 7);
	ck_assert_int_eq(active.first, 0);
	lvn_active_queue_clear(&active);
}
