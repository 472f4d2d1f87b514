/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The route of a request whose head has come.
 */
#ifndef LVN_HTTP_REQUEST_ROUTE_H
#define LVN_HTTP_REQUEST_ROUTE_H

#include "base/compiler.h"

struct evhttp;
struct evhttp_request;

/*
 * Looks for the request in the routes of the server or of its virtual host.  Returns 0, also when
 * there is none, or a status to refuse it with; -1 without memory.
 */
LVN_NODISCARD int lvn_http_request_route_find(
    struct evhttp *server, struct evhttp_request *request);

#endif
