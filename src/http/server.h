/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server: its settings, what it listens on, and its connections.
 */
#ifndef LVN_HTTP_SERVER_H
#define LVN_HTTP_SERVER_H

#include <event2/http.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "base/private.h"
#include "http/head.h"
#include "http/http_date.h"
#include "http/service.h"

struct bufferevent;
struct http_service;
struct event_base;
struct evconnlistener;
struct sockaddr;

typedef void http_request_fn(struct evhttp_request *, void *);

struct http_callback {
	http_request_fn *call;
	void *arg;
};

struct http_path {
	struct http_path *next;
	struct http_callback callback;
	char path[];
};

struct http_name { /* another name of the host */
	struct http_name *next;
	char name[];
};

struct http_bev_maker {
	struct bufferevent *(*make)(struct event_base *, void *);
	void *arg;
};

struct evhttp_bound_socket {
	struct evhttp_bound_socket *next;
	struct evhttp *server;
	struct evconnlistener *listener;
	struct http_bev_maker bev_maker; /* instead of the server's */
};

/*
 * Invariants:
 *   1. a virtual host has a pattern, and neither sockets nor connections
 *   2. every connection in the list has not ended
 */
struct evhttp {
	struct event_base *base;
	struct evhttp_bound_socket *sockets;
	struct evhttp_connection *connections;
	int connection_count;
	int most_connections; /* 0 and less: any number */

	struct http_service *service; /* service.h; NULL for plain programs */
	struct http_path *paths;
	struct http_callback other; /* requests for no path of these */
	struct http_name *aliases;

	struct evhttp *hosts; /* virtual ones */
	struct evhttp *next;  /* among those of its parent */
	struct evhttp *parent;
	char *pattern;

	struct http_bev_maker bev_maker;
	int (*on_new_request)(struct evhttp_request *, void *);
	void *on_new_request_arg;
	int (*make_error)(
	    struct evhttp_request *, struct evbuffer *, int code, const char *reason, void *);
	void *make_error_arg;
	evhttp_ext_method_cb find_method;

	struct timeval read_timeout;
	struct timeval write_timeout;
	struct http_limits limits;
	uint64_t most_in_body;
	char *content_type; /* of replies that have none; NULL for none */
	uint32_t methods;
	int flags;
	unsigned lenient; /* beside what the settings of `service` have */
	struct http_date date;
	unsigned references; /* its memory stays while there are any */
	bool is_freed;
};

LVN_NODISCARD struct evhttp *lvn_http_server_new(struct event_base *base);
/* With its virtual hosts, sockets and connections. */
void lvn_http_server_free(struct evhttp *server);

/*
 * The memory stays while it is referenced, with what is called at the end of the last request.
 */
static inline void
lvn_http_server_reference(struct evhttp *server)
{
	server->references++;
}

/* Whether it has been freed meanwhile. */
static inline bool
lvn_http_server_unreference(struct evhttp *server)
{
	bool is_freed = server->is_freed;

	if (--server->references == 0 && is_freed) {
		lvn_http_service_unreference(server->service);
		lvn_free(server);
	}
	return is_freed;
}

/* ---- sockets; NULL on failure ---- */

LVN_NODISCARD struct evhttp_bound_socket *lvn_http_server_bind(
    struct evhttp *server, const char *address, uint16_t port);
LVN_NODISCARD struct evhttp_bound_socket *lvn_http_server_accept(struct evhttp *server, int fd);
/* NULL with errno. */
LVN_NODISCARD struct evhttp_bound_socket *lvn_http_server_bind_unix(
    struct evhttp *server, const char *path, unsigned mode);
/* Owns the listener on success. */
LVN_NODISCARD struct evhttp_bound_socket *lvn_http_server_listen(
    struct evhttp *server, struct evconnlistener *listener);
/* Frees the listener; connections that it has accepted go on. */
void lvn_http_server_unbind(struct evhttp *server, struct evhttp_bound_socket *socket);

#endif
