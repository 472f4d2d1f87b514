/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A request as other threads see it: something to which replies can be posted, whatever has become
 * of the request.
 */
#ifndef LVN_HTTP_REQUEST_HANDLE_H
#define LVN_HTTP_REQUEST_HANDLE_H

#include "base/atomic.h"
#include "base/compiler.h"

struct event_base;
struct evhttp_request;

/*
 * Invariants:
 *   1. only the loop's thread looks at `request`, which is NULL once the request has ended
 *   2. the request, the program for each handle that it was given, and each post on its way have
 *      one reference
 */
struct levin_http_handle {
	struct event_base *base;
	struct evhttp_request *request;
	LVN_ATOMIC(unsigned) references;
};

/* With one reference; NULL if memory is short. */
LVN_NODISCARD struct levin_http_handle *lvn_http_request_handle_new(
    struct event_base *base, struct evhttp_request *request);
void lvn_http_request_handle_reference(struct levin_http_handle *handle);
/* Accepts NULL. */
void lvn_http_request_handle_unreference(struct levin_http_handle *handle);

#endif
