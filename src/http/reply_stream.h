/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies in pieces that the program writes as fast as the client takes them.
 */
#ifndef LVN_HTTP_REPLY_STREAM_H
#define LVN_HTTP_REPLY_STREAM_H

#include <stdint.h>

#include "base/compiler.h"

struct evbuffer;
struct evhttp_connection;
struct evhttp_request;

/* `size` is that of the body, negative if it is not known.  Returns 0, -ENOMEM or -EPIPE. */
LVN_NODISCARD int lvn_http_reply_stream_start(
    struct evhttp_request *request, int code, const char *reason, int64_t size);

/*
 * Returns 0; 1 when the program is to wait; -EMSGSIZE when the reply would become longer than its
 * size, and nothing was taken; -ENOMEM.
 */
LVN_NODISCARD int lvn_http_reply_stream_write(
    struct evhttp_request *request, struct evbuffer *data);

LVN_NODISCARD int lvn_http_reply_stream_end(struct evhttp_request *request);

/* Some output has gone out: calls the program if it waits for that. */
void lvn_http_reply_stream_on_written(struct evhttp_connection *connection);

#endif
