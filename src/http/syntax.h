/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which bytes may stand where in HTTP/1 messages: the grammar's classes as one table, and the
 * checks of tokens and values.  They hold what comes from the network and what an application
 * wants to send.
 */
#ifndef LVN_HTTP_SYNTAX_H
#define LVN_HTTP_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum http_class {
	HTTP_CLASS_TOKEN = 1,   /* tchar (RFC 9110 5.6.2) */
	HTTP_CLASS_VALUE = 2,   /* field-vchar, space and tab (RFC 9110 5.5) */
	HTTP_CLASS_TARGET = 4,  /* visible ASCII but '#' */
	HTTP_CLASS_HOST = 8,    /* unreserved, sub-delims and '%' (RFC 3986 3.2.2) */
	HTTP_CLASS_BLANK = 16,  /* space and tab */
	HTTP_CLASS_QUOTED = 32, /* qdtext (RFC 9110 5.6.4) */
	HTTP_CLASS_HEX = 64,
};

LVN_HIDDEN extern const uint8_t lvn_http_syntax_classes[256];

static inline bool
lvn_http_syntax_is(char byte, unsigned classes)
{
	return (lvn_http_syntax_classes[(uint8_t)byte] & classes) != 0;
}

/* Where the bytes of these classes end; `end` if all of them are. */
static inline const char *
lvn_http_syntax_skip(const char *at, const char *end, unsigned classes)
{
	while (at < end && lvn_http_syntax_is(*at, classes))
		at++;
	return at;
}

/* The same as lvn_http_syntax_skip for HTTP_CLASS_VALUE, eight bytes at a time. */
const char *lvn_http_syntax_skip_value(const char *at, const char *end);

/* At least one tchar, and nothing else: a method, the name of a field. */
bool lvn_http_syntax_is_token(const char *text, size_t size);
/* What may be sent as the value of a field or as a reason: no control but tabs. */
bool lvn_http_syntax_is_value(const char *text, size_t size);
/* Whether two hexadecimal digits follow each percent sign (RFC 3986 2.1). */
bool lvn_http_syntax_has_good_escapes(const char *text, size_t size);

#endif
