/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_branch.h"

#include "unit/loop/timer_kit.h"

static struct timer_branch branch;
static struct timer_branch other;
static struct timer_node children[LVN_TIMER_BRANCH_CAPACITY];

static void
set_up(void)
{
	lvn_timer_branch_init(&branch);
	lvn_timer_branch_init(&other);
}

/* Children 0, 1, ... with the separators (10, 1), (20, 1), ... */
static void
fill(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct timer_key separator = {10 * (int64_t)i + 10, 1};

		lvn_timer_branch_insert(&branch, i, &children[i], separator);
	}
}

static unsigned
find(int64_t filed_ns, timer_sequence sequence)
{
	unsigned at = lvn_timer_branch_find(&branch, filed_ns);

	return lvn_timer_branch_step_back(&branch, at, (struct timer_key){filed_ns, sequence});
}

START_TEST(each_key_finds_its_child)
{
	unsigned count = 1 + (unsigned)_i * 15;

	fill(count);

	for (unsigned i = 0; i < count; i++) {
		HOLDS(find(10 * (int64_t)i + 10, 1) == i);
		HOLDS(find(10 * (int64_t)i + 10, 2) == i);
		HOLDS(find(10 * (int64_t)i + 19, 0) == i);
		HOLDS(find(10 * (int64_t)i + 10, 0) == (i > 0 ? i - 1 : 0));
	}
	ck_assert_uint_eq(find(INT64_MIN, 0), 0);
	ck_assert_uint_eq(find(INT64_MAX, 0), count - 1);
}
END_TEST

START_TEST(equal_keys_are_told_apart_by_sequence)
{
	for (unsigned i = 0; i < 100; i++)
		lvn_timer_branch_insert(
		    &branch, i, &children[i], (struct timer_key){7, 10 + 10 * i});

	for (unsigned i = 0; i < 100; i++) {
		HOLDS(find(7, 10 + 10 * i) == i);
		HOLDS(find(7, 19 + 10 * i) == i);
	}
	ck_assert_uint_eq(find(7, 9), 0);
	ck_assert_uint_eq(find(6, 5000), 0);
	ck_assert_uint_eq(find(8, 0), 99);
}
END_TEST

START_TEST(the_last_deadline_of_all_can_be_a_separator)
{
	fill(2);
	lvn_timer_branch_insert(&branch, 2, &children[2], (struct timer_key){INT64_MAX, 50});

	ck_assert_uint_eq(find(INT64_MAX, 49), 1);
	ck_assert_uint_eq(find(INT64_MAX, 50), 2);
	ck_assert_uint_eq(find(INT64_MAX - 1, 90), 1);
}
END_TEST

START_TEST(what_was_erased_is_not_found)
{
	fill(256);
	lvn_timer_branch_erase(&branch, 255);
	lvn_timer_branch_erase(&branch, 100);
	lvn_timer_branch_erase(&branch, 0);

	ck_assert_uint_eq(branch.node.count, 253);
	ck_assert_ptr_eq(branch.children[find(1010, 1)], &children[99]);
	ck_assert_ptr_eq(branch.children[find(1020, 1)], &children[101]);
	ck_assert_ptr_eq(branch.children[find(15, 1)], &children[1]);
	ck_assert_ptr_eq(branch.children[find(9999, 1)], &children[254]);
	for (unsigned i = 253; i < LVN_TIMER_BRANCH_CAPACITY; i++)
		HOLDS(branch.filed_ns[i] == INT64_MAX);
}
END_TEST

START_TEST(children_go_to_another_branch_with_their_separators)
{
	fill(100);
	lvn_timer_branch_move(&other, &branch, 60);

	ck_assert_uint_eq(branch.node.count, 60);
	ck_assert_uint_eq(other.node.count, 40);
	for (unsigned i = 0; i < 40; i++) {
		HOLDS(other.children[i] == &children[60 + i]);
		HOLDS(children[60 + i].parent == &other);
		HOLDS(other.filed_ns[i] == 610 + 10 * (int64_t)i);
		HOLDS(lvn_timer_branch_place(&other, &children[60 + i]) == i);
	}
	ck_assert_ptr_eq(children[59].parent, &branch);
	ck_assert_uint_eq(find(5000, 1), 59);

	lvn_timer_branch_move(&branch, &other, 0);
	ck_assert_uint_eq(branch.node.count, 100);
	ck_assert_uint_eq(other.node.count, 0);
	ck_assert_ptr_eq(children[99].parent, &branch);
	ck_assert_uint_eq(find(5000, 1), 99);
}
END_TEST

START_TEST(a_separator_can_be_set_anew)
{
	fill(3);
	lvn_timer_branch_set_separator(&branch, 0, (struct timer_key){-5, 3});

	ck_assert_int_eq(lvn_timer_branch_separator(&branch, 0).filed_ns, -5);
	ck_assert_uint_eq(lvn_timer_branch_separator(&branch, 0).sequence, 3);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("timer_branch");
	TCase *cases = tcase_create("branch");

	tcase_add_checked_fixture(cases, set_up, NULL);
	tcase_add_loop_test(cases, each_key_finds_its_child, 0, 18);
	tcase_add_test(cases, equal_keys_are_told_apart_by_sequence);
	tcase_add_test(cases, the_last_deadline_of_all_can_be_a_separator);
	tcase_add_test(cases, what_was_erased_is_not_found);
	tcase_add_test(cases, children_go_to_another_branch_with_their_separators);
	tcase_add_test(cases, a_separator_can_be_set_anew);
	suite_add_tcase(suite, cases);
	return suite;
}
