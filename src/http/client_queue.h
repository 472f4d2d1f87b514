/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests of a client that wait for their turn.
 */
#ifndef LVN_HTTP_CLIENT_QUEUE_H
#define LVN_HTTP_CLIENT_QUEUE_H

#include "http/client.h"

/* At its end, and at its beginning. */
void lvn_http_client_queue_push(struct http_client *client, struct evhttp_request *request);
void lvn_http_client_queue_unshift(struct http_client *client, struct evhttp_request *request);
/* Takes the first one off, which there must be. */
struct evhttp_request *lvn_http_client_queue_shift(struct http_client *client);
/* All of them become those that fail: the program can still take them out while it is notified. */
void lvn_http_client_queue_fail(struct http_client *client);
struct evhttp_request *lvn_http_client_queue_shift_failing(struct http_client *client);
/* Out of either.  Returns false if it was not there. */
bool lvn_http_client_queue_take_out(struct http_client *client, struct evhttp_request *request);

#endif
