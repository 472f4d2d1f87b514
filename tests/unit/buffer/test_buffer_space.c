/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_space.h"

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

TEST_FIXTURE(set_up, tear_down);

TEST(buffer_expand__next_addition_is_one_extent)
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

TEST(buffer_reserve__without_memory_changes_nothing)
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

TEST(buffer_reserve__two_extents_in_order)
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

TEST(buffer_commit__less_than_the_first_extent_keeps_the_second)
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

TEST(buffer_commit__refuses_other_memory)
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

TEST(buffer_commit__refuses_a_buffer_without_reserved_space)
{
	struct evbuffer_iovec piece = {letters, 10};

	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, &piece, 1), -EINVAL);
	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, &piece, 0), 0);

	check_content(&buffer, "");
}

TEST(buffer_expand__moves_few_bytes_within_their_chain)
{
	struct chain *chain;

	lvn_buffer_add_locked(&buffer, letters, 970);
	lvn_buffer_drain_locked(&buffer, 960);
	chain = buffer.first;

	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 900), 0);

	ck_assert_ptr_eq(buffer.first, chain);
	ck_assert_uint_ge(lvn_chain_space(chain), 900);
	check_content(&buffer, "aaaaaaaaaa");
}

TEST(buffer_expand__shared_bytes_are_not_moved)
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

TEST(reserve__more_keeps_the_first_extent)
{
	struct evbuffer_iovec first[2], second[2];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 100, first, 2), 1);
		memcpy(first[0].iov_base, "abc", 3);

		ck_assert_int_eq(
		    lvn_buffer_reserve_locked(&buffer, first[0].iov_len + 5000, second, 2), 2);

		ck_assert_ptr_eq(second[0].iov_base, first[0].iov_base);
		second[0].iov_len = 3;
		ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, second, 1), 0);
		check_content(&buffer, &"abcabcabc"[6 - 3 * i]);
		lvn_buffer_drain_locked(&buffer, i == 1 ? 1 : 0);
		lvn_buffer_prepend_locked(&buffer, "a", i == 1 ? 1 : 0);
	}
}

/* Whatever is drained meanwhile. */
TEST(commit__after_all_was_drained)
{
	struct evbuffer_iovec extents[2];

	for (int filled = 0; filled < 2; filled++) {
		add_extent(&buffer, "before");
		if (filled)
			add_text(&buffer, "more");
		ck_assert_int_ge(lvn_buffer_reserve_locked(&buffer, 3000, extents, 2), 1);
		memcpy(extents[0].iov_base, "written", 7);

		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
		extents[0].iov_len = 7;
		ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, extents, 1), 0);

		check_content(&buffer, "written");
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}

TEST(commit__second_extent_alone_on_an_empty_buffer)
{
	struct evbuffer_iovec extents[2];

	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, 100, extents, 2), 1);
	ck_assert_int_eq(lvn_buffer_reserve_locked(&buffer, extents[0].iov_len + 1, extents, 2), 2);
	memcpy(extents[1].iov_base, "second", 6);
	extents[0].iov_len = 0;
	extents[1].iov_len = 6;

	ck_assert_int_eq(lvn_buffer_commit_locked(&buffer, extents, 2), 0);

	check_content(&buffer, "second");
}
