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

TEST(lvn_number_read_digits__end_at_the_first_other_character)
{
	const char *text = "120x";
	uint64_t value;

	ck_assert_ptr_eq(read_digits(text, 10, &value), text + 3);

	ck_assert_uint_eq(value, 120);
}

TEST(lvn_number_read_digits__digits_of_a_larger_base)
{
	const char *text = "178";
	uint64_t value;

	ck_assert_ptr_eq(read_digits(text, 8, &value), text + 2);
	ck_assert_uint_eq(value, 15);
	ck_assert_str_eq(read_digits("fF.", 16, &value), ".");
	ck_assert_uint_eq(value, 255);
}

TEST(lvn_number_read_digits__no_digits)
{
	const char *text = "x";
	uint64_t value = 7;

	ck_assert_ptr_eq(read_digits(text, 10, &value), text);
	ck_assert_uint_eq(value, 0);
}

TEST(lvn_number_read_digits__nothing_beyond_the_end)
{
	const char *text = "1234";
	uint64_t value;

	ck_assert_ptr_eq(lvn_number_read_digits(text, text + 2, 10, &value), text + 2);
	ck_assert_uint_eq(value, 12);
}

TEST(lvn_number_read_digits__saturates)
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

TEST(lvn_number_read_loose__blanks_and_sign)
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

TEST(lvn_number_read_loose__no_digit)
{
	static const char *const texts[] = {"", " ", "-", "+ 1", "--1", "x", "\b1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct loose_number number = {99, false};

		ck_assert_ptr_null(read_loose(texts[i], &number));
		ck_assert_uint_eq(number.magnitude, 99);
	}
}

TEST(lvn_number_low_32__twos_complement)
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

TEST(lvn_number_write_digits__no_leading_zeros)
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

TEST(lvn_number_write_digits__is_read_again)
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
