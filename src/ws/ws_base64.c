/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
lvn_ws_base64_write(char *out, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += 3) {
		size_t count = size - at < 3 ? size - at : 3;
		uint32_t group = 0;

		for (size_t i = 0; i < 3; i++)
			group = group << 8 | (i < count ? bytes[at + i] : 0U);
		for (size_t i = 0; i < 4; i++)
			*out++ = i <= count ? digits[group >> (18 - 6 * i) & 0x3f] : '=';
	}
	*out = '\0';
}

bool
lvn_ws_base64_is(const char *text, size_t text_size, size_t size)
{
	size_t padding = (3 - size % 3) % 3;
	size_t used = LVN_WS_BASE64_SIZE(size) - padding;
	const char *digit = NULL;

	if (text_size != LVN_WS_BASE64_SIZE(size))
		return false;
	for (size_t i = 0; i < used; i++) {
		digit = memchr(digits, text[i], sizeof(digits) - 1);
		if (!digit)
			return false;
	}
	for (size_t i = used; i < text_size; i++)
		if (text[i] != '=')
			return false;
	/* Two bits of the last digit are left over for each character of padding. */
	return !digit || ((size_t)(digit - digits) & ((1U << (2 * padding)) - 1)) == 0;
}
