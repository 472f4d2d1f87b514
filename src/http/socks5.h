/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The messages of SOCKS5 (RFC 1928, RFC 1929), for a client that has the proxy look names up.
 * Bytes to values and back.
 */
#ifndef LVN_HTTP_SOCKS5_H
#define LVN_HTTP_SOCKS5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Enough for each message that is written. */
#define LVN_HTTP_SOCKS5_SIZE 520

enum http_socks5_method {
	HTTP_SOCKS5_NO_USER = 0x00,
	HTTP_SOCKS5_USER = 0x02,
	HTTP_SOCKS5_NONE = 0xff,
};

/* Write a message.  Return its size, or 0 for what has no place in it. */
size_t lvn_http_socks5_write_greeting(uint8_t *bytes_out, bool has_user);
size_t lvn_http_socks5_write_user(uint8_t *bytes_out, const char *user, const char *password);
size_t lvn_http_socks5_write_connect(uint8_t *bytes_out, const char *host, uint16_t port);

/*
 * Read the replies.  Return the size of the message, 0 if bytes are missing, or -1 if it is none:
 * then *why_out says so, or why the proxy has refused.
 */
LVN_NODISCARD int lvn_http_socks5_read_method(
    const uint8_t *bytes, size_t size, enum http_socks5_method *method_out, const char **why_out);
LVN_NODISCARD int lvn_http_socks5_read_status(
    const uint8_t *bytes, size_t size, const char **why_out);
LVN_NODISCARD int lvn_http_socks5_read_reply(
    const uint8_t *bytes, size_t size, const char **why_out);

#endif
