/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SHA-1 (FIPS 180-4) of a short text.  The handshake of WebSocket needs it (RFC 6455 4.2.2), as a
 * sign that a server has read the request; it protects nothing.
 */
#ifndef LVN_WS_SHA1_H
#define LVN_WS_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { LVN_WS_SHA1_SIZE = 20 };

void lvn_ws_sha1(uint8_t digest_out[LVN_WS_SHA1_SIZE], const void *data, size_t size);

#endif
