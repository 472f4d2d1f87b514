/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/drain.h"

#include <event2/event.h>

#include "http/server.h"
#include "http/service.h"

bool
lvn_http_drain_is_on(const struct evhttp *server)
{
	return server->service && server->service->drain_timer;
}

void
lvn_http_drain_check(struct evhttp *server)
{
	if (lvn_http_drain_is_on(server) && server->connection_count == 0)
		event_active(server->service->drain_timer, EV_TIMEOUT, 0);
}

void
lvn_http_drain_cancel(struct evhttp *server)
{
	if (!lvn_http_drain_is_on(server))
		return;
	event_free(server->service->drain_timer);
	server->service->drain_timer = NULL;
}
