/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies: their heads, and bodies whole or in chunks.  What the program has set cannot split
 * a message: a field or a reason with a control character is left out, with a log line.
 *
 * All functions take a request that still has its connection, whose reply is owed.
 */
#ifndef LVN_HTTP_REPLY_H
#define LVN_HTTP_REPLY_H

#include <stdbool.h>

struct evbuffer;
struct evhttp_request;

/*
 * Whether a reply may begin, or else (`starts` not set) go on; a line in the log if not.  It may come
 * before the end of the body, as refusals of an upload do.
 */
bool lvn_http_reply_is_owed(struct evhttp_request *request, bool starts, const char *caller);

/*
 * Whether no reply can be sent any more, because the connection has gone or is about to; `ends`: this
 * call would have been the last one of the reply, so the request is over.
 */
bool lvn_http_reply_is_lost(struct evhttp_request *request, bool ends);

/* A whole reply; `body` may be NULL, and is empty afterwards. */
void lvn_http_reply_send(
    struct evhttp_request *request, int code, const char *reason, struct evbuffer *body);

/*
 * A page that says what was wrong, and the end of the connection.  Fields that the program has
 * set before are dropped.
 */
void lvn_http_reply_send_error(struct evhttp_request *request, int code, const char *reason);

/* A reply in pieces: chunks, or until the end of the connection for HTTP/1.0. */
void lvn_http_reply_start(struct evhttp_request *request, int code, const char *reason);
/* Whether it is sent, or dropped as the body of a reply that has none; else `data` stays. */
bool lvn_http_reply_send_chunk(struct evhttp_request *request, struct evbuffer *data);
void lvn_http_reply_end(struct evhttp_request *request);

#endif
