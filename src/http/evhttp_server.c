/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of servers: event2/http.h.
 */
#include <errno.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <string.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/router.h"
#include "http/server.h"

static bool
is_null(const void *argument, const char *caller)
{
	if (argument)
		return false;
	lvn_log_misuse(caller, "the argument is NULL");
	return true;
}

struct evhttp *
evhttp_new(struct event_base *base)
{
	return lvn_http_server_new(base);
}

void
evhttp_free(struct evhttp *http)
{
	if (!is_null(http, __func__))
		lvn_http_server_free(http);
}

/* ---- sockets ---- */

struct evhttp_bound_socket *
evhttp_bind_socket_with_handle(struct evhttp *http, const char *address, ev_uint16_t port)
{
	if (is_null(http, __func__) || is_null(http->base, __func__))
		return NULL;
	return lvn_http_server_bind(http, address, port);
}

int
evhttp_bind_socket(struct evhttp *http, const char *address, ev_uint16_t port)
{
	return evhttp_bind_socket_with_handle(http, address, port) ? 0 : -1;
}

struct evhttp_bound_socket *
evhttp_accept_socket_with_handle(struct evhttp *http, evutil_socket_t fd)
{
	if (is_null(http, __func__) || is_null(http->base, __func__))
		return NULL;
	return lvn_http_server_accept(http, fd);
}

int
evhttp_accept_socket(struct evhttp *http, evutil_socket_t fd)
{
	return evhttp_accept_socket_with_handle(http, fd) ? 0 : -1;
}

struct evhttp_bound_socket *
evhttp_bind_listener(struct evhttp *http, struct evconnlistener *listener)
{
	if (is_null(http, __func__) || is_null(listener, __func__))
		return NULL;
	return lvn_http_server_listen(http, listener);
}

struct evconnlistener *
evhttp_bound_socket_get_listener(struct evhttp_bound_socket *bound)
{
	return bound->listener;
}

evutil_socket_t
evhttp_bound_socket_get_fd(struct evhttp_bound_socket *bound_socket)
{
	return evconnlistener_get_fd(bound_socket->listener);
}

void
evhttp_bound_set_bevcb(struct evhttp_bound_socket *bound,
    struct bufferevent *(*cb)(struct event_base *, void *), void *cbarg)
{
	bound->bev_maker = (struct http_bev_maker){cb, cbarg};
}

void
evhttp_foreach_bound_socket(
    struct evhttp *http, evhttp_bound_socket_foreach_fn *function, void *argument)
{
	for (struct evhttp_bound_socket *socket = http->sockets; socket; socket = socket->next)
		function(socket, argument);
}

void
evhttp_del_accept_socket(struct evhttp *http, struct evhttp_bound_socket *bound_socket)
{
	if (!is_null(http, __func__))
		lvn_http_server_unbind(http, bound_socket);
}

/* ---- which callback ---- */

int
evhttp_set_cb(struct evhttp *http, const char *path, void (*cb)(struct evhttp_request *, void *),
    void *cb_arg)
{
	int rc = lvn_http_router_add_path(http, path, cb, cb_arg);

	if (rc == -EEXIST)
		return -1;
	return rc < 0 ? -2 : 0;
}

int
evhttp_del_cb(struct evhttp *http, const char *path)
{
	return lvn_http_router_remove_path(http, path) ? 0 : -1;
}

void
evhttp_set_gencb(struct evhttp *http, void (*cb)(struct evhttp_request *, void *), void *arg)
{
	http->other = (struct http_callback){cb, arg};
}

int
evhttp_add_virtual_host(struct evhttp *http, const char *pattern, struct evhttp *vhost)
{
	return lvn_http_router_add_host(http, pattern, vhost) < 0 ? -1 : 0;
}

int
evhttp_remove_virtual_host(struct evhttp *http, struct evhttp *vhost)
{
	return lvn_http_router_remove_host(http, vhost) ? 0 : -1;
}

int
evhttp_add_server_alias(struct evhttp *http, const char *alias)
{
	return lvn_http_router_add_alias(http, alias) < 0 ? -1 : 0;
}

int
evhttp_remove_server_alias(struct evhttp *http, const char *alias)
{
	return lvn_http_router_remove_alias(http, alias) ? 0 : -1;
}

void
evhttp_set_bevcb(
    struct evhttp *http, struct bufferevent *(*cb)(struct event_base *, void *), void *arg)
{
	http->bev_maker = (struct http_bev_maker){cb, arg};
}

void
evhttp_set_newreqcb(struct evhttp *http, int (*cb)(struct evhttp_request *, void *), void *arg)
{
	http->on_new_request = cb;
	http->on_new_request_arg = arg;
}

void
evhttp_set_errorcb(struct evhttp *http,
    int (*cb)(struct evhttp_request *req, struct evbuffer *buffer, int error, const char *reason,
	void *cbarg),
    void *cbarg)
{
	http->make_error = cb;
	http->make_error_arg = cbarg;
}

/* ---- what is allowed ---- */

void
evhttp_set_allowed_methods(struct evhttp *http, ev_uint32_t methods)
{
	http->methods = methods;
}

void
evhttp_set_ext_method_cmp(struct evhttp *http, evhttp_ext_method_cb cmp)
{
	http->find_method = cmp;
}

void
evhttp_set_default_content_type(struct evhttp *http, const char *content_type)
{
	char *copy = content_type ? lvn_strdup(content_type) : NULL;

	if (content_type && !copy)
		return;
	lvn_free(http->content_type);
	http->content_type = copy;
}

/* The library's own limit stands until the program sets one. */
void
evhttp_set_max_headers_size(struct evhttp *http, ev_ssize_t max_headers_size)
{
	lvn_http_connection_limit_heads(&http->limits, max_headers_size);
}

void
evhttp_set_max_body_size(struct evhttp *http, ev_ssize_t max_body_size)
{
	http->most_in_body = max_body_size < 0 ? UINT64_MAX : (uint64_t)max_body_size;
}

void
evhttp_set_max_connections(struct evhttp *http, int max_connections)
{
	http->most_connections = max_connections;
}

int
evhttp_get_connection_count(struct evhttp *http)
{
	return http->connection_count;
}

int
evhttp_set_flags(struct evhttp *http, int flags)
{
	if (flags & ~EVHTTP_SERVER_LINGERING_CLOSE)
		return 1;
	http->flags = flags;
	return 0;
}

/* ---- timeouts ---- */

static void
set_timeout(struct timeval *timeout, const struct timeval *value)
{
	*timeout = value ? *value : (struct timeval){0, 0};
}

void
evhttp_set_read_timeout_tv(struct evhttp *http, const struct timeval *tv)
{
	set_timeout(&http->read_timeout, tv);
}

void
evhttp_set_write_timeout_tv(struct evhttp *http, const struct timeval *tv)
{
	set_timeout(&http->write_timeout, tv);
}

void
evhttp_set_timeout_tv(struct evhttp *http, const struct timeval *tv)
{
	evhttp_set_read_timeout_tv(http, tv);
	evhttp_set_write_timeout_tv(http, tv);
}

void
evhttp_set_timeout(struct evhttp *http, int timeout)
{
	const struct timeval tv = {timeout, 0};

	evhttp_set_timeout_tv(http, timeout > 0 ? &tv : NULL);
}
