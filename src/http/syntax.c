/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/syntax.h"

#include <string.h>

/* One row for 16 bytes; the suite compares it with the grammar. */
/* clang-format off */
const uint8_t lvn_http_syntax_classes[256] = {
	  0,   0,   0,   0,   0,   0,   0,   0,   0,  50,   0,   0,   0,   0,   0,   0,  /* 00 */
	  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  /* 10 */
	 50,  47,   6,  35,  47,  47,  47,  47,  46,  46,  47,  47,  46,  47,  47,  38,  /* 20 */
	111, 111, 111, 111, 111, 111, 111, 111, 111, 111,  38,  46,  38,  46,  38,  38,  /* 30 */
	 38, 111, 111, 111, 111, 111, 111,  47,  47,  47,  47,  47,  47,  47,  47,  47,  /* 40 */
	 47,  47,  47,  47,  47,  47,  47,  47,  47,  47,  47,  38,   6,  38,  39,  47,  /* 50 */
	 39, 111, 111, 111, 111, 111, 111,  47,  47,  47,  47,  47,  47,  47,  47,  47,  /* 60 */
	 47,  47,  47,  47,  47,  47,  47,  47,  47,  47,  47,  38,  39,  38,  47,   0,  /* 70 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* 80 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* 90 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* a0 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* b0 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* c0 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* d0 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* e0 */
	 34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  34,  /* f0 */
};
/* clang-format on */

#define EVERY_BYTE(byte) (UINT64_MAX / 255 * (byte))

/* Whether one of eight bytes is below 0x20 or is 0x7f; the rest are part of a value. */
static bool
has_control(uint64_t word)
{
	uint64_t delete = word ^ EVERY_BYTE(0x7f);
	uint64_t low = (word - EVERY_BYTE(0x20)) & ~word;

	return ((low | ((delete - EVERY_BYTE(1)) & ~delete)) & EVERY_BYTE(0x80)) != 0;
}

const char *
lvn_http_syntax_skip_value(const char *at, const char *end)
{
	uint64_t word;

	for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (!has_control(word))
			continue;
		/* It may be a tab. */
		for (size_t i = 0; i < sizeof(word); i++) {
			if (!lvn_http_syntax_is(at[i], HTTP_CLASS_VALUE))
				return at + i;
		}
	}
	return lvn_http_syntax_skip(at, end, HTTP_CLASS_VALUE);
}

bool
lvn_http_syntax_is_token(const char *text, size_t size)
{
	return size > 0 && lvn_http_syntax_skip(text, text + size, HTTP_CLASS_TOKEN) == text + size;
}

bool
lvn_http_syntax_is_value(const char *text, size_t size)
{
	return size == 0 || lvn_http_syntax_skip_value(text, text + size) == text + size;
}

bool
lvn_http_syntax_has_good_escapes(const char *text, size_t size)
{
	const char *end = text + size;

	if (size == 0)
		return true;
	while ((text = memchr(text, '%', (size_t)(end - text)))) {
		if (end - text < 3 || !lvn_http_syntax_is(text[1], HTTP_CLASS_HEX) ||
		    !lvn_http_syntax_is(text[2], HTTP_CLASS_HEX))
			return false;
		text += 3;
	}
	return true;
}
