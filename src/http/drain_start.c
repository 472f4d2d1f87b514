/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/drain_start.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/drain.h"
#include "http/http_server_connection.h"
#include "http/server.h"
#include "http/service.h"

/* The timer runs when the time is over, and when the last connection has ended. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct evhttp *server = arg;
	struct http_service *service = server->service;
	levin_http_drain_fn *call = service->on_drained;

	(void)fd;
	(void)what;
	lvn_http_server_reference(server);
	/* Functions that are called for their ends may free the server. */
	while (server->connections && !server->is_freed)
		lvn_http_connection_end(server->connections);
	if (!server->is_freed) {
		(void)event_del(service->drain_timer);
		service->on_drained = NULL;
		if (call)
			call(server, service->on_drained_arg);
	}
	(void)lvn_http_server_unreference(server);
}

/* Waits for the output, if there is any. */
static void
end_idle(struct evhttp *server)
{
	struct evhttp_connection *connection = server->connections;

	while (connection) {
		struct evhttp_connection *next = connection->next;

		lvn_http_server_connection_drain(connection);
		connection = next;
	}
}

int
lvn_http_drain_start(struct evhttp *server, int64_t timeout_ms)
{
	struct http_service *service = server->service;
	const struct timeval timeout = {
	    (time_t)(timeout_ms / 1000), (suseconds_t)(timeout_ms % 1000 * 1000)};

	if (service->drain_timer)
		return -EALREADY;
	service->drain_timer = event_new(server->base, -1, 0, on_timer, server);
	if (!service->drain_timer)
		return -ENOMEM;
	if (timeout_ms >= 0 && event_add(service->drain_timer, &timeout) < 0) {
		lvn_http_drain_cancel(server);
		return -ENOMEM;
	}
	while (server->sockets)
		lvn_http_server_unbind(server, server->sockets);
	end_idle(server);
	lvn_http_drain_check(server);
	return 0;
}
