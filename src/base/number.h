/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers in text, for parsers that are given a range of characters and do not
 * depend on the locale.  Knows nothing about where the text comes from.
 */
#ifndef LVN_BASE_NUMBER_H
#define LVN_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number as a person may have typed it: blanks, a sign, digits. */
struct loose_number {
	uint64_t magnitude; /* UINT64_MAX when larger */
	bool negative;
};

/* The value of a digit in bases up to 16, or -1. */
int lvn_number_digit_value(char digit);

/*
 * Reads digits of `base` (2 to 16) at `at`, before `end`.  A number too large
 * becomes UINT64_MAX.  Returns where the digits end: `at` itself if there are none.
 */
const char *lvn_number_read_digits(
    const char *at, const char *end, unsigned base, uint64_t *value_out);

/*
 * Skips blanks, accepts one sign, then decimal digits.  Returns where they end,
 * or NULL if there is not one digit; then nothing was written.
 */
const char *lvn_number_read_loose(const char *at, const char *end, struct loose_number *number_out);

/*
 * The lowest 32 bits of the number in two's complement, as a program sees them
 * that read it with strtoul and stored it into 32 bits.
 */
uint32_t lvn_number_low_32(const struct loose_number *number);

/*
 * Writes the digits of `value` in `base` (2 to 16, lower case) at `at`, without a
 * zero byte.  Returns where they end; at most 20 characters in base 10, 16 in base 16.
 */
char *lvn_number_write_digits(char *at, uint64_t value, unsigned base);

#endif
