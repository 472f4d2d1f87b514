/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An absolute URL as a client needs it: where to connect, and what to ask for.
 */
#ifndef LVN_HTTP_URL_H
#define LVN_HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct evhttp_uri;

/* Zeros are an empty one.  Invariant: all members are set, or none. */
struct http_url {
	char *text;             /* without the fragment */
	struct evhttp_uri *uri; /* of the text */
	char *target;           /* the path and the query */
	char *authority;        /* for the field Host: without the port that the scheme implies */
	const char *host;       /* without brackets; of the URI */
	uint16_t port;
	bool is_tls;
};

/*
 * Reads an http or https URL.  Returns 0, -ENOMEM, or -EINVAL for all others, and for one with a
 * user in it, which would be sent to nobody.
 */
LVN_NODISCARD int lvn_http_url_parse(struct http_url *url_out, const char *text);
/* Zeros it. */
void lvn_http_url_clear(struct http_url *url);

/* Whether scheme, host and port are the same (RFC 6454 5). */
bool lvn_http_url_has_origin_of(const struct http_url *url, const struct http_url *other);

#endif
