/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_take.h"

#include "buffer/buffer_room.h"
#include "buffer/buffer_search.h"
#include "buffer/file_segment.h"
#include "unit/buffer/buffer_kit.h"

static struct evbuffer buffer;

static void
set_up(void)
{
	lvn_buffer_init(&buffer);
}

static void
tear_down(void)
{
	fail_allocations_after(-1);
	lvn_buffer_clear(&buffer);
}

START_TEST(any_number_of_bytes_can_be_drained)
{
	for (size_t size = 0; size <= 12; size++) {
		add_extent(&buffer, "012");
		add_extent(&buffer, "3456");
		add_text(&buffer, "789");
		lvn_buffer_room_behind_last_locked(&buffer, 100);
		lvn_buffer_drain_locked(&buffer, size);
		check_content(&buffer, &"0123456789"[size < 10 ? size : 10]);
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}
END_TEST

START_TEST(bytes_are_copied_from_any_place)
{
	add_extent(&buffer, "012");
	add_extent(&buffer, "3456");
	add_text(&buffer, "789");
	for (size_t at = 0; at <= 10; at++) {
		for (size_t size = 0; size <= 12; size++) {
			struct chain_place place = lvn_buffer_search_begin_locked(&buffer, NULL);
			size_t wanted = size < 10 - at ? size : 10 - at;
			struct evbuffer_ptr ptr;
			char out[12];

			lvn_buffer_search_advance_locked(&buffer, &place, at);
			ptr = lvn_buffer_search_as_ptr(&place);
			ck_assert_int_eq(
			    lvn_buffer_copyout_locked(&buffer, &ptr, out, size), (long)wanted);
			ck_assert_int_eq(memcmp(out, &"0123456789"[at], wanted), 0);
		}
	}
}
END_TEST

START_TEST(what_is_removed_is_gone)
{
	char out[8];

	add_extent(&buffer, "012");
	add_text(&buffer, "3456");

	ck_assert_int_eq(lvn_buffer_remove_locked(&buffer, out, 5), 5);
	ck_assert_int_eq(memcmp(out, "01234", 5), 0);
	check_content(&buffer, "56");
	ck_assert_int_eq(lvn_buffer_remove_locked(&buffer, out, 8), 2);
	ck_assert_int_eq(lvn_buffer_remove_locked(&buffer, out, 8), 0);
}
END_TEST

START_TEST(any_number_of_bytes_can_be_pulled_up)
{
	for (size_t size = 1; size <= 10; size++) {
		add_extent(&buffer, "012");
		add_extent(&buffer, "3456");
		add_text(&buffer, "789");

		ck_assert_int_eq(
		    memcmp(lvn_buffer_pullup_locked(&buffer, size), "0123456789", size), 0);
		ck_assert_uint_ge(buffer.first->size, size);
		check_content(&buffer, "0123456789");
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}
END_TEST

START_TEST(bytes_are_pulled_into_the_first_chain_if_they_fit)
{
	struct chain *first;

	add_text(&buffer, "012");
	add_extent(&buffer, "3456");
	first = buffer.first;
	fail_allocations_after(0);

	ck_assert_ptr_eq(lvn_buffer_pullup_locked(&buffer, 5), lvn_chain_data(first));
	check_content(&buffer, "0123456");
}
END_TEST

START_TEST(nothing_is_pulled_up_without_memory)
{
	add_extent(&buffer, "012");
	add_extent(&buffer, "3456");
	fail_allocations_after(0);

	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 5));
	ck_assert_ptr_nonnull(lvn_buffer_pullup_locked(&buffer, 3));

	check_content(&buffer, "0123456");
}
END_TEST

START_TEST(bytes_that_are_in_a_file_only_cannot_be_looked_at)
{
	struct evbuffer_file_segment *segment;
	struct chain *chain;
	char out[20];

	ck_assert_int_eq(lvn_file_segment_new(&segment, -1, 0, 10, 0), 0);
	chain = lvn_chain_new_file(segment, NULL, 0, 10);
	add_text(&buffer, "before");
	lvn_buffer_append_chain_locked(&buffer, chain);

	ck_assert_int_lt(lvn_buffer_copyout_locked(&buffer, NULL, out, 8), 0);
	ck_assert_int_lt(lvn_buffer_remove_locked(&buffer, out, 8), 0);
	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 8));
	ck_assert_int_eq(lvn_buffer_copyout_locked(&buffer, NULL, out, 6), 6);
	lvn_buffer_drain_locked(&buffer, 6);
	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 1));
	ck_assert_uint_eq(buffer.size, 10);
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_take");
	TCase *cases = tcase_create("buffer_take");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, any_number_of_bytes_can_be_drained);
	tcase_add_test(cases, bytes_are_copied_from_any_place);
	tcase_add_test(cases, what_is_removed_is_gone);
	tcase_add_test(cases, any_number_of_bytes_can_be_pulled_up);
	tcase_add_test(cases, bytes_are_pulled_into_the_first_chain_if_they_fit);
	tcase_add_test(cases, nothing_is_pulled_up_without_memory);
	tcase_add_test(cases, bytes_that_are_in_a_file_only_cannot_be_looked_at);
	suite_add_tcase(suite, cases);
	return suite;
}
