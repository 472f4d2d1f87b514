/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server has beside that of libevent's interface: levin/http_server.h.  Servers of plain
 * programs have none.
 */
#ifndef LVN_HTTP_SERVICE_H
#define LVN_HTTP_SERVICE_H

#include "base/compiler.h"
#include "http/route.h"

struct evhttp;

struct http_service {
	struct http_route_node *routes;
};

/* That of the server, made if there is none; NULL if memory is short. */
LVN_NODISCARD struct http_service *lvn_http_service_of(struct evhttp *server);
/* Accepts NULL. */
void lvn_http_service_free(struct http_service *service);

#endif
