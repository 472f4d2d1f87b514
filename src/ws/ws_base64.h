/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Base64 (RFC 4648 4), for the keys of the handshake.
 */
#ifndef LVN_WS_BASE64_H
#define LVN_WS_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the text of so many bytes is, without a zero byte. */
#define LVN_WS_BASE64_SIZE(size) (((size) + 2) / 3 * 4)

/* Writes LVN_WS_BASE64_SIZE(size) characters and a zero byte. */
void lvn_ws_base64_write(char *out, const uint8_t *bytes, size_t size);

/* Whether a text is so many bytes in base64: padded, and with zeros in the bits left over. */
bool lvn_ws_base64_is(const char *text, size_t text_size, size_t size);

#endif
