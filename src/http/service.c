/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/service.h"

#include <event2/event.h>

#include "base/private.h"
#include "http/server.h"

struct http_service *
lvn_http_service_of(struct evhttp *server)
{
	if (server->service)
		return server->service;
	server->service = lvn_calloc(1, sizeof(*server->service));
	if (server->service)
		server->service->references = 1;
	return server->service;
}

void
lvn_http_service_unreference(struct http_service *service)
{
	if (!service || --service->references > 0)
		return;
	lvn_http_route_free(service->routes);
	lvn_free(service);
}
