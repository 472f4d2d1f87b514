/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server has beside that of libevent's interface: levin/http_server.h.  Servers of plain
 * programs have none.
 */
#ifndef LVN_HTTP_SERVICE_H
#define LVN_HTTP_SERVICE_H

#include <levin/http_server.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "http/route.h"

struct event;
struct event_base;
struct evhttp;

/*
 * Invariants:
 *   1. each exchange of a request has a reference, so that its end can be counted and logged
 *   2. drain_timer is there while the server is being drained, and until it is freed
 */
struct http_service {
	unsigned references;
	struct http_route_node *routes;
	struct levin_http_server_settings settings;
	struct levin_http_server_statistics stats; /* without connections_open */
	levin_http_log_fn *log;
	void *log_arg;

	struct event *drain_timer;
	levin_http_drain_fn *on_drained;
	void *on_drained_arg;
};

/* That of the server, made if there is none; NULL if memory is short. */
LVN_NODISCARD struct http_service *lvn_http_service_of(struct evhttp *server);
/* Drops a reference.  Accepts NULL. */
void lvn_http_service_unreference(struct http_service *service);

#endif
