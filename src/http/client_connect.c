/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/client_connect.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "base/private.h"
#include "base/sockaddr.h"

/* A socket that is bound.  Returns 0 or -errno. */
static int
bind_local(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	union inet_sockaddr local;
	int size, fd, rc;

	memset(&local, 0, sizeof(local));
	size = lvn_sockaddr_read(client->local_address        ? client->local_address
				 : client->family == AF_INET6 ? "::"
							      : "0.0.0.0",
	    &local);
	if (size < 0)
		return size;
	if (local.any.sa_family == AF_INET6)
		local.v6.sin6_port = htons(client->local_port);
	else
		local.v4.sin_port = htons(client->local_port);
	fd =
	    lvn_io_socket(lvn_base_world(connection->base), local.any.sa_family, SOCK_STREAM, 0, 0);
	if (fd < 0)
		return -errno;
	if (lvn_io_bind(fd, &local.any, (unsigned)size) < 0 ||
	    bufferevent_setfd(connection->bev, fd) < 0) {
		rc = errno ? -errno : -EINVAL;
		lvn_io_close(fd);
		return rc;
	}
	return 0;
}

static int
connect_unix(struct http_client *client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(client->unix_path);

	if (size >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, client->unix_path, size + 1);
	return bufferevent_socket_connect(client->connection.bev, (struct sockaddr *)&address,
	    (int)(offsetof(struct sockaddr_un, sun_path) + size + 1));
}

static int
connect_again(struct http_client *client)
{
	struct sockaddr *peer = &client->connection.peer.any;
	size_t size =
	    peer->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

	return bufferevent_socket_connect(client->connection.bev, peer, (int)size);
}

static bool
is_internet(const struct sockaddr *address)
{
	return address->sa_family == AF_INET || address->sa_family == AF_INET6;
}

int
lvn_http_client_connect(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	if (client->unix_path)
		return connect_unix(client);
	if ((client->local_address || client->local_port) && bind_local(client) < 0)
		return -1;
	if ((client->flags & EVHTTP_CON_REUSE_CONNECTED_ADDR) && is_internet(&connection->peer.any))
		return connect_again(client);
	return bufferevent_socket_connect_hostname(
	    connection->bev, client->dns, client->family, connection->address, connection->port);
}
