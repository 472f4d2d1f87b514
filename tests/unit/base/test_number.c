/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/number.h"
#include "support/suite.h"

static const char *
read_digits(const char *text, unsigned base, uint64_t *value)
{
	return lvn_number_read_digits(text, text + strlen(text), base, value);
}

static const char *
read_loose(const char *text, struct loose_number *number)
{
	return lvn_number_read_loose(text, text + strlen(text), number);
}

START_TEST(digits_end_at_the_first_that_is_none)
{
	const char *text = "120x";
	uint64_t value;

	ck_assert_ptr_eq(read_digits(text, 10, &value), text + 3);

	ck_assert_uint_eq(value, 120);
}
END_TEST

START_TEST(digits_of_a_larger_base_are_none)
{
	const char *text = "178";
	uint64_t value;

	ck_assert_ptr_eq(read_digits(text, 8, &value), text + 2);
	ck_assert_uint_eq(value, 15);
	ck_assert_str_eq(read_digits("fF.", 16, &value), ".");
	ck_assert_uint_eq(value, 255);
}
END_TEST

START_TEST(no_digits_are_zero_and_nothing_is_passed)
{
	const char *text = "x";
	uint64_t value = 7;

	ck_assert_ptr_eq(read_digits(text, 10, &value), text);
	ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(digits_are_not_read_beyond_the_end)
{
	const char *text = "1234";
	uint64_t value;

	ck_assert_ptr_eq(lvn_number_read_digits(text, text + 2, 10, &value), text + 2);
	ck_assert_uint_eq(value, 12);
}
END_TEST

START_TEST(the_largest_number_is_read_and_larger_ones_are_cut)
{
	uint64_t value;

	read_digits("18446744073709551614", 10, &value);
	ck_assert_uint_eq(value, UINT64_MAX - 1);
	read_digits("18446744073709551615", 10, &value);
	ck_assert_uint_eq(value, UINT64_MAX);
	read_digits("18446744073709551616", 10, &value);
	ck_assert_uint_eq(value, UINT64_MAX);
	read_digits("184467440737095516160000000", 10, &value);
	ck_assert_uint_eq(value, UINT64_MAX);
	read_digits("10000000000000000", 16, &value);
	ck_assert_uint_eq(value, UINT64_MAX);
}
END_TEST

START_TEST(blanks_and_a_sign_may_stand_before_a_loose_number)
{
	struct loose_number number;
	const char *text = " \t\n\v\f\r-12.";

	ck_assert_ptr_eq(read_loose(text, &number), text + 9);
	ck_assert_uint_eq(number.magnitude, 12);
	ck_assert(number.negative);
	ck_assert_ptr_nonnull(read_loose("+5", &number));
	ck_assert_uint_eq(number.magnitude, 5);
	ck_assert(!number.negative);
}
END_TEST

START_TEST(a_loose_number_needs_a_digit)
{
	static const char *const texts[] = {"", " ", "-", "+ 1", "--1", "x", "\b1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct loose_number number = {99, false};

		ck_assert_ptr_null(read_loose(texts[i], &number));
		ck_assert_uint_eq(number.magnitude, 99);
	}
}
END_TEST

START_TEST(the_low_32_bits_are_those_of_twos_complement)
{
	static const struct {
		struct loose_number number;
		uint32_t low;
	} cases[] = {
	    {{0, false}, 0},
	    {{0, true}, 0},
	    {{1, true}, UINT32_MAX},
	    {{UINT64_C(0x100000001), false}, 1},
	    {{UINT64_C(0xffffffff), true}, 1},
	    {{UINT64_MAX, false}, UINT32_MAX},
	    {{UINT64_MAX, true}, UINT32_MAX},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(lvn_number_low_32(&cases[i].number), cases[i].low);
}
END_TEST

START_TEST(digits_are_written_without_leading_zeros)
{
	char text[32];

	*lvn_number_write_digits(text, 0, 10) = '\0';
	ck_assert_str_eq(text, "0");
	*lvn_number_write_digits(text, 1002, 10) = '\0';
	ck_assert_str_eq(text, "1002");
	*lvn_number_write_digits(text, UINT64_MAX, 10) = '\0';
	ck_assert_str_eq(text, "18446744073709551615");
	*lvn_number_write_digits(text, UINT64_C(0xabcdef0123456789), 16) = '\0';
	ck_assert_str_eq(text, "abcdef0123456789");
}
END_TEST

START_TEST(what_was_written_is_read_again)
{
	char text[64];

	for (unsigned base = 2; base <= 16; base++) {
		for (uint64_t value = 1; value < UINT64_MAX / 3; value = value * 3 + 1) {
			char *end = lvn_number_write_digits(text, value, base);
			uint64_t again;

			ck_assert_ptr_eq(lvn_number_read_digits(text, end, base, &again), end);
			ck_assert_uint_eq(again, value);
		}
	}
}
END_TEST

Suite *
suite_under_test(void)
{
	Suite *suite = suite_create("number");
	TCase *group = tcase_create("number");

	tcase_add_test(group, digits_end_at_the_first_that_is_none);
	tcase_add_test(group, digits_of_a_larger_base_are_none);
	tcase_add_test(group, no_digits_are_zero_and_nothing_is_passed);
	tcase_add_test(group, digits_are_not_read_beyond_the_end);
	tcase_add_test(group, the_largest_number_is_read_and_larger_ones_are_cut);
	tcase_add_test(group, blanks_and_a_sign_may_stand_before_a_loose_number);
	tcase_add_test(group, a_loose_number_needs_a_digit);
	tcase_add_test(group, the_low_32_bits_are_those_of_twos_complement);
	tcase_add_test(group, digits_are_written_without_leading_zeros);
	tcase_add_test(group, what_was_written_is_read_again);
	suite_add_tcase(suite, group);
	return suite;
}
