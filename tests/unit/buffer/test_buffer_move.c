/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_move.h"

#include <errno.h>

#include "buffer/buffer_space.h"
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

TEST_FIXTURE(set_up, tear_down);

TEST(buffer_move__moves_all_without_copying)
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

TEST(buffer_move__moves_all_to_the_front)
{
	add_text(&from, "moved ");
	add_space(&from, 100);
	add_text(&to, "had");

	ck_assert_int_eq(lvn_buffer_move_front_locked(&to, &from), 0);

	check_content(&to, "moved had");
	check_content(&from, "");
}

TEST(buffer_move__replaces_an_empty_chain)
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

TEST(buffer_move__drops_reserved_space_behind_the_bytes)
{
	add_text(&from, "moved");
	add_text(&to, "had ");
	add_space(&to, 100);

	ck_assert_int_eq(lvn_buffer_move_locked(&to, &from), 0);

	check_content(&to, "had moved");
}

TEST(buffer_move__any_number_of_bytes)
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

TEST(buffer_move__more_than_there_is_means_all)
{
	size_t moved = 77;

	ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, 10, &moved), 0);
	ck_assert_uint_eq(moved, 0);
	add_text(&from, "all");
	ck_assert_int_eq(lvn_buffer_move_some_locked(&to, &from, SIZE_MAX, &moved), 0);

	ck_assert_uint_eq(moved, 3);
	check_content(&to, "all");
}

TEST(buffer_move__without_memory_moves_nothing)
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

TEST(buffer_move__at_most_half_of_the_address_space)
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

TEST(buffer_share__bytes_outlive_their_first_buffer)
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

TEST(buffer_share__shared_bytes_again)
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
