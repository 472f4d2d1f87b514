/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The opening handshake (RFC 6455 4): what a request has to be like, the response to it, and the
 * same for clients.  No extensions are negotiated.
 */
#ifndef LVN_WS_HANDSHAKE_H
#define LVN_WS_HANDSHAKE_H

#include <event2/keyvalq_struct.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "http/slice.h"

struct evbuffer;
struct evhttp_request;
struct http_head;

/* Of Sec-WebSocket-Key and Sec-WebSocket-Accept, each with a zero byte. */
enum { LVN_WS_KEY_SIZE = 25, LVN_WS_ACCEPT_SIZE = 29 };

/* The value of Sec-WebSocket-Accept that belongs to a key of 24 characters. */
void lvn_ws_handshake_accept(char accept_out[LVN_WS_ACCEPT_SIZE], const char *key);

/* Whether a list of subprotocols is tokens with commas between them; NULL is none. */
bool lvn_ws_handshake_are_protocols(const char *protocols);

/* ---- servers ---- */

/* `protocol` is the first one of `protocols` that the client offers too; of size 0 if none is. */
struct ws_offer {
	char accept[LVN_WS_ACCEPT_SIZE];
	struct http_slice protocol;
	const char *why; /* it is refused */
};

/* Returns 0, or the status of HTTP to refuse the request with. */
int lvn_ws_handshake_judge(
    struct evhttp_request *request, const char *protocols, struct ws_offer *offer_out);

/* Adds the response with these other fields.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_ws_handshake_write_response(
    struct evbuffer *out, const struct ws_offer *offer, const struct evkeyvalq *fields);

/* ---- clients ---- */

struct ws_request {
	const char *host; /* for the field Host */
	const char *target;
	const char *protocols; /* NULL: none */
	const char *origin;    /* NULL: none */
	const struct evkeyvalq *fields;
	char key[LVN_WS_KEY_SIZE];
};

/* Adds the request.  Returns 0, -EINVAL if a part of it cannot be sent, or -ENOMEM. */
LVN_NODISCARD int lvn_ws_handshake_write_request(
    struct evbuffer *out, const struct ws_request *request);

/* NULL if the response opens the connection, with the subprotocol; or else why it does not. */
const char *lvn_ws_handshake_why_bad(const struct http_head *head, const char *key,
    const char *protocols, struct http_slice *protocol_out);

#endif
