/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_add.h"

#include <errno.h>
#include <stdarg.h>
#include <wchar.h>

#include "buffer/buffer_space.h"
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

TEST(buffer_add__small_additions_share_a_chain)
{
	add_text(&buffer, "one ");
	add_text(&buffer, "two");

	check_content(&buffer, "one two");
	ck_assert_int_eq(count_chains(&buffer), 1);
}

TEST(buffer_add__fills_the_last_chain_first)
{
	ck_assert_int_eq(lvn_buffer_add_locked(&buffer, letters, 900), 0);
	ck_assert_int_eq(lvn_buffer_add_locked(&buffer, letters, 200), 0);

	check_invariants(&buffer);
	ck_assert_int_eq(count_chains(&buffer), 2);
	ck_assert_uint_eq(lvn_chain_space(buffer.first), 0);
	ck_assert_uint_eq(buffer.size, 1100);
}

TEST(buffer_add__without_memory_changes_nothing)
{
	add_text(&buffer, "kept");
	fail_allocations_after(0);

	ck_assert_int_eq(lvn_buffer_add_locked(&buffer, letters, 5000), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, letters, 5000), -ENOMEM);
	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(&buffer, letters, 0, 10, NULL, NULL), -ENOMEM);

	check_content(&buffer, "kept");
}

TEST(buffer_add__at_most_half_of_the_address_space)
{
	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(&buffer, letters, 0, LVN_CHAIN_MAX - 1, NULL, NULL), 0);

	ck_assert_int_eq(lvn_buffer_add_locked(&buffer, "ab", 2), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, "ab", 2), -ENOMEM);
	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(&buffer, letters, 0, 2, NULL, NULL), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 2), -ENOMEM);
	ck_assert_int_eq(lvn_buffer_add_locked(&buffer, "a", 1), 0);

	ck_assert_uint_eq(buffer.size, LVN_CHAIN_MAX);
}

TEST(buffer_prepend__uses_space_in_front)
{
	add_text(&buffer, "0123456789");
	lvn_buffer_drain_locked(&buffer, 4);

	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, "abc", 3), 0);
	check_content(&buffer, "abc456789");
	ck_assert_int_eq(count_chains(&buffer), 1);
	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, "XYZ", 3), 0);

	check_content(&buffer, "XYZabc456789");
	ck_assert_int_eq(count_chains(&buffer), 2);
}

TEST(buffer_prepend__to_an_empty_buffer)
{
	ck_assert_int_eq(lvn_buffer_expand_locked(&buffer, 100), 0);
	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, "front", 5), 0);
	add_text(&buffer, " back");

	check_content(&buffer, "front back");
}

TEST(buffer_prepend__does_not_write_over_shared_bytes)
{
	struct chain *view;

	add_text(&buffer, "0123456789");
	view = lvn_chain_new_view(buffer.first, 10);
	lvn_buffer_drain_locked(&buffer, 4);
	ck_assert_int_eq(lvn_buffer_prepend_locked(&buffer, "abcd", 4), 0);
	add_text(&buffer, "!");

	check_content(&buffer, "abcd456789!");
	ck_assert_int_eq(memcmp(lvn_chain_data(view), "0123456789", 10), 0);
	lvn_chain_release(view);
}

static int LVN_PRINTF(1, 2) add_format(const char *format, ...)
{
	va_list args;
	int rc;

	va_start(args, format);
	rc = lvn_buffer_add_text_locked(&buffer, format, args);
	va_end(args);
	return rc;
}

TEST(buffer_add_printf__text_longer_than_the_free_space)
{
	ck_assert_int_eq(add_format("%s %d", "number", 7), 8);
	check_content(&buffer, "number 7");
	ck_assert_int_eq(add_format("%3000d", 1), 3000);

	ck_assert_uint_eq(buffer.size, 3008);
	check_invariants(&buffer);
	ck_assert_int_eq(add_format("%s", ""), 0);
	ck_assert_uint_eq(buffer.size, 3008);
}

TEST(buffer_add_printf__format_error)
{
	static const wchar_t no_character[] = {0x7fffffff, 0};

	ck_assert_int_lt(add_format("%ls", no_character), 0);

	ck_assert_uint_eq(buffer.size, 0);
	check_invariants(&buffer);
}

static void
count_cleanup(const void *data, size_t size, void *count)
{
	(void)data;
	(void)size;
	++*(int *)count;
}

TEST(buffer_add_reference__of_zero_bytes_is_cleaned_up_at_once)
{
	int count = 0;

	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(&buffer, letters, 0, 0, count_cleanup, &count), 0);

	ck_assert_int_eq(count, 1);
	check_content(&buffer, "");
}

TEST(buffer_add__filled_and_emptied_uses_pooled_memory)
{
#if LVN_ADDRESS_SANITIZER
	return;
#endif
	for (int i = 0; i < 3; i++) {
		struct chain *chain;

		add_text(&buffer, "some");
		chain = buffer.first;
		lvn_buffer_drain_locked(&buffer, 4);
		ck_assert_ptr_null(buffer.first);
		add_text(&buffer, "more");
		ck_assert_ptr_eq(buffer.first, chain);
		lvn_buffer_drain_locked(&buffer, 4);
	}
}
