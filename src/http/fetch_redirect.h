/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redirects of a fetch: whether one is followed, and what becomes of the request.
 */
#ifndef LVN_HTTP_FETCH_REDIRECT_H
#define LVN_HTTP_FETCH_REDIRECT_H

#include "http/fetch.h"

enum http_fetch_redirect {
	HTTP_FETCH_REDIRECT_NONE,    /* the response is for the program */
	HTTP_FETCH_REDIRECT_FOLLOWS, /* `next_url` is set */
	HTTP_FETCH_REDIRECT_REFUSED,
	HTTP_FETCH_REDIRECT_NO_MEMORY,
};

/* Looks at the head that has come.  *why_out is set for REFUSED. */
enum http_fetch_redirect lvn_http_fetch_redirect_check(
    struct levin_http_fetch *fetch, const char **why_out);

/* The request becomes the next one; what has come of this response is dropped. */
void lvn_http_fetch_redirect_apply(struct levin_http_fetch *fetch);

#endif
