/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <string.h>

#include <event2/util.h>

#include "base/text.h"
#include "support/suite.h"

static int
format(char *text, size_t capacity, const char *form, ...)
{
	va_list args;
	int length;

	va_start(args, form);
	length = evutil_vsnprintf(text, capacity, form, args);
	va_end(args);
	return length;
}

TEST(lvn_text_lower__only_ascii_letters)
{
	for (int c = -128; c < 128; c++) {
		int lower = c >= 'A' && c <= 'Z' ? c + 32 : c;

		ck_assert_int_eq(lvn_text_lower((char)c), (char)lower);
	}
}

TEST(lvn_text_compare__ignores_case)
{
	ck_assert_int_eq(lvn_text_compare("Content-Length", "cONTENT-lENGTH"), 0);
	ck_assert_int_eq(lvn_text_compare("", ""), 0);
	ck_assert_int_eq(lvn_text_compare("a[", "A{"), -1);
}

TEST(lvn_text_compare__shorter_text_comes_first)
{
	ck_assert_int_eq(lvn_text_compare("ab", "ABC"), -1);
	ck_assert_int_eq(lvn_text_compare("ABC", "ab"), 1);
	ck_assert_int_eq(lvn_text_compare("b", "ABC"), 1);
}

TEST(lvn_text_compare_start__compares_the_start)
{
	ck_assert_int_eq(lvn_text_compare_start("abX", "ABY", 2), 0);
	ck_assert_int_eq(lvn_text_compare_start("abX", "ABY", 3), -1);
	ck_assert_int_eq(lvn_text_compare_start("a", "b", 0), 0);
	ck_assert_int_eq(lvn_text_compare_start("a", "A", 99), 0);
}

TEST(evutil_vsnprintf__cut_text_ends_with_zero)
{
	char text[8];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(format(text, 4, "%d-%s", 12, "xyz"), 6);
	ck_assert_str_eq(text, "12-");
	ck_assert_int_eq(text[4], '#');
}

TEST(evutil_vsnprintf__no_capacity_writes_nothing)
{
	char text[2] = "#";

	ck_assert_int_eq(format(text, 0, "%d", 12), 0);
	ck_assert_int_eq(text[0], '#');
	ck_assert_int_eq(format(text, 1, "%d", 12), 2);
	ck_assert_str_eq(text, "");
}

TEST(evutil_vsnprintf__wrong_format_ends_with_zero)
{
	char text[8];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(format(text, sizeof(text), "%ls", L"\xd800"), -1);
	ck_assert_ptr_nonnull(memchr(text, '\0', sizeof(text)));
}
