/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client's request on the wire, and the response to it as programs see it.
 */
#ifndef LVN_HTTP_CLIENT_REQUEST_H
#define LVN_HTTP_CLIENT_REQUEST_H

#include "http/client.h"

/* Checks and keeps method and target.  Returns 0, -EINVAL or -ENOMEM. */
LVN_NODISCARD int lvn_http_client_request_prepare(struct http_client *client,
    struct evhttp_request *request, enum evhttp_cmd_type type, const char *target);

/* Whether it may be sent twice, by its method (RFC 9110 9.2.2). */
bool lvn_http_client_request_is_idempotent(const struct evhttp_request *request);

/* Writes head and body to the stream.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_client_request_write(
    struct http_client *client, struct evhttp_request *request);

/* Copies the head of the response.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_client_request_fill(
    struct evhttp_request *request, const struct http_reader *reader);

#endif
