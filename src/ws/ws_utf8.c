/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Where the ASCII characters end. */
static const uint8_t *
skip_ascii(const uint8_t *at, const uint8_t *end)
{
	uint64_t word;

	while ((size_t)(end - at) >= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (word & HIGH_BITS)
			break;
		at += sizeof(word);
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/* The first byte of a character decides about the second one, too (RFC 3629 4). */
static bool
begin(struct ws_utf8 *state, uint8_t byte)
{
	state->low = 0x80;
	state->high = 0xbf;
	if (byte < 0xc2 || byte > 0xf4)
		return false;
	if (byte < 0xe0) {
		state->missing = 1;
		return true;
	}
	state->missing = byte < 0xf0 ? 2 : 3;
	if (byte == 0xe0)
		state->low = 0xa0;
	else if (byte == 0xed)
		state->high = 0x9f;
	else if (byte == 0xf0)
		state->low = 0x90;
	else if (byte == 0xf4)
		state->high = 0x8f;
	return true;
}

bool
lvn_ws_utf8_add(struct ws_utf8 *state, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size > 0 ? bytes + size : bytes;

	for (const uint8_t *at = bytes; at < end; at++) {
		if (state->missing == 0) {
			at = skip_ascii(at, end);
			if (at == end)
				break;
			if (!begin(state, *at))
				return false;
		} else if (*at < state->low || *at > state->high) {
			return false;
		} else {
			state->missing--;
			state->low = 0x80;
			state->high = 0xbf;
		}
	}
	return true;
}
