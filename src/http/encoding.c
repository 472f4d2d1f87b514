/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/encoding.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

/* Whether the byte is encoded, and not itself or a plus sign. */
static bool
is_escaped(char c, bool blank_to_plus)
{
	return !is_unreserved(c) && !(blank_to_plus && c == ' ');
}

/* For a text of `size` bytes, of which `special` become `growth` bytes longer at most, and a zero. */
static char *
alloc_text(size_t size, size_t special, size_t growth)
{
	if (size > SIZE_MAX / 2 || special > SIZE_MAX / 4 / growth) {
		errno = ENOMEM;
		return NULL;
	}
	return lvn_alloc(size + special * growth + 1);
}

char *
lvn_http_encode(const char *bytes, size_t size, bool blank_to_plus)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t special = 0;
	char *text, *at;

	for (size_t i = 0; i < size; i++)
		special += is_escaped(bytes[i], blank_to_plus);
	text = at = alloc_text(size, special, 2);
	if (!text)
		return NULL;
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)bytes[i];

		if (is_escaped(bytes[i], blank_to_plus)) {
			*at++ = '%';
			*at++ = digits[byte >> 4];
			*at++ = digits[byte & 15];
		} else
			*at++ = byte == ' ' ? '+' : bytes[i];
	}
	*at = '\0';
	return text;
}

/* The value of the two digits behind a percent sign, or -1. */
static int
escaped_byte(const char *sign, const char *end)
{
	int high, low;

	if (end - sign < 3)
		return -1;
	high = lvn_number_digit_value(sign[1]);
	low = lvn_number_digit_value(sign[2]);
	return high < 0 || low < 0 ? -1 : 16 * high + low;
}

size_t
lvn_http_decode(const char *text, size_t size, enum http_plus plus, char *bytes_out)
{
	const char *end = text + size;
	char *out = bytes_out;

	while (text < end) {
		char c = *text;
		int byte = c == '%' ? escaped_byte(text, end) : -1;

		text++;
		if (byte >= 0) {
			c = (char)(uint8_t)byte;
			text += 2;
		} else if (c == '+' && plus == HTTP_PLUS_IS_BLANK)
			c = ' ';
		else if (c == '?' && plus == HTTP_PLUS_IS_BLANK_IN_QUERY)
			plus = HTTP_PLUS_IS_BLANK;
		*out++ = c;
	}
	return (size_t)(out - bytes_out);
}

/* The entity of the character, or NULL. */
static const char *
entity_of(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#039;";
	case '&':
		return "&amp;";
	default:
		return NULL;
	}
}

char *
lvn_http_escape_html(const char *text)
{
	size_t size = strlen(text), special = 0;
	char *escaped, *at;

	for (size_t i = 0; i < size; i++)
		special += entity_of(text[i]) != NULL;
	/* The longest entities have six characters. */
	escaped = at = alloc_text(size, special, 5);
	if (!escaped)
		return NULL;
	for (; *text; text++) {
		const char *entity = entity_of(*text);

		if (entity) {
			size_t entity_size = strlen(entity);

			memcpy(at, entity, entity_size);
			at += entity_size;
		} else
			*at++ = *text;
	}
	*at = '\0';
	return escaped;
}
