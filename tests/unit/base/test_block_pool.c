/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/block_pool.h"

#include <pthread.h>
#include <stdlib.h>

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
	ck_assert(lvn_block_pool_is_empty());
	lvn_block_put(new_block(0), 0);
	lvn_block_put(new_block(7), 7);
	ck_assert_int_eq(lvn_block_pool_is_empty(), LVN_ADDRESS_SANITIZER);

	lvn_block_pool_clear();

	ck_assert(lvn_block_pool_is_empty());
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

/* The end of a thread as it is seen when all others have heard of it. */
static struct {
	pthread_key_t key;
	int rounds;
	void *kept;
} end;

static void
look_for_what_is_left(void *unused)
{
	if (++end.rounds == 1)
		(void)pthread_setspecific(end.key, unused);
	else
		end.kept = lvn_block_take(7);
}

static void *
put_and_end(void *unused)
{
	lvn_block_put(new_block(7), 7);
	ck_assert_int_eq(pthread_setspecific(end.key, &end), 0);
	return unused;
}

START_TEST(a_thread_that_ends_leaves_nothing_behind)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_key_create(&end.key, look_for_what_is_left), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_and_end, NULL), 0);
	pthread_join(thread, NULL);

	ck_assert_int_eq(end.rounds, 2);
	ck_assert_ptr_null(end.kept);
	ck_assert_int_eq(pthread_key_delete(end.key), 0);
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
