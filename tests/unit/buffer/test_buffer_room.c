/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_room.h"

#include <errno.h>

#include "unit/buffer/buffer_kit.h"

static struct evbuffer buffer;
static char letters[20000];

static void
set_up(void)
{
	lvn_buffer_init(&buffer);
	memset(letters, 'a', sizeof(letters));
}

static void
tear_down(void)
{
	fail_allocations_after(-1);
	lvn_buffer_clear(&buffer);
}

START_TEST(what_is_expanded_holds_the_addition_in_one_piece)
{
	static const size_t had[] = {0, 10, 900, 976, 3000, 5000};
	static const size_t more[] = {1, 100, 1000, 5000, 15000};

	for (size_t i = 0; i < LVN_COUNT_OF(had); i++) {
		for (size_t k = 0; k < LVN_COUNT_OF(more); k++) {
			struct chain *chain;

			lvn_buffer_add_locked(&buffer, letters, had[i]);
			ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, more[k]), 0);
			check_invariants(&buffer);
			fail_allocations_after(0);
			ck_assert_int_eq(lvn_buffer_add_locked(&buffer, letters, more[k]), 0);
			fail_allocations_after(-1);
			check_invariants(&buffer);
			chain = buffer.last;
			ck_assert_uint_le(chain->offset + chain->size, chain->capacity);
			lvn_buffer_drain_locked(&buffer, SIZE_MAX);
		}
	}
}
END_TEST

START_TEST(room_that_cannot_be_had_leaves_all_as_it_was)
{
	struct evbuffer_iovec pieces[2];

	add_text(&buffer, "kept");
	fail_allocations_after(0);

	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 5000), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 5000, pieces, 1), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 5000, pieces, 2), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, SIZE_MAX), -ENOMEM);

	check_content(&buffer, "kept");
}
END_TEST

START_TEST(two_pieces_follow_each_other)
{
	struct evbuffer_iovec pieces[2];

	add_text(&buffer, "<");
	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 5000, pieces, 2), 2);
	memset(pieces[0].iov_base, 'x', pieces[0].iov_len);
	memcpy(pieces[1].iov_base, ">", 1);
	pieces[1].iov_len = 1;

	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, 2), 0);

	check_invariants(&buffer);
	ck_assert_uint_eq(buffer.size, 2 + pieces[0].iov_len);
	ck_assert_int_eq(lvn_buffer_pullup_locked(&buffer, buffer.size)[buffer.size - 1], '>');
}
END_TEST

START_TEST(a_commit_of_less_than_the_first_piece_leaves_the_second_as_room)
{
	struct evbuffer_iovec pieces[2];

	add_text(&buffer, "<");
	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 5000, pieces, 2), 2);
	memcpy(pieces[0].iov_base, "ab", 2);
	pieces[0].iov_len = 2;
	pieces[1].iov_len = 0;
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, 2), 0);
	add_text(&buffer, ">");

	check_content(&buffer, "<ab>");
}
END_TEST

START_TEST(a_commit_of_other_memory_is_refused)
{
	struct evbuffer_iovec pieces[3];
	int count;

	add_text(&buffer, "kept");
	count = lvn_buffer_reserve_locked(&buffer, 5000, pieces, 2);
	pieces[2] = pieces[1];
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, 3), -EINVAL);
	pieces[1].iov_len++;
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, count), -EINVAL);
	pieces[1].iov_len--;
	pieces[0].iov_base = (char *)pieces[0].iov_base + 1;
	pieces[0].iov_len--;
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, count), -EINVAL);
	pieces[0].iov_base = letters;
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, pieces, 1), -EINVAL);

	check_content(&buffer, "kept");
}
END_TEST

START_TEST(a_commit_to_an_empty_buffer_without_room_is_refused)
{
	struct evbuffer_iovec piece = {letters, 10};

	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, &piece, 1), -EINVAL);
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, &piece, 0), 0);

	check_content(&buffer, "");
}
END_TEST

START_TEST(few_bytes_are_moved_within_their_chain)
{
	struct chain *chain;

	lvn_buffer_add_locked(&buffer, letters, 970);
	lvn_buffer_drain_locked(&buffer, 960);
	chain = buffer.first;

	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 900), 0);

	ck_assert_ptr_eq(buffer.first, chain);
	ck_assert_uint_ge(lvn_chain_room(chain), 900);
	check_content(&buffer, "aaaaaaaaaa");
}
END_TEST

START_TEST(shared_bytes_stay_where_they_are)
{
	struct chain *view;

	lvn_buffer_add_locked(&buffer, letters, 960);
	add_text(&buffer, "0123456789");
	lvn_buffer_drain_locked(&buffer, 960);
	view = lvn_chain_new_view(buffer.first, 10);

	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 900), 0);
	lvn_buffer_add_locked(&buffer, letters, 900);

	ck_assert_int_eq(memcmp(lvn_chain_data(view), "0123456789", 10), 0);
	check_invariants(&buffer);
	lvn_chain_release(view);
}
END_TEST

START_TEST(a_small_rest_leaves_its_large_chain)
{
	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 60000), 0);
	add_text(&buffer, "little");

	lvn_buffer_room_fit_last_locked(&buffer);

	ck_assert_uint_le(buffer.last->capacity, 1024);
	check_content(&buffer, "little");
}
END_TEST

START_TEST(room_is_given_back)
{
	add_text(&buffer, "kept");
	ck_assert_int_eq(lvn_buffer_room_behind_last_locked(&buffer, 5000), 0);
	ck_assert_int_eq(count_chains(&buffer), 2);
	lvn_buffer_room_drop_locked(&buffer);
	ck_assert_int_eq(count_chains(&buffer), 1);
	lvn_buffer_drain_locked(&buffer, 4);
	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 10), 0);
	lvn_buffer_room_drop_locked(&buffer);

	ck_assert_int_eq(count_chains(&buffer), 0);
	check_invariants(&buffer);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_room");
	TCase *cases = tcase_create("buffer_room");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, what_is_expanded_holds_the_addition_in_one_piece);
	tcase_add_test(cases, room_that_cannot_be_had_leaves_all_as_it_was);
	tcase_add_test(cases, two_pieces_follow_each_other);
	tcase_add_test(cases, a_commit_of_less_than_the_first_piece_leaves_the_second_as_room);
	tcase_add_test(cases, a_commit_of_other_memory_is_refused);
	tcase_add_test(cases, a_commit_to_an_empty_buffer_without_room_is_refused);
	tcase_add_test(cases, few_bytes_are_moved_within_their_chain);
	tcase_add_test(cases, shared_bytes_stay_where_they_are);
	tcase_add_test(cases, a_small_rest_leaves_its_large_chain);
	tcase_add_test(cases, room_is_given_back);
	suite_add_tcase(suite, cases);
	return suite;
}
