/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_utf8.h"

#include <string.h>

#include "support/suite.h"

static bool
is_utf8(const uint8_t *bytes, size_t size)
{
	struct ws_utf8 state = {0};

	return lvn_ws_utf8_add(&state, bytes, size) && lvn_ws_utf8_is_whole(&state);
}

/* Decodes as RFC 3629 says, in another way than the code under test. */
static bool
is_character(const uint8_t *bytes, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;

	if (size == 1)
		return bytes[0] < 0x80;
	if (size > 4 || (bytes[0] & (0xff >> (size + 1) ^ 0xff)) != (0xff >> size ^ 0xff))
		return false;
	code = bytes[0] & (0xff >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	return code >= least[size] && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

static bool
is_sequence(const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return true;
	for (size_t first = 1; first <= size; first++)
		if (is_character(bytes, first) && is_sequence(bytes + first, size - first))
			return true;
	return false;
}

TEST(utf8__every_one_and_two_bytes)
{
	for (unsigned i = 0; i < 0x100; i++)
		for (unsigned j = 0; j < 0x100; j++) {
			const uint8_t bytes[] = {(uint8_t)i, (uint8_t)j};

			ck_assert(is_utf8(bytes, 2) == is_sequence(bytes, 2));
			ck_assert(is_utf8(bytes, 1) == is_sequence(bytes, 1));
		}
}

/* All bytes that decide something. */
static const uint8_t telling[] = {0, 'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
    0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff};
enum { TELLING = sizeof(telling) };

TEST(utf8__every_four_bytes_of_those_that_decide)
{
	for (unsigned i = 0; i < TELLING * TELLING * TELLING * TELLING; i++) {
		const uint8_t bytes[] = {telling[i % TELLING], telling[i / TELLING % TELLING],
		    telling[i / TELLING / TELLING % TELLING],
		    telling[i / TELLING / TELLING / TELLING]};

		ck_assert(is_utf8(bytes, 4) == is_sequence(bytes, 4));
		ck_assert(is_utf8(bytes, 3) == is_sequence(bytes, 3));
	}
}

TEST(utf8__bad_bytes_are_noticed_when_they_come)
{
	struct ws_utf8 state = {0};

	ck_assert(lvn_ws_utf8_add(&state, (const uint8_t *)"\xed", 1));
	ck_assert(!lvn_ws_utf8_is_whole(&state));
	ck_assert(!lvn_ws_utf8_add(&state, (const uint8_t *)"\xa0", 1));
}

TEST(utf8__in_two_parts)
{
	static const char text[] = "abcdefgh\xc3\xa4ijklmnopq\xe2\x82\xac\xf0\x9f\x98\x80rstuvwxyz";

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct ws_utf8 state = {0};

		ck_assert(lvn_ws_utf8_add(&state, (const uint8_t *)text, cut));
		ck_assert(lvn_ws_utf8_add(&state, (const uint8_t *)text + cut, sizeof(text) - cut));
		ck_assert(lvn_ws_utf8_is_whole(&state));
	}
}

/* The part that is read eight bytes at a time. */
TEST(utf8__one_bad_byte_at_each_place)
{
	uint8_t bytes[40];

	for (size_t at = 0; at < sizeof(bytes); at++) {
		memset(bytes, 'a', sizeof(bytes));
		ck_assert(is_utf8(bytes, sizeof(bytes)));
		bytes[at] = 0x80;
		ck_assert(!is_utf8(bytes, sizeof(bytes)));
	}
}

TEST(utf8__nothing)
{
	struct ws_utf8 state = {0};

	ck_assert(lvn_ws_utf8_add(&state, NULL, 0));
	ck_assert(lvn_ws_utf8_is_whole(&state));
}
