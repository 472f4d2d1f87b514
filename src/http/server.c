/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/server.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/drain.h"
#include "http/http_server_connection.h"
#include "http/router.h"

#define BACKLOG 128

static const char default_type[] = "text/html; charset=ISO-8859-1";

/* ---- life ---- */

struct evhttp *
lvn_http_server_new(struct event_base *base)
{
	struct evhttp *server = lvn_calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->base = base;
	server->content_type = lvn_strdup(default_type);
	if (!server->content_type) {
		lvn_free(server);
		return NULL;
	}
	server->read_timeout = lvn_http_connection_timeout;
	server->write_timeout = lvn_http_connection_timeout;
	server->limits = lvn_http_limits_default;
	server->most_in_body = UINT64_MAX;
	server->methods =
	    EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE;
	return server;
}

/* A callback that is told of the end of a connection may end others. */
static void
end_connections(struct evhttp *server)
{
	while (server->connections)
		lvn_http_connection_end_by_program(server->connections);
}

/* A callback of a connection that ends may free the server once more: that is refused. */
void
lvn_http_server_free(struct evhttp *server)
{
	if (server->is_freed) {
		lvn_log_misuse("evhttp_free", "the server is being freed already");
		return;
	}
	server->is_freed = true;
	lvn_http_server_reference(server);
	lvn_http_drain_cancel(server);
	if (server->parent)
		(void)lvn_http_router_remove_host(server->parent, server);
	while (server->sockets)
		lvn_http_server_unbind(server, server->sockets);
	end_connections(server);
	while (server->hosts)
		lvn_http_server_free(server->hosts);
	lvn_http_router_clear(server);
	lvn_free(server->content_type);
	server->content_type = NULL;
	(void)lvn_http_server_unreference(server);
}

/* ---- connections ---- */

/*
 * With a function of the program that makes streams, none but its streams serve.  It may free the
 * server.
 */
static struct bufferevent *
make_stream(struct evhttp *server, struct http_bev_maker maker)
{
	struct bufferevent *bev;

	if (!maker.make)
		return bufferevent_socket_new(server->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bev = maker.make(server->base, maker.arg);
	if (!bev || !server->is_freed)
		return bev;
	bufferevent_free(bev);
	return NULL;
}

static void
serve(struct evhttp *server, struct http_bev_maker maker, evutil_socket_t fd,
    const struct sockaddr *peer, int size)
{
	struct bufferevent *bev = make_stream(server, maker);

	if (!bev) {
		lvn_log_warnx("HTTP: no bufferevent for a connection: it is closed");
		evutil_closesocket(fd);
		return;
	}
	if (bufferevent_setfd(bev, fd) < 0) {
		bufferevent_free(bev);
		evutil_closesocket(fd);
		return;
	}
	if (lvn_http_server_connection_start(server, bev, !maker.make, peer, (unsigned)size) < 0)
		lvn_log_warnx("HTTP: no memory for a connection: it is closed");
}

static void
on_accepted(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer, int size, void *arg)
{
	const struct evhttp_bound_socket *socket = arg;
	struct evhttp *server = socket->server;

	(void)listener;
	lvn_http_server_reference(server);
	serve(
	    server, socket->bev_maker.make ? socket->bev_maker : server->bev_maker, fd, peer, size);
	(void)lvn_http_server_unreference(server);
}

/* ---- sockets ---- */

static struct evhttp_bound_socket *
new_socket(struct evhttp *server)
{
	struct evhttp_bound_socket *socket = lvn_calloc(1, sizeof(*socket));

	if (socket)
		socket->server = server;
	return socket;
}

static struct evhttp_bound_socket *
keep(struct evhttp_bound_socket *socket, struct evconnlistener *listener)
{
	struct evhttp_bound_socket **link = &socket->server->sockets;

	if (!listener) {
		lvn_free(socket);
		return NULL;
	}
	while (*link)
		link = &(*link)->next;
	*link = socket;
	socket->listener = listener;
	return socket;
}

static struct evutil_addrinfo *
look_up(const char *address, uint16_t port)
{
	struct evutil_addrinfo hints = {
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = EVUTIL_AI_PASSIVE | EVUTIL_AI_ADDRCONFIG,
	};
	struct evutil_addrinfo *found = NULL;
	char service[8];
	int error;

	evutil_snprintf(service, sizeof(service), "%u", port);
	error = evutil_getaddrinfo(address, service, &hints, &found);
	if (error == 0)
		return found;
	lvn_log_warnx("HTTP: cannot bind to %s: %s", address ? address : "any address",
	    evutil_gai_strerror(error));
	return NULL;
}

struct evhttp_bound_socket *
lvn_http_server_bind(struct evhttp *server, const char *address, uint16_t port)
{
	const unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	struct evutil_addrinfo *found = look_up(address, port);
	struct evhttp_bound_socket *socket = found ? new_socket(server) : NULL;

	if (socket)
		socket = keep(socket, evconnlistener_new_bind(server->base, on_accepted, socket,
					  flags, BACKLOG, found->ai_addr, (int)found->ai_addrlen));
	if (found)
		evutil_freeaddrinfo(found);
	return socket;
}

/* ---- Unix sockets ---- */

/* Whether the name is that of a socket on which nobody listens. */
static bool
is_left_over(const char *path, const struct sockaddr_un *address)
{
	struct stat status;
	int fd;
	bool is_refused;

	if (lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	fd = lvn_io_socket(NULL, AF_UNIX, SOCK_STREAM, 0, 0);
	if (fd < 0)
		return false;
	is_refused = lvn_io_connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		     errno == ECONNREFUSED;
	(void)lvn_io_close(fd);
	return is_refused;
}

/* A socket with the name and its permissions, on which nothing listens yet; -1 with errno. */
static int
open_unix(const char *path, unsigned mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(path);
	int fd;
	int rc;

	if (size == 0 || size >= sizeof(address.sun_path)) {
		errno = size ? ENAMETOOLONG : EINVAL;
		return -1;
	}
	memcpy(address.sun_path, path, size);
	fd = lvn_io_socket(NULL, AF_UNIX, SOCK_STREAM, 0, 0);
	if (fd < 0)
		return -1;
	rc = lvn_io_bind(fd, (const struct sockaddr *)&address, sizeof(address));
	if (rc < 0 && errno == EADDRINUSE && is_left_over(path, &address) && unlink(path) == 0)
		rc = lvn_io_bind(fd, (const struct sockaddr *)&address, sizeof(address));
	if (rc == 0 && chmod(path, (mode_t)mode) == 0)
		return fd;
	rc = errno;
	(void)lvn_io_close(fd);
	errno = rc;
	return -1;
}

struct evhttp_bound_socket *
lvn_http_server_bind_unix(struct evhttp *server, const char *path, unsigned mode)
{
	struct evhttp_bound_socket *socket = new_socket(server);
	int fd = socket ? open_unix(path, mode) : -1;

	if (fd >= 0)
		socket->listener = evconnlistener_new(server->base, on_accepted, socket,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (fd >= 0 && socket->listener)
		return keep(socket, socket->listener);
	if (fd >= 0)
		(void)lvn_io_close(fd);
	if (socket)
		lvn_free(socket);
	else
		errno = ENOMEM;
	return NULL;
}

/* ---- sockets of the program ---- */

struct evhttp_bound_socket *
lvn_http_server_accept(struct evhttp *server, int fd)
{
	struct evhttp_bound_socket *socket = new_socket(server);

	if (!socket)
		return NULL;
	/* Connections are accepted until there are no more. */
	(void)evutil_make_socket_nonblocking(fd);
	return keep(socket, evconnlistener_new(server->base, on_accepted, socket,
				LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd));
}

struct evhttp_bound_socket *
lvn_http_server_listen(struct evhttp *server, struct evconnlistener *listener)
{
	struct evhttp_bound_socket *socket = new_socket(server);

	if (!socket)
		return NULL;
	evconnlistener_set_cb(listener, on_accepted, socket);
	return keep(socket, listener);
}

void
lvn_http_server_unbind(struct evhttp *server, struct evhttp_bound_socket *socket)
{
	struct evhttp_bound_socket **link = &server->sockets;

	while (*link && *link != socket)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = socket->next;
	evconnlistener_free(socket->listener);
	lvn_free(socket);
}
