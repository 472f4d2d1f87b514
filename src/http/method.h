/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The methods that libevent 2.1 and 2.2 know, as names and as bits of enum evhttp_cmd_type.
 * Names are compared with their case (RFC 9110 9.1).
 */
#ifndef LVN_HTTP_METHOD_H
#define LVN_HTTP_METHOD_H

#include <stddef.h>
#include <stdint.h>

enum http_method_flags {
	HTTP_METHOD_HAS_BODY = 1,   /* a request without a body says Content-Length: 0 */
	HTTP_METHOD_SAFE = 2,       /* RFC 9110 9.2.1 */
	HTTP_METHOD_IDEMPOTENT = 4, /* RFC 9110 9.2.2: may be sent again */
};

struct http_method {
	const char *name;
	uint32_t type; /* of enum evhttp_cmd_type */
	unsigned flags;
};

/* NULL for a name or a type that is not in the table. */
const struct http_method *lvn_http_method_find(const char *name, size_t size);
const struct http_method *lvn_http_method_of_type(uint32_t type);

#endif
