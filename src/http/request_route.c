/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/request_route.h"

#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/encoding.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/service.h"

static int
add_segment(struct evkeyvalq *segments, const char *name, struct http_slice text)
{
	char *decoded = lvn_alloc(text.size + 1);
	int rc = -1;

	if (decoded)
		rc = lvn_http_fields_add(segments, name, strlen(name), decoded,
		    lvn_http_decode(text.at, text.size, HTTP_PLUS_STAYS, decoded));
	lvn_free(decoded);
	return rc < 0 ? -1 : 0;
}

/* Of the library's own: the path has routes, and none for OPTIONS (RFC 9110 9.3.7). */
static void
say_what_is_allowed(struct evhttp_request *request, void *arg)
{
	(void)arg;
	lvn_http_reply_send(request, HTTP_NOCONTENT, NULL, NULL);
}

/* The tree may change before the request is dispatched, so what is needed is copied. */
static int
take_route(struct http_exchange *exchange, const struct http_route_match *match)
{
	const char *name = match->route->names;

	exchange->route = (struct http_callback){match->route->call, match->route->arg};
	exchange->flags = match->route->flags;
	if (exchange->flags & LEVIN_HTTP_AT_HEAD)
		exchange->body = HTTP_BODY_OFFERED;
	for (unsigned i = 0; i < match->count; i++, name += strlen(name) + 1)
		if (add_segment(&exchange->segments, name, match->segments[i]) < 0)
			return -1;
	return 0;
}

int
lvn_http_request_route_find(struct evhttp *server, struct evhttp_request *request)
{
	struct evhttp *host = lvn_http_router_find_server(server, request);
	struct http_exchange *exchange;
	struct http_route_match match;

	if (!host)
		return -1;
	if (!host->service || !host->service->routes)
		return 0;
	lvn_http_route_find(host->service->routes, evhttp_uri_get_path(request->uri_elems),
	    (uint32_t)request->type, &match);
	if (!match.route && (!match.allowed || lvn_http_router_has_path(host, request)))
		return 0;
	exchange = lvn_http_exchange_of(request);
	if (!exchange)
		return -1;
	exchange->most_in_body = request->evcon->most_in_body;
	if (match.route)
		return take_route(exchange, &match);
	exchange->allowed = match.allowed | EVHTTP_REQ_OPTIONS;
	if (request->type != EVHTTP_REQ_OPTIONS)
		return HTTP_BADMETHOD;
	exchange->route = (struct http_callback){say_what_is_allowed, NULL};
	return 0;
}
