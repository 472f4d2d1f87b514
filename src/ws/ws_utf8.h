/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether bytes that come in parts are UTF-8 (RFC 3629): shortest forms, no surrogates, nothing
 * above U+10FFFF.  Wrong bytes are noticed as soon as they come.
 */
#ifndef LVN_WS_UTF8_H
#define LVN_WS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zeros at the beginning of a text. */
struct ws_utf8 {
	uint8_t missing; /* bytes of a character that has begun */
	uint8_t low;     /* between these is the next of them */
	uint8_t high;
};

/* Returns false if the text cannot go on like that; the state is of no use then. */
bool lvn_ws_utf8_add(struct ws_utf8 *state, const uint8_t *bytes, size_t size);

/* Whether the text may end here. */
static inline bool
lvn_ws_utf8_is_whole(const struct ws_utf8 *state)
{
	return state->missing == 0;
}

#endif
