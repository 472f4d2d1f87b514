/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of connections: event2/http.h.
 */
#include <event2/http.h>
#include <event2/util.h>

#include "http/client.h"

void
evhttp_connection_free(struct evhttp_connection *evcon)
{
	if (!evcon)
		return;
	if (evcon->server)
		lvn_http_connection_end_by_program(evcon);
	else
		lvn_http_client_free(lvn_http_client_of(evcon));
}

struct evhttp *
evhttp_connection_get_server(struct evhttp_connection *evcon)
{
	return evcon->server;
}

struct event_base *
evhttp_connection_get_base(struct evhttp_connection *conn)
{
	return conn->base;
}

struct bufferevent *
evhttp_connection_get_bufferevent(struct evhttp_connection *evcon)
{
	return evcon->bev;
}

void
evhttp_connection_get_peer(struct evhttp_connection *evcon, const char **address, ev_uint16_t *port)
{
	*address = evcon->address;
	*port = evcon->port;
}

const struct sockaddr *
evhttp_connection_get_addr(struct evhttp_connection *evcon)
{
	const struct sockaddr *peer = &evcon->peer.any;

	return peer->sa_family == AF_UNSPEC ? NULL : peer;
}

void
evhttp_connection_set_closecb(
    struct evhttp_connection *evcon, void (*cb)(struct evhttp_connection *, void *), void *cbarg)
{
	evcon->on_close = cb;
	evcon->on_close_arg = cbarg;
}

/* ---- limits ---- */

void
evhttp_connection_set_max_headers_size(
    struct evhttp_connection *evcon, ev_ssize_t new_max_headers_size)
{
	lvn_http_connection_limit_heads(&evcon->limits, new_max_headers_size);
}

void
evhttp_connection_set_max_body_size(struct evhttp_connection *evcon, ev_ssize_t new_max_body_size)
{
	evcon->most_in_body = new_max_body_size < 0 ? UINT64_MAX : (uint64_t)new_max_body_size;
}

/* None is none on a server, and that of libevent on a client. */
static void
set_timeout(struct evhttp_connection *evcon, struct timeval *timeout, const struct timeval *value)
{
	static const struct timeval none = {0, 0};

	if (value && evutil_timerisset(value))
		*timeout = *value;
	else
		*timeout = evcon->server ? none : lvn_http_connection_timeout;
}

/* While a client connects, its stream has the timeout for that. */
static void
apply_timeouts(struct evhttp_connection *evcon)
{
	if (evcon->server || lvn_http_client_of(evcon)->state == HTTP_CLIENT_OPEN)
		lvn_http_connection_set_timeouts(evcon);
}

void
evhttp_connection_set_read_timeout_tv(struct evhttp_connection *evcon, const struct timeval *tv)
{
	set_timeout(evcon, &evcon->read_timeout, tv);
	apply_timeouts(evcon);
}

void
evhttp_connection_set_write_timeout_tv(struct evhttp_connection *evcon, const struct timeval *tv)
{
	set_timeout(evcon, &evcon->write_timeout, tv);
	apply_timeouts(evcon);
}

void
evhttp_connection_set_timeout_tv(struct evhttp_connection *evcon, const struct timeval *tv)
{
	set_timeout(evcon, &evcon->read_timeout, tv);
	set_timeout(evcon, &evcon->write_timeout, tv);
	if (!evcon->server)
		evhttp_connection_set_connect_timeout_tv(evcon, tv);
	apply_timeouts(evcon);
}

void
evhttp_connection_set_timeout(struct evhttp_connection *evcon, int timeout)
{
	const struct timeval tv = {timeout, 0};

	evhttp_connection_set_timeout_tv(evcon, timeout < 0 ? NULL : &tv);
}
