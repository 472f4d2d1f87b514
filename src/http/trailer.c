/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/trailer.h"

#include <stddef.h>

#include "base/compiler.h"

static const char *const of_heads[] = {
    /* framing and the connection */
    "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
    "Transfer-Encoding", "Upgrade",
    /* routing */
    "Forwarded", "Host", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
    "X-Forwarded-Proto", "X-Real-IP",
    /* authentication and cookies */
    "Authentication-Info", "Authorization", "Cookie", "Proxy-Authenticate",
    "Proxy-Authentication-Info", "Proxy-Authorization", "Set-Cookie", "WWW-Authenticate",
    /* conditions and control of requests */
    "Cache-Control", "Expect", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range",
    "If-Unmodified-Since", "Max-Forwards", "Pragma", "Range",
    /* control of responses */
    "Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning",
    /* content */
    "Content-Encoding", "Content-Location", "Content-Range", "Content-Type"};

bool
lvn_http_trailer_is_allowed(struct http_slice name)
{
	for (size_t i = 0; i < LVN_COUNT_OF(of_heads); i++) {
		if (lvn_http_slice_is_nocase(name, of_heads[i]))
			return false;
	}
	return true;
}
