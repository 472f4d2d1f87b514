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

/* Nothing has come of the response to the request under way, on a connection that had one before. */
bool lvn_http_client_request_is_unanswered(const struct http_client *client);
/*
 * The peer may close a connection while a request is on its way (RFC 9112 9.3.1, 9.5): the client
 * wants it to be sent again then, and that does no harm (RFC 9110 9.2.2).
 */
bool lvn_http_client_request_may_be_sent_again(const struct http_client *client);

/* Writes head and body to the stream.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_client_request_write(
    struct http_client *client, struct evhttp_request *request);

/* Copies the head of the response.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_client_request_fill(
    struct evhttp_request *request, const struct http_head *head, size_t head_size);

#endif
