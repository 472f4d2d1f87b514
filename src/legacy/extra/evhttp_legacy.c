/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP on the current base: event2/http_compat.h.
 */
#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/http_compat.h>

static void
do_nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* Only core knows it: an event that is set has it. */
static struct event_base *
current_base(void)
{
	struct event event;

	event_set(&event, -1, 0, do_nothing, NULL);
	return event_get_base(&event);
}

struct evhttp *
evhttp_start(const char *address, ev_uint16_t port)
{
	struct evhttp *http = evhttp_new(current_base());

	if (!http)
		return NULL;
	if (evhttp_bind_socket(http, address, port) == 0)
		return http;
	evhttp_free(http);
	return NULL;
}

struct evhttp_connection *
evhttp_connection_new(const char *address, ev_uint16_t port)
{
	return evhttp_connection_base_new(current_base(), NULL, address, port);
}
