/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"
#include "loop/backend.h"
#include "support/suite.h"

static void *
no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_memory_again(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

TEST(ready_list__without_memory_takes_nothing)
{
	struct ready_list list = {0};

	ck_assert(!lvn_ready_list_append(&list, 3, 0, 2));

	ck_assert_uint_eq(list.count, 0);
	lvn_ready_list_clear(&list);
}

TEST(ready_list__what_was_appended_stands_in_order)
{
	struct ready_list list = {0};

	ck_assert_int_eq(lvn_ready_list_reserve(&list, 2), 0);

	ck_assert(lvn_ready_list_append(&list, 3, 7, 2));
	ck_assert(lvn_ready_list_append(&list, 4, 8, 4));
	ck_assert(!lvn_ready_list_append(&list, 5, 9, 2));

	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(list.slots[0].fd, 3);
	ck_assert_uint_eq(list.slots[0].stamp, 7);
	ck_assert_int_eq(list.slots[1].fd, 4);
	ck_assert_int_eq(list.slots[1].what, 4);
	lvn_ready_list_clear(&list);
}

TEST(ready_list__reserving_less_than_there_is_changes_nothing)
{
	struct ready_list list = {0};
	struct ready_fd *slots;

	ck_assert_int_eq(lvn_ready_list_reserve(&list, 8), 0);
	slots = list.slots;

	ck_assert_int_eq(lvn_ready_list_reserve(&list, 4), 0);

	ck_assert_uint_eq(list.capacity, 8);
	ck_assert_ptr_eq(list.slots, slots);
	lvn_ready_list_clear(&list);
}

TEST(ready_list__list_keeps_its_slots_when_memory_is_short)
{
	struct ready_list list = {0};

	ck_assert_int_eq(lvn_ready_list_reserve(&list, 1), 0);
	ck_assert(lvn_ready_list_append(&list, 3, 0, 2));
	lvn_memory_set_functions(no_memory, no_memory_again, free);

	ck_assert_int_eq(lvn_ready_list_reserve(&list, 100), -ENOMEM);
	ck_assert_int_eq(lvn_ready_list_reserve(&list, SIZE_MAX), -ENOMEM);

	ck_assert_uint_eq(list.capacity, 1);
	ck_assert_int_eq(list.slots[0].fd, 3);
	lvn_ready_list_clear(&list);
}
