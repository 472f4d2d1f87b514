/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request of a server has of its head.
 */
#ifndef LVN_HTTP_REQUEST_HEAD_H
#define LVN_HTTP_REQUEST_HEAD_H

#include "base/compiler.h"

struct evhttp_connection;
struct http_head;

/*
 * Copies the head that the reader has found into the current request, and decides about the
 * framing.  Returns 0, or a status to refuse the request with; -1 without memory.
 */
LVN_NODISCARD int lvn_http_request_head_read(
    struct evhttp_connection *connection, const struct http_head *head);

#endif
