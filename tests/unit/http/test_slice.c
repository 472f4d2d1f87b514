/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/slice.h"

#include <string.h>

#include "support/suite.h"

static void
check_slice(struct http_slice slice, const char *expected)
{
	ck_assert_uint_eq(slice.size, strlen(expected));
	if (slice.size > 0)
		ck_assert_mem_eq(slice.at, expected, slice.size);
}

/* The elements, with a bar behind each. */
static const char *
elements_of(const char *text)
{
	static char joined[256];
	struct http_slice list = lvn_http_slice_of(text), element;
	size_t size = 0;

	while (lvn_http_slice_next(&list, &element)) {
		memcpy(joined + size, element.at, element.size);
		size += element.size;
		joined[size++] = '|';
	}
	joined[size] = '\0';
	return joined;
}

TEST(lvn_http_slice_is__every_byte)
{
	ck_assert(lvn_http_slice_is(lvn_http_slice_of("GET"), "GET"));
	ck_assert(!lvn_http_slice_is(lvn_http_slice_of("GET"), "get"));
	ck_assert(!lvn_http_slice_is(lvn_http_slice_of("GET"), "GE"));
	ck_assert(!lvn_http_slice_is(lvn_http_slice_of("GET"), "GETS"));
	ck_assert(!lvn_http_slice_is((struct http_slice){"GE\0", 3}, "GE"));
	ck_assert(lvn_http_slice_is((struct http_slice){NULL, 0}, ""));
}

TEST(lvn_http_slice_is_nocase__ascii_letters_only)
{
	ck_assert(lvn_http_slice_is_nocase(lvn_http_slice_of("KEEP-alive"), "Keep-Alive"));
	ck_assert(!lvn_http_slice_is_nocase(lvn_http_slice_of("close"), "clo"));
	ck_assert(!lvn_http_slice_is_nocase(lvn_http_slice_of("clo"), "close"));
	ck_assert(!lvn_http_slice_is_nocase(lvn_http_slice_of("@["), "`{"));
	ck_assert(!lvn_http_slice_is_nocase(lvn_http_slice_of("\xe4"), "\xc4"));
	ck_assert(lvn_http_slice_is_nocase((struct http_slice){NULL, 0}, ""));
}

TEST(lvn_http_slice_trim__spaces_and_tabs_at_both_ends)
{
	check_slice(lvn_http_slice_trim(lvn_http_slice_of(" \t a \t b\t ")), "a \t b");
	check_slice(lvn_http_slice_trim(lvn_http_slice_of("a")), "a");
	check_slice(lvn_http_slice_trim(lvn_http_slice_of(" \t ")), "");
	check_slice(lvn_http_slice_trim(lvn_http_slice_of("\va\f")), "\va\f");
	check_slice(lvn_http_slice_trim((struct http_slice){NULL, 0}), "");
}

TEST(lvn_http_slice_next__elements_without_blanks)
{
	ck_assert_str_eq(elements_of("a"), "a|");
	ck_assert_str_eq(elements_of("a,b"), "a|b|");
	ck_assert_str_eq(elements_of(" a b\t,\tc "), "a b|c|");
}

TEST(lvn_http_slice_next__skips_empty_elements)
{
	ck_assert_str_eq(elements_of(""), "");
	ck_assert_str_eq(elements_of(" \t"), "");
	ck_assert_str_eq(elements_of(","), "");
	ck_assert_str_eq(elements_of(",, a , ,b, "), "a|b|");
}

TEST(lvn_http_slice_next__commas_in_quoted_strings)
{
	ck_assert_str_eq(elements_of("a;b=\"c,d\",e"), "a;b=\"c,d\"|e|");
	ck_assert_str_eq(elements_of("\"a\\\",b\",c"), "\"a\\\",b\"|c|");
	ck_assert_str_eq(elements_of("\"a\\\\\",b"), "\"a\\\\\"|b|");
	ck_assert_str_eq(elements_of("a\\,b"), "a\\|b|");
}

TEST(lvn_http_slice_next__a_quoted_string_without_end_takes_all)
{
	ck_assert_str_eq(elements_of("a,\"b,c"), "a|\"b,c|");
	ck_assert_str_eq(elements_of("\"a\\"), "\"a\\|");
}
