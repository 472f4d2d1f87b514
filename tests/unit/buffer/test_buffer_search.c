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
	struct chain_place place = lvn_buffer_search_begin_locked(&buffer, NULL);

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

START_TEST(what_lies_over_borders_is_found)
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
END_TEST

/* Half of the needle is found at every byte: 2 * 10^10 comparisons if all are begun anew. */
START_TEST(a_long_needle_is_searched_in_linear_time)
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
END_TEST

START_TEST(a_long_needle_is_found_without_memory)
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
END_TEST

START_TEST(a_search_ends_where_it_is_told)
{
	struct chain_place place;

	add_in_parts("0123456789", 10, 3);
	for (size_t end = 0; end <= 10; end++) {
		place = lvn_buffer_search_begin_locked(&buffer, NULL);
		ck_assert_int_eq(
		    lvn_buffer_search_locked(&buffer, &place, end, "456", 3), end >= 7);
	}
}
END_TEST

START_TEST(a_place_is_behind_all_bytes_at_most)
{
	struct chain_place place;

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
END_TEST

START_TEST(a_place_without_a_chain_is_looked_up)
{
	struct evbuffer_ptr ptr = {.pos = 6};
	struct chain_place place;

	add_in_parts("0123456789", 10, 4);

	place = lvn_buffer_search_begin_locked(&buffer, &ptr);
	ck_assert_int_eq(lvn_chain_data(place.chain)[place.at], '6');
	ptr.pos = 11;
	place = lvn_buffer_search_begin_locked(&buffer, &ptr);
	ck_assert_ptr_null(place.chain);
}
END_TEST

static void
check_eol(enum evbuffer_eol_style style, size_t from, long at, size_t size)
{
	struct chain_place place = lvn_buffer_search_begin_locked(&buffer, NULL);

	ck_assert(lvn_buffer_search_advance_locked(&buffer, &place, from));
	ck_assert_uint_eq(lvn_buffer_search_eol_locked(&buffer, &place, style), size);
	if (size > 0)
		ck_assert_uint_eq(place.position, (size_t)at);
}

START_TEST(ends_of_lines_are_found_over_borders)
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
END_TEST

START_TEST(bytes_that_are_in_a_file_only_are_passed_over)
{
	struct evbuffer_file_segment *segment;

	ck_assert_int_eq(lvn_file_segment_new(&segment, -1, 0, 10, 0), 0);
	add_extent(&buffer, "abc\r");
	lvn_buffer_append_chain_locked(&buffer, lvn_chain_new_file(segment, NULL, 0, 10));
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
END_TEST

/* Two million times 64 KiB if each search looked for the nearest of both in all that is left. */
START_TEST(many_ends_of_one_kind_are_found_in_linear_time)
{
	enum { SIZE = 1 << 21 };
	char *text = malloc(SIZE);
	struct chain_place place;

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
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("buffer_search");
	TCase *cases = tcase_create("buffer_search");

	tcase_add_checked_fixture(cases, set_up, tear_down);
	tcase_add_test(cases, what_lies_over_borders_is_found);
	tcase_add_test(cases, a_long_needle_is_searched_in_linear_time);
	tcase_add_test(cases, a_long_needle_is_found_without_memory);
	tcase_add_test(cases, a_search_ends_where_it_is_told);
	tcase_add_test(cases, a_place_is_behind_all_bytes_at_most);
	tcase_add_test(cases, a_place_without_a_chain_is_looked_up);
	tcase_add_test(cases, ends_of_lines_are_found_over_borders);
	tcase_add_test(cases, bytes_that_are_in_a_file_only_are_passed_over);
	tcase_add_test(cases, many_ends_of_one_kind_are_found_in_linear_time);
	suite_add_tcase(suite, cases);
	return suite;
}
