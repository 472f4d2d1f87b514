/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request with the response to it, as programs see it, and what stands behind it.
 */
#ifndef LVN_HTTP_REQUEST_H
#define LVN_HTTP_REQUEST_H

#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/head.h"
#include "http/uri.h"

/* Numeric addresses with a scope; longer ones are cut. */
#define LVN_HTTP_HOST_SIZE 64
/* Longer reasons than "Request Header Fields Too Large" are rare, and have memory of their own. */
#define LVN_HTTP_STATUS_TEXT_SIZE 32

struct http_exchange;

/* Space for the parts of most targets. */
union http_request_uri {
	struct evhttp_uri uri;
	char space[sizeof(struct evhttp_uri) + 64];
};

/* The public part comes first: its layout is fixed, so everything new is behind it. */
struct http_request {
	struct evhttp_request request;
	struct evkeyvalq received;
	struct evkeyvalq to_send;
	char remote_host[LVN_HTTP_HOST_SIZE];
	char reason[LVN_HTTP_STATUS_TEXT_SIZE]; /* what response_code_line nearly always is */
	unsigned callbacks;                     /* of the request, that are on the stack */
	uint64_t left;                          /* of a body whose size the program announced */
	bool is_sized;                          /* it has announced one */
	bool is_streamed;                       /* a client's: its body comes behind the head */
	bool has_started;                       /* the head of the response has been written */
	bool has_body;                          /* of the response: not for HEAD, 204 and others */
	bool is_error;                          /* a page for an error */
	bool is_kept;                           /* the connection stays after the response */
	struct http_exchange *exchange;         /* exchange.h; NULL for plain programs */
	union http_request_uri own_uri;         /* what uri_elems nearly always is */
};

static inline struct http_request *
lvn_http_request_of(struct evhttp_request *request)
{
	return container_of(request, struct http_request, request);
}

/* NULL if memory is short. */
LVN_NODISCARD struct evhttp_request *lvn_http_request_new(
    void (*callback)(struct evhttp_request *, void *), void *arg);
/* Accepts NULL.  The request is in no list. */
void lvn_http_request_free(struct evhttp_request *request);

/* For what was received: a copy with a zero byte, NULL if memory is short; and 0 or -ENOMEM. */
LVN_NODISCARD char *lvn_http_request_copy_text(struct http_slice text);
LVN_NODISCARD int lvn_http_request_copy_fields(
    struct evhttp_request *request, const struct http_head *head);
/* Copies the text of the response's status; the old one may be a part of it.  0 or -ENOMEM. */
LVN_NODISCARD int lvn_http_request_set_reason(
    struct evhttp_request *request, struct http_slice reason);

/* While a callback of the request runs, freeing it waits: connection.h has the end of that. */
void lvn_http_request_enter(struct evhttp_request *request);
/* The connection has nothing to do with it any more.  Frees it unless the program owns it. */
void lvn_http_request_detach(struct evhttp_request *request);

#endif
