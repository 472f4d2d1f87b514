/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/encoding.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/fail_nth.h"
#include "support/suite.h"

static void
check_decoded(const char *text, enum http_plus plus, const void *expected, size_t expected_size)
{
	size_t size = strlen(text);
	/* No byte behind the text may be read. */
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	ck_assert_uint_eq(lvn_http_decode(copy, size, plus, copy), expected_size);
	ck_assert_mem_eq(copy, expected, expected_size);
	free(copy);
}

#define CHECK_DECODED(text, plus, expected) \
	check_decoded(text, plus, expected, sizeof(expected) - 1)

TEST(lvn_http_encode__every_byte)
{
	static const char kept[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (int c = 0; c < 256; c++) {
		char byte = (char)c, expected[4], *text = lvn_http_encode(&byte, 1, false);

		if (c && strchr(kept, c))
			snprintf(expected, sizeof(expected), "%c", c);
		else
			snprintf(expected, sizeof(expected), "%%%02X", (unsigned)c);
		ck_assert_str_eq(text, expected);
		lvn_free(text);
	}
}

TEST(lvn_http_encode__blanks)
{
	char *text = lvn_http_encode("a b+\0c", 6, true);

	ck_assert_str_eq(text, "a+b%2B%00c");
	lvn_free(text);
	text = lvn_http_encode("a b", 3, false);
	ck_assert_str_eq(text, "a%20b");
	lvn_free(text);
	text = lvn_http_encode(NULL, 0, false);
	ck_assert_str_eq(text, "");
	lvn_free(text);
}

TEST(lvn_http_decode__every_pair_of_digits)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		const uint8_t expected = (uint8_t)byte;
		char text[8];

		snprintf(text, sizeof(text), "%%%02x", byte);
		check_decoded(text, HTTP_PLUS_STAYS, &expected, 1);
		snprintf(text, sizeof(text), "%%%02X", byte);
		check_decoded(text, HTTP_PLUS_STAYS, &expected, 1);
	}
}

TEST(lvn_http_decode__a_sign_without_two_digits_stays)
{
	CHECK_DECODED("%", HTTP_PLUS_STAYS, "%");
	CHECK_DECODED("%F", HTTP_PLUS_STAYS, "%F");
	CHECK_DECODED("a%F", HTTP_PLUS_STAYS, "a%F");
	CHECK_DECODED("%%41", HTTP_PLUS_STAYS, "%A");
	CHECK_DECODED("%4g%g4%-1% 1%+1%0x", HTTP_PLUS_STAYS, "%4g%g4%-1% 1%+1%0x");
	CHECK_DECODED("%4%41", HTTP_PLUS_STAYS, "%4A");
}

TEST(lvn_http_decode__zero_bytes_are_counted)
{
	CHECK_DECODED("a%00b", HTTP_PLUS_STAYS, "a\0b");
	CHECK_DECODED("%00", HTTP_PLUS_STAYS, "\0");
}

TEST(lvn_http_decode__plus_signs)
{
	CHECK_DECODED("a+b?c+d", HTTP_PLUS_STAYS, "a+b?c+d");
	CHECK_DECODED("a+b?c+d", HTTP_PLUS_IS_BLANK, "a b?c d");
	CHECK_DECODED("a+b?c+d?e+f", HTTP_PLUS_IS_BLANK_IN_QUERY, "a+b?c d?e f");
	/* Not the question mark that comes out of an escape, and not such a plus sign. */
	CHECK_DECODED("%3f+%2b", HTTP_PLUS_IS_BLANK_IN_QUERY, "?++");
	CHECK_DECODED("%2b%", HTTP_PLUS_IS_BLANK, "+%");
}

TEST(lvn_http_decode__what_was_encoded)
{
	char bytes[256], decoded[3 * sizeof(bytes)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	for (int plus = 0; plus < 2; plus++) {
		char *text = lvn_http_encode(bytes, sizeof(bytes), plus != 0);

		ck_assert_uint_eq(lvn_http_decode(text, strlen(text),
				      plus ? HTTP_PLUS_IS_BLANK : HTTP_PLUS_STAYS, decoded),
		    sizeof(bytes));
		ck_assert_mem_eq(decoded, bytes, sizeof(bytes));
		lvn_free(text);
	}
}

TEST(lvn_http_escape_html__five_characters)
{
	char *text = lvn_http_escape_html("<a b=\"c\">'&amp;\x80");

	ck_assert_str_eq(text, "&lt;a b=&quot;c&quot;&gt;&#039;&amp;amp;\x80");
	lvn_free(text);
	text = lvn_http_escape_html("");
	ck_assert_str_eq(text, "");
	lvn_free(text);
}

TEST(lvn_http_encode__without_memory)
{
	struct fail_nth fail = {0};

	fail_nth_begin(&fail);
	ck_assert_ptr_null(lvn_http_encode("a b", 3, false));
	ck_assert(fail_nth_end(&fail));
	fail_nth_begin(&fail);
	ck_assert_ptr_null(lvn_http_escape_html("<"));
	ck_assert(fail_nth_end(&fail));
}
