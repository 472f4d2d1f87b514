/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/block_pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/platform.h"
#include "support/suite.h"

static void *
new_block(unsigned slot)
{
	void *block = lvn_alloc(LVN_BLOCK_MIN << slot);

	ck_assert_ptr_nonnull(block);
	return block;
}

START_TEST(a_slot_has_the_smallest_blocks_that_are_large_enough)
{
	ck_assert_uint_eq(lvn_block_slot(1), 0);
	ck_assert_uint_eq(lvn_block_slot(1024), 0);
	ck_assert_uint_eq(lvn_block_slot(1025), 1);
	ck_assert_uint_eq(lvn_block_slot(LVN_BLOCK_MAX), LVN_BLOCK_SLOTS - 1);
}
END_TEST

START_TEST(what_was_put_last_is_taken_first)
{
	void *one = new_block(2), *other = new_block(2);

	ck_assert_ptr_null(lvn_block_take(2));
	lvn_block_put(one, 2);
	lvn_block_put(other, 2);
	if (LVN_ADDRESS_SANITIZER) {
		ck_assert_ptr_null(lvn_block_take(2));
		return;
	}
	ck_assert_ptr_null(lvn_block_take(3));
	ck_assert_ptr_eq(lvn_block_take(2), other);
	ck_assert_ptr_eq(lvn_block_take(2), one);
	ck_assert_ptr_null(lvn_block_take(2));
	lvn_free(one);
	lvn_free(other);
}
END_TEST

START_TEST(no_more_than_a_few_are_kept)
{
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++) {
		size_t kept = 0;
		void *block;

		for (int i = 0; i < 100; i++)
			lvn_block_put(new_block(slot), slot);
		while ((block = lvn_block_take(slot)) != NULL) {
			kept += LVN_BLOCK_MIN << slot;
			lvn_free(block);
		}
		ck_assert_uint_le(kept, 131072);
	}
}
END_TEST

START_TEST(clearing_gives_all_back)
{
	lvn_block_put(new_block(0), 0);
	lvn_block_put(new_block(7), 7);

	lvn_block_pool_clear();

	ck_assert_ptr_null(lvn_block_take(0));
	ck_assert_ptr_null(lvn_block_take(7));
	lvn_block_put(new_block(0), 0);
	lvn_block_pool_clear();
}
END_TEST

static bool
always(void *unused)
{
	(void)unused;
	return true;
}

START_TEST(nothing_is_kept_where_allocations_are_made_to_fail)
{
	void *block = new_block(0);

	lvn_block_put(new_block(0), 0);
	lvn_memory_set_fault(always, NULL);
	lvn_block_put(block, 0);
	ck_assert_ptr_null(lvn_block_take(0));
	lvn_memory_set_fault(NULL, NULL);

	lvn_block_pool_clear();
	ck_assert_ptr_null(lvn_block_take(0));
}
END_TEST

static long
resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long all = 0, resident = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld", &all, &resident), 2);
	fclose(file);
	return resident;
}

static void *
put_and_end(void *unused)
{
	(void)unused;
	lvn_block_put(memset(new_block(7), 1, LVN_BLOCK_MAX), 7);
	return NULL;
}

/* A hundred times 128 KiB would be seen. */
START_TEST(a_thread_that_ends_leaves_nothing_behind)
{
	long before = resident_pages();

	/* Sanitizers hold freed memory back. */
	if (LVN_ADDRESS_SANITIZER || LVN_THREAD_SANITIZER)
		return;
	for (int i = 0; i < 100; i++) {
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, put_and_end, NULL), 0);
		pthread_join(thread, NULL);
	}

	ck_assert_int_lt(resident_pages() - before, 50 * 32);
}
END_TEST

static void *
take_memory(size_t size)
{
	return malloc(size);
}

START_TEST(nothing_is_kept_of_the_applications_memory)
{
	lvn_memory_set_functions(take_memory, realloc, free);
	lvn_block_put(new_block(0), 0);

	ck_assert_ptr_null(lvn_block_take(0));
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("block_pool");
	TCase *cases = tcase_create("block_pool");

	tcase_add_test(cases, a_slot_has_the_smallest_blocks_that_are_large_enough);
	tcase_add_test(cases, what_was_put_last_is_taken_first);
	tcase_add_test(cases, no_more_than_a_few_are_kept);
	tcase_add_test(cases, clearing_gives_all_back);
	tcase_add_test(cases, nothing_is_kept_where_allocations_are_made_to_fail);
	tcase_add_test(cases, a_thread_that_ends_leaves_nothing_behind);
	tcase_add_test(cases, nothing_is_kept_of_the_applications_memory);
	suite_add_tcase(suite, cases);
	return suite;
}
