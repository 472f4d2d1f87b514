/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long the body of a message is, and whether the connection stays (RFC 9112 6.3, 9.3).  The
 * only place that reads Content-Length, Transfer-Encoding and Connection for this.
 */
#ifndef LVN_HTTP_FRAMING_H
#define LVN_HTTP_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/head.h"

enum http_body {
	HTTP_BODY_NONE,        /* also for Content-Length: 0 */
	HTTP_BODY_SIZED,       /* `size` bytes, at least one */
	HTTP_BODY_CHUNKED,     /* chunked.h */
	HTTP_BODY_UNTIL_CLOSE, /* of a response */
	HTTP_BODY_TUNNEL,      /* the connection is no HTTP any more: a 101, or a 2xx to CONNECT */
};

struct http_framing {
	enum http_body body;
	uint64_t size;         /* at most INT64_MAX */
	bool keep_alive;       /* by version, Connection and framing: another message may follow */
	bool must_close;       /* the framing forbids another message, whatever both want */
	bool expects_continue; /* a request of HTTP/1.1 with a body expects a 100 */
	bool upgrade;          /* of HTTP/1.1: Upgrade is there, and in the list of Connection */
};

/*
 * Return 0, or the status code to refuse the request with (400, 417, 501); for a response any
 * of these means that it must not be believed.  Then *why_out is a short English text, and the
 * connection must close.
 */
LVN_NODISCARD int lvn_http_framing_of_request(const struct http_head *head, unsigned lenient,
    struct http_framing *framing_out, const char **why_out);
/* Of a response to HEAD, to CONNECT, or to another method. */
LVN_NODISCARD int lvn_http_framing_of_response(const struct http_head *head, bool to_head,
    bool to_connect, unsigned lenient, struct http_framing *framing_out, const char **why_out);

#endif
