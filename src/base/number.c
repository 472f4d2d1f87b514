/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/number.h"

/* The digits of a uint64_t in base 2. */
#define MAX_DIGITS 64

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int
lvn_number_digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

const char *
lvn_number_read_digits(const char *at, const char *end, unsigned base, uint64_t *value_out)
{
	uint64_t value = 0;
	bool too_large = false;

	for (; at < end; at++) {
		int digit = lvn_number_digit_value(*at);

		if (digit < 0 || (unsigned)digit >= base)
			break;
		if (value > (UINT64_MAX - (unsigned)digit) / base)
			too_large = true;
		value = value * base + (unsigned)digit;
	}
	*value_out = too_large ? UINT64_MAX : value;
	return at;
}

const char *
lvn_number_read_loose(const char *at, const char *end, struct loose_number *number_out)
{
	struct loose_number number = {0, false};
	const char *digits;

	while (at < end && is_blank(*at))
		at++;
	if (at < end && (*at == '+' || *at == '-')) {
		number.negative = *at == '-';
		at++;
	}
	digits = at;
	at = lvn_number_read_digits(digits, end, 10, &number.magnitude);
	if (at == digits)
		return NULL;
	*number_out = number;
	return at;
}

uint32_t
lvn_number_low_32(const struct loose_number *number)
{
	/* strtoul does not apply the sign to a number that was too large. */
	if (number->negative && number->magnitude != UINT64_MAX)
		return (uint32_t)(0 - number->magnitude);
	return (uint32_t)number->magnitude;
}

char *
lvn_number_write_digits(char *at, uint64_t value, unsigned base)
{
	char reversed[MAX_DIGITS];
	size_t count = 0;

	do {
		reversed[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value > 0);
	while (count > 0)
		*at++ = reversed[--count];
	return at;
}
