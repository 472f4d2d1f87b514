/* SPDX-License-Identifier: BSD-3-Clause */
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

static long
find(const void *what, size_t size)
{
	struct chain_position place = lvn_buffer_search_begin_locked(&buffer, NULL);

	if (!lvn_buffer_search_locked(&buffer, &place, buffer.size, what, size))
		return -1;
	return (long)place.position;
}

/* Extents of `part` bytes each. */
static void
add_in_parts(const char *bytes, size_t size, size_t part)
{
	for (size_t at = 0; at < size; at += part)
		ck_assert_int_eq(lvn_buffer_add_reference_locked(&buffer, bytes, at,
				     size - at < part ? size - at : part, NULL, NULL),
		    0);
}

TEST_FIXTURE(set_up, tear_down);

TEST(buffer_search__across_extents)
{
	static const char text[] = "aaaaaaaaaabaaaaaaaaaabcaaaa";

	for (size_t part = 1; part < sizeof(text); part++) {
		add_in_parts(text, sizeof(text) - 1, part);

		ck_assert_int_eq(find("ab", 2), 9);
		ck_assert_int_eq(find("abc", 3), 20);
		ck_assert_int_eq(find("aaaaabaaaaaaaaaabca", 19), 5);
		ck_assert_int_eq(find("aaaaaaaaaaa", 11), -1);
		ck_assert_int_eq(find(text, sizeof(text) - 1), 0);
		ck_assert_int_eq(find(text, sizeof(text)), -1);
		ck_assert_int_eq(find("c", 1), 22);
		ck_assert_int_eq(find("", 0), 0);
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}

/* Half of the needle is found at every byte: 2 * 10^10 comparisons if all are begun anew. */
TEST(buffer_search__long_needle_in_linear_time)
{
	enum { HAY = 1 << 20, NEEDLE = 40000 };
	char *hay = malloc(HAY);
	char *needle = malloc(NEEDLE);
	static const size_t parts[] = {1 << 20, 65536, 4096, 64, 16};

	memset(hay, 'a', HAY);
	memset(needle, 'a', NEEDLE);
	needle[NEEDLE - 1] = 'b';
	for (size_t i = 0; i < LVN_COUNT_OF(parts); i++) {
		hay[HAY - 1] = 'a';
		add_in_parts(hay, HAY, parts[i]);
		ck_assert_int_eq(find(needle, NEEDLE), -1);
		hay[HAY - 1] = 'b';
		ck_assert_int_eq(find(needle, NEEDLE), HAY - NEEDLE);
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
	free(hay);
	free(needle);
}

TEST(buffer_search__long_needle_without_memory)
{
	char hay[3000], needle[1000];

	memset(hay, 'a', sizeof(hay));
	memset(needle, 'a', sizeof(needle));
	hay[2999] = needle[999] = 'b';
	add_in_parts(hay, sizeof(hay), 100);
	fail_allocations_after(0);

	ck_assert_int_eq(find(needle, sizeof(needle)), 2000);
	needle[0] = 'c';
	ck_assert_int_eq(find(needle, sizeof(needle)), -1);
}

TEST(buffer_search__ends_at_the_end_position)
{
	struct chain_position place;

	add_in_parts("0123456789", 10, 3);
	for (size_t end = 0; end <= 10; end++) {
		place = lvn_buffer_search_begin_locked(&buffer, NULL);
		ck_assert_int_eq(
		    lvn_buffer_search_locked(&buffer, &place, end, "456", 3), end >= 7);
	}
}

TEST(buffer_position__at_most_behind_all_bytes)
{
	struct chain_position place;

	add_in_parts("0123456789", 10, 4);
	place = lvn_buffer_search_begin_locked(&buffer, NULL);
	ck_assert(lvn_buffer_search_advance_locked(&buffer, &place, 10));
	ck_assert_ptr_eq(place.chain, buffer.last);
	ck_assert_uint_eq(place.at, 2);

	ck_assert(!lvn_buffer_search_advance_locked(&buffer, &place, 1));
	ck_assert(!lvn_buffer_search_advance_locked(&buffer, &place, SIZE_MAX));
	ck_assert(lvn_buffer_search_advance_locked(&buffer, &place, 0));
	ck_assert_uint_eq(place.position, 10);
}

TEST(buffer_position__without_a_chain)
{
	struct evbuffer_ptr ptr = {.pos = 6};
	struct chain_position place;

	add_in_parts("0123456789", 10, 4);

	place = lvn_buffer_search_begin_locked(&buffer, &ptr);
	ck_assert_int_eq(lvn_chain_data(place.chain)[place.at], '6');
	ptr.pos = 11;
	place = lvn_buffer_search_begin_locked(&buffer, &ptr);
	ck_assert_ptr_null(place.chain);
}

static void
check_eol(enum evbuffer_eol_style style, size_t from, long at, size_t size)
{
	struct chain_position place = lvn_buffer_search_begin_locked(&buffer, NULL);

	ck_assert(lvn_buffer_search_advance_locked(&buffer, &place, from));
	ck_assert_uint_eq(lvn_buffer_search_eol_locked(&buffer, &place, style), size);
	if (size > 0)
		ck_assert_uint_eq(place.position, (size_t)at);
}

TEST(buffer_search_eol__across_extents)
{
	static const char text[] = "ab\r\r\ncd\0\n\r";

	for (size_t part = 1; part < sizeof(text); part++) {
		add_in_parts(text, sizeof(text) - 1, part);
		check_eol(EVBUFFER_EOL_ANY, 0, 2, 3);
		check_eol(EVBUFFER_EOL_ANY, 5, 8, 2);
		check_eol(EVBUFFER_EOL_CRLF, 0, 3, 2);
		check_eol(EVBUFFER_EOL_CRLF, 4, 4, 1);
		check_eol(EVBUFFER_EOL_CRLF, 5, 8, 1);
		check_eol(EVBUFFER_EOL_CRLF, 9, 0, 0);
		check_eol(EVBUFFER_EOL_CRLF_STRICT, 0, 3, 2);
		check_eol(EVBUFFER_EOL_CRLF_STRICT, 4, 0, 0);
		check_eol(EVBUFFER_EOL_LF, 0, 4, 1);
		check_eol(EVBUFFER_EOL_NUL, 0, 7, 1);
		check_eol((enum evbuffer_eol_style)77, 0, 0, 0);
		lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	}
}

TEST(search__passes_over_a_truncated_file)
{
	add_extent(&buffer, "abc\r");
	add_unreadable(&buffer, 10);
	add_extent(&buffer, "\nabcd");

	ck_assert_int_eq(find("a", 1), 0);
	ck_assert_int_eq(find("abcd", 4), 15);
	ck_assert_int_eq(find("d", 1), 18);
	ck_assert_int_eq(find("\r\n", 2), -1);
	check_eol(EVBUFFER_EOL_CRLF, 0, 14, 1);
	check_eol(EVBUFFER_EOL_CRLF_STRICT, 0, 0, 0);
	check_eol(EVBUFFER_EOL_ANY, 0, 3, 1);
	check_eol(EVBUFFER_EOL_ANY, 4, 14, 1);
	check_eol(EVBUFFER_EOL_LF, 5, 14, 1);
}

/* Two million times 64 KiB if each search looked for the nearest of both in all that is left. */
TEST(buffer_search_eol__many_of_one_byte_in_linear_time)
{
	enum { SIZE = 1 << 21 };
	char *text = malloc(SIZE);
	struct chain_position place;

	memset(text, 'a', SIZE);
	for (size_t i = 0; i < SIZE; i += 2)
		text[i] = '\r';
	add_in_parts(text, SIZE, SIZE);
	place = lvn_buffer_search_begin_locked(&buffer, NULL);
	for (size_t i = 0; i < SIZE; i += 2) {
		ck_assert_uint_eq(
		    lvn_buffer_search_eol_locked(&buffer, &place, EVBUFFER_EOL_ANY), 1);
		if (place.position != i)
			ck_abort_msg("found at %zu", place.position);
		lvn_buffer_search_advance_locked(&buffer, &place, 1);
	}
	lvn_buffer_drain_locked(&buffer, SIZE_MAX);
	free(text);
}
