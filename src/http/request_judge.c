/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/request_judge.h"

#include <event2/http.h>

#include "http/connection.h"
#include "http/exchange.h"
#include "http/request_route.h"
#include "http/server.h"

/* A program that decides when the body comes also decides how large it may be. */
uint64_t
lvn_http_request_judge_most_in_body(const struct evhttp_connection *connection)
{
	if (lvn_http_exchange_streams(connection->current))
		return lvn_http_request_of(connection->current)->exchange->most_in_body;
	return connection->most_in_body;
}

bool
lvn_http_request_judge_is_too_large(const struct evhttp_connection *connection)
{
	const struct http_framing *framing = &connection->reader.framing;

	return framing->body == HTTP_BODY_SIZED &&
	       framing->size > lvn_http_request_judge_most_in_body(connection);
}

int
lvn_http_request_judge(struct evhttp_connection *connection)
{
	struct evhttp *server = connection->server;
	struct evhttp_request *request = connection->current;
	uint32_t type = (uint32_t)request->type;
	int status = 0;

	if (type == 0)
		return HTTP_NOTIMPLEMENTED;
	if (server->service || server->hosts)
		status = lvn_http_request_route_find(server, request);
	if (status != 0)
		return status;
	if (!(type & server->methods) && !lvn_http_exchange_has_route(request))
		return HTTP_BADMETHOD;
	if (!lvn_http_exchange_streams(request) && lvn_http_request_judge_is_too_large(connection))
		return HTTP_ENTITYTOOLARGE;
	return 0;
}
