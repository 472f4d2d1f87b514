/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_remove.h"

#include "buffer/buffer_search.h"
#include "buffer/buffer_space.h"
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

TEST_FIXTURE(set_up, tear_down);

TEST(buffer_drain__any_number_of_bytes)
{
	for (size_t size = 0; size <= 12; size++) {
		add_extent(&buffer, "012");
		add_extent(&buffer, "3456");
		add_text(&buffer, "789");
		add_space(&buffer, 100);
		lvn_buffer_drain_locked(&buffer, size);
		check_content(&buffer, &"0123456789"[size < 10 ? size : 10]);
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}

TEST(buffer_copyout__from_any_position)
{
	add_extent(&buffer, "012");
	add_extent(&buffer, "3456");
	add_text(&buffer, "789");
	for (size_t at = 0; at <= 10; at++) {
		for (size_t size = 0; size <= 12; size++) {
			struct chain_position place = lvn_buffer_search_begin_locked(&buffer, NULL);
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

TEST(buffer_remove__removes_the_bytes)
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

TEST(buffer_pullup__any_number_of_bytes)
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

TEST(buffer_pullup__uses_the_first_chain_if_they_fit)
{
	struct chain *first;

	add_text(&buffer, "012");
	add_extent(&buffer, "3456");
	first = buffer.first;
	fail_allocations_after(0);

	ck_assert_ptr_eq(lvn_buffer_pullup_locked(&buffer, 5), lvn_chain_data(first));
	check_content(&buffer, "0123456");
}

TEST(buffer_pullup__without_memory_changes_nothing)
{
	add_extent(&buffer, "012");
	add_extent(&buffer, "3456");
	fail_allocations_after(0);

	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 5));
	ck_assert_ptr_nonnull(lvn_buffer_pullup_locked(&buffer, 3));

	check_content(&buffer, "0123456");
}

TEST(copyout_remove_pullup__fail_for_a_truncated_file_and_change_nothing)
{
	char out[20];

	add_text(&buffer, "before");
	add_unreadable(&buffer, 10);

	ck_assert_int_eq(lvn_buffer_copyout_locked(&buffer, NULL, out, 8), -ENODATA);
	ck_assert_int_eq(lvn_buffer_remove_locked(&buffer, out, 8), -ENODATA);
	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 8));
	ck_assert_int_eq(lvn_buffer_copyout_locked(&buffer, NULL, out, 6), 6);
	lvn_buffer_drain_locked(&buffer, 6);
	ck_assert_ptr_null(lvn_buffer_pullup_locked(&buffer, 1));
	ck_assert_uint_eq(buffer.size, 10);
}
