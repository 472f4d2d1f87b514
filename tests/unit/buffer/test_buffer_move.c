/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_move.h"

#include <errno.h>

#include "buffer/buffer_room.h"
#include "unit/buffer/buffer_kit.h"

static struct evbuffer from, to;
static char letters[20000];

static void
set_up(void)
{
	lvn_buffer_init(&from);
	lvn_buffer_init(&to);
	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)('a' + i % 26);
}

static void
tear_down(void)
{
	fail_allocations_after(-1);
	lvn_buffer_clear(&from);
	lvn_buffer_clear(&to);
}

START_TEST(all_is_moved_without_copying)
{
	struct chain *chain;

	add_text(&from, "moved");
	add_text(&to, "had ");
	chain = from.first;

	ck_assert_int_eq(lvn_buffer_move_locked(&to, &from), 0);

	ck_assert_ptr_eq(to.last, chain);
	check_content(&to, "had moved");
	check_content(&from, "");
	add_text(&from, "again");
	check_content(&from, "again");
}
END_TEST

START_TEST(all_is_moved_to_the_front)
{
	add_text(&from, "moved ");
	lvn_buffer_room_behind_last_locked(&from, 100);
	add_text(&to, "had");

	ck_assert_int_eq(lvn_buffer_move_front_locked(&to, &from), 0);

	check_content(&to, "moved had");
	check_content(&from, "");
}
END_TEST

START_TEST(an_empty_chain_makes_way_for_what_is_moved)
{
	add_text(&from, "moved");
	lvn_buffer_expand_locked(&to, 100);
	ck_assert_int_eq(lvn_buffer_move_locked(&to, &from), 0);
	check_content(&to, "moved");
	lvn_buffer_expand_locked(&from, 100);

	ck_assert_int_eq(lvn_buffer_move_front_locked(&from, &to), 0);

	check_content(&from, "moved");
	check_content(&to, "");
}
END_TEST

START_TEST(room_behind_the_bytes_is_dropped_when_others_follow)
{
	add_text(&from, "moved");
	add_text(&to, "had ");
	lvn_buffer_room_behind_last_locked(&to, 100);

	ck_assert_int_eq(lvn_buffer_move_locked(&to, &from), 0);

	check_content(&to, "had moved");
}
END_TEST

START_TEST(any_number_of_bytes_can_be_moved)
{
	size_t sizes[] = {1, 9, 10, 11, 15, 16, 2000, 2015, 2016, 2017, 6000, 6015};

	for (size_t i = 0; i < LVN_COUNT_OF(sizes); i++) {
		size_t moved;

		add_extent(&from, "0123456789");
		add_text(&from, "abcdef");
		lvn_buffer_add_locked(&from, letters, 6000);
		ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, sizes[i], &moved), 0);

		ck_assert_uint_eq(moved, sizes[i]);
		ck_assert_uint_eq(to.size, sizes[i]);
		ck_assert_uint_eq(from.size, 6016 - sizes[i]);
		check_invariants(&to);
		check_invariants(&from);
		lvn_buffer_move_locked(&to, &from);
		ck_assert_int_eq(
		    memcmp(lvn_buffer_pullup_locked(&to, 6016), "0123456789abcdefabcdefghij", 26),
		    0);
		ck_assert_int_eq(
		    memcmp(lvn_buffer_pullup_locked(&to, 6016) + 16, letters, 6000), 0);
		lvn_buffer_drain_locked(&to, SIZE_MAX);
	}
}
END_TEST

START_TEST(more_than_there_is_means_all)
{
	size_t moved = 77;

	ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, 10, &moved), 0);
	ck_assert_uint_eq(moved, 0);
	add_text(&from, "all");
	ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, SIZE_MAX, &moved), 0);

	ck_assert_uint_eq(moved, 3);
	check_content(&to, "all");
}
END_TEST

START_TEST(nothing_is_moved_when_memory_ends)
{
	size_t moved;

	add_extent(&from, "0123456789");
	add_extent(&from, "abcdef");
	add_text(&to, "had");
	fail_allocations_after(0);

	ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, 13, &moved), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_move_shared_locked(&to, &from), -ENOMEM);
	fail_allocations_after(1);
	ck_assert_int_eq(lvn_buffer_move_shared_locked(&to, &from), -ENOMEM);

	check_content(&from, "0123456789abcdef");
	check_content(&to, "had");
	ck_assert(!lvn_chain_is_shared(from.first));
}
END_TEST

START_TEST(a_buffer_does_not_grow_beyond_what_can_be_counted)
{
	size_t moved;

	lvn_buffer_add_reference_locked(&from, letters, 0, LVN_CHAIN_MAX, NULL, NULL);
	add_text(&to, "had");

	ck_assert_int_eq(lvn_buffer_move_locked(&to, &from), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_move_front_locked(&to, &from), -ENOMEM);
	ck_assert_int_eq(
	    lvn_buffer_move_some_locked(&to, &from, LVN_CHAIN_MAX - 1, &moved), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_move_shared_locked(&to, &from), -ENOMEM);

	check_content(&to, "had");
	ck_assert_uint_eq(from.size, LVN_CHAIN_MAX);
}
END_TEST

START_TEST(shared_bytes_outlive_the_buffer_they_came_from)
{
	add_text(&from, "shared");
	ck_assert_int_eq(lvn_buffer_move_shared_locked(&to, &from), 0);
	add_text(&from, " and more");
	check_content(&from, "shared and more");
	lvn_buffer_drain_locked(&from, SIZE_MAX);
	add_text(&from, "others");

	check_content(&to, "shared");
	check_content(&from, "others");
}
END_TEST

START_TEST(shared_bytes_can_be_shared_again)
{
	struct evbuffer third;

	lvn_buffer_init(&third);
	add_text(&from, "shared");
	lvn_buffer_move_shared_locked(&to, &from);
	ck_assert_int_eq(lvn_buffer_move_shared_locked(&third, &to), 0);
	lvn_buffer_drain_locked(&from, SIZE_MAX);
	lvn_buffer_drain_locked(&to, SIZE_MAX);

	check_content(&third, "shared");
	lvn_buffer_clear(&third);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_move");
	TCase *cases = tcase_create("buffer_move");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, all_is_moved_without_copying);
	tcase_add_test(cases, all_is_moved_to_the_front);
	tcase_add_test(cases, an_empty_chain_makes_way_for_what_is_moved);
	tcase_add_test(cases, room_behind_the_bytes_is_dropped_when_others_follow);
	tcase_add_test(cases, any_number_of_bytes_can_be_moved);
	tcase_add_test(cases, more_than_there_is_means_all);
	tcase_add_test(cases, nothing_is_moved_when_memory_ends);
	tcase_add_test(cases, a_buffer_does_not_grow_beyond_what_can_be_counted);
	tcase_add_test(cases, shared_bytes_outlive_the_buffer_they_came_from);
	tcase_add_test(cases, shared_bytes_can_be_shared_again);
	suite_add_tcase(suite, cases);
	return suite;
}
