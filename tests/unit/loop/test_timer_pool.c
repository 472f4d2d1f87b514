/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_pool.h"

#include <errno.h>

#include "unit/loop/timer_kit.h"

static struct timer_pool pool;

static void
set_up(void)
{
	lvn_timer_pool_init(&pool, 64);
}

static void
tear_down(void)
{
	lvn_memory_set_fault(NULL, NULL);
	lvn_timer_pool_clear(&pool);
}

START_TEST(what_was_put_is_taken_again)
{
	void *block;

	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 1), 0);
	block = lvn_timer_pool_take(&pool);
	ck_assert_uint_eq(pool.spare, 0);
	lvn_timer_pool_put(&pool, block);

	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 1), 0);
	ck_assert_ptr_eq(lvn_timer_pool_take(&pool), block);
	lvn_timer_pool_put(&pool, block);
}
END_TEST

START_TEST(what_was_got_before_memory_ended_is_kept)
{
	struct failing_allocations failing = {.passing = 3};

	lvn_memory_set_fault(fails_after_some, &failing);
	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 5), -ENOMEM);

	ck_assert_uint_eq(pool.spare, 3);
	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 3), 0);
	ck_assert_uint_eq(failing.asked, 4);
}
END_TEST

START_TEST(a_trim_frees_only_what_was_not_used_since_the_last)
{
	void *blocks[90];

	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 100), 0);
	lvn_timer_pool_trim(&pool);
	ck_assert_uint_eq(pool.spare, 100);
	for (int i = 0; i < 90; i++)
		blocks[i] = lvn_timer_pool_take(&pool);
	for (int i = 0; i < 90; i++)
		lvn_timer_pool_put(&pool, blocks[i]);

	lvn_timer_pool_trim(&pool);
	ck_assert_uint_ge(pool.spare, 98);
	for (int i = 0; i < 20; i++)
		lvn_timer_pool_trim(&pool);

	ck_assert_uint_gt(pool.spare, 0);
	ck_assert_uint_le(pool.spare, 8);
}
END_TEST

START_TEST(a_trim_does_not_take_long)
{
	ck_assert_int_eq(lvn_timer_pool_reserve(&pool, 5000), 0);
	lvn_timer_pool_trim(&pool);

	lvn_timer_pool_trim(&pool);

	ck_assert_uint_lt(pool.spare, 5000);
	ck_assert_uint_ge(pool.spare, 4500);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_pool");
	TCase *cases = tcase_create("pool");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, what_was_put_is_taken_again);
	tcase_add_test(cases, what_was_got_before_memory_ended_is_kept);
	tcase_add_test(cases, a_trim_frees_only_what_was_not_used_since_the_last);
	tcase_add_test(cases, a_trim_does_not_take_long);
	suite_add_tcase(suite, cases);
	return suite;
}
