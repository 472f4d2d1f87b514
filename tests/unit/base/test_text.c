/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "support/suite.h"

static int
format(char *text, size_t capacity, const char *form, ...)
{
	va_list args;
	int length;

	va_start(args, form);
	length = lvn_text_format(text, capacity, form, args);
	va_end(args);
	return length;
}

START_TEST(only_the_letters_of_ascii_have_a_lower_case)
{
	for (int c = -128; c < 128; c++) {
		int lower = c >= 'A' && c <= 'Z' ? c + 32 : c;

		ck_assert_int_eq(lvn_text_lower((char)c), (char)lower);
	}
}
END_TEST

START_TEST(letters_of_either_case_are_the_same)
{
	ck_assert_int_eq(lvn_text_compare("Content-Length", "cONTENT-lENGTH"), 0);
	ck_assert_int_eq(lvn_text_compare("", ""), 0);
	ck_assert_int_eq(lvn_text_compare("a[", "A{"), -1);
}
END_TEST

START_TEST(the_shorter_text_comes_first)
{
	ck_assert_int_eq(lvn_text_compare("ab", "ABC"), -1);
	ck_assert_int_eq(lvn_text_compare("ABC", "ab"), 1);
	ck_assert_int_eq(lvn_text_compare("b", "ABC"), 1);
}
END_TEST

START_TEST(only_the_start_is_compared_where_asked)
{
	ck_assert_int_eq(lvn_text_compare_start("abX", "ABY", 2), 0);
	ck_assert_int_eq(lvn_text_compare_start("abX", "ABY", 3), -1);
	ck_assert_int_eq(lvn_text_compare_start("a", "b", 0), 0);
	ck_assert_int_eq(lvn_text_compare_start("a", "A", 99), 0);
}
END_TEST

START_TEST(a_text_that_is_cut_still_ends)
{
	char text[8];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(format(text, 4, "%d-%s", 12, "xyz"), 6);
	ck_assert_str_eq(text, "12-");
	ck_assert_int_eq(text[4], '#');
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
	char text[2] = "#";

	ck_assert_int_eq(format(text, 0, "%d", 12), 0);
	ck_assert_int_eq(text[0], '#');
	ck_assert_int_eq(format(text, 1, "%d", 12), 2);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(a_text_that_cannot_be_made_still_ends)
{
	char text[8];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(format(text, sizeof(text), "%ls", L"\xd800"), -1);
	ck_assert_ptr_nonnull(memchr(text, '\0', sizeof(text)));
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("text");
	TCase *group = tcase_create("text");

	tcase_add_test(group, only_the_letters_of_ascii_have_a_lower_case);
	tcase_add_test(group, letters_of_either_case_are_the_same);
	tcase_add_test(group, the_shorter_text_comes_first);
	tcase_add_test(group, only_the_start_is_compared_where_asked);
	tcase_add_test(group, a_text_that_is_cut_still_ends);
	tcase_add_test(group, without_room_nothing_is_written);
	tcase_add_test(group, a_text_that_cannot_be_made_still_ends);
	suite_add_tcase(suite, group);
	return suite;
}
