/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Status codes: their texts, and which responses have no body.
 */
#ifndef LVN_HTTP_STATUS_H
#define LVN_HTTP_STATUS_H

#include <stdbool.h>

/* The text for a status line; for a code without one, that of its class.  Never NULL. */
const char *lvn_http_status_text(int code);

/* Not for 1xx, 204 and 304 (RFC 9112 6.3). */
bool lvn_http_status_has_body(int code);

#endif
