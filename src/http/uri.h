/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * URIs and relative references (RFC 3986): text to parts, and back.  Nothing is decoded, and
 * nothing is normalised.  A URI that was parsed is one allocation.
 */
#ifndef LVN_HTTP_URI_H
#define LVN_HTTP_URI_H

#include <stddef.h>

#include "base/compiler.h"

enum uri_part {
	URI_SCHEME,
	URI_USERINFO,
	URI_HOST,
	URI_UNIX_SOCKET,
	URI_PATH,
	URI_QUERY,
	URI_FRAGMENT,
	URI_PARTS
};

/*
 * A flag beside those of event2/http.h: what begins with two slashes has no authority, as the
 * origin form of a request target (RFC 9112 3.2.1).
 */
#define LVN_HTTP_URI_ORIGIN_FORM 0x10000U

#define LVN_HTTP_URI_PORT_MAX 65535

/* Beside the bits of the parts: the memory of the struct is somebody else's. */
#define LVN_HTTP_URI_IS_LENT 0x10000U

/*
 * Invariants:
 *   1. a part that is there is valid for the flags with which it came
 *   2. bit 1 << part of `own` says that the part is an allocation; others are behind the struct
 *   3. a host in brackets is followed, behind its zero byte, by the text between the brackets
 *   4. port is -1, or 0 to LVN_HTTP_URI_PORT_MAX
 */
struct evhttp_uri {
	unsigned flags;
	unsigned own;
	int port;
	char *parts[URI_PARTS]; /* NULL: missing */
};

/* A URI without parts; NULL when memory is short. */
LVN_NODISCARD struct evhttp_uri *lvn_http_uri_new(void);
/* Accepts NULL. */
void lvn_http_uri_free(struct evhttp_uri *uri);

/* Returns 0, -EINVAL or -ENOMEM.  The path of what was parsed is never missing. */
LVN_NODISCARD int lvn_http_uri_parse(
    const char *text, size_t size, unsigned flags, struct evhttp_uri **uri_out);
/* The same, in memory that is lent if it is large enough; lvn_http_uri_free leaves it alone. */
LVN_NODISCARD int lvn_http_uri_parse_into(struct evhttp_uri *lent, size_t lent_size,
    const char *text, size_t size, unsigned flags, struct evhttp_uri **uri_out);

/* The host as the flags want it, with its brackets or without; NULL if there is no authority. */
const char *lvn_http_uri_host(const struct evhttp_uri *uri);

/* Sets a part, or removes it if the text is NULL.  Returns 0, -EINVAL or -ENOMEM. */
LVN_NODISCARD int lvn_http_uri_set(struct evhttp_uri *uri, enum uri_part part, const char *text);

/*
 * Writes the URI and a zero byte.  Returns 0, -ERANGE if `capacity` is too small, or -EINVAL if
 * the parts make no URI, or one that would be parsed as other parts; then nothing is written.
 */
LVN_NODISCARD int lvn_http_uri_write(const struct evhttp_uri *uri, char *text_out, size_t capacity);

#endif
