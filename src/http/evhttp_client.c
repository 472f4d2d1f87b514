/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of clients: event2/http.h.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_compat.h>
#include <event2/http_struct.h>
#include <event2/util.h>
#include <sys/socket.h>

#include "base/private.h"
#include "http/client.h"

/* NULL with a log line for a server's connection. */
static struct http_client *
client_of(struct evhttp_connection *connection, const char *caller)
{
	if (connection && !connection->server)
		return lvn_http_client_of(connection);
	lvn_log_misuse(
	    caller, connection ? "the connection is a server's" : "the connection is NULL");
	return NULL;
}

/* ---- life ---- */

static struct evhttp_connection *
new_client(struct event_base *base, struct evdns_base *dns, struct bufferevent *bev,
    const char *address, uint16_t port)
{
	struct http_client *client = lvn_http_client_new(base, dns, bev, address, port);

	return client ? &client->connection : NULL;
}

struct evhttp_connection *
evhttp_connection_base_bufferevent_new(struct event_base *base, struct evdns_base *dnsbase,
    struct bufferevent *bev, const char *address, ev_uint16_t port)
{
	return new_client(base, dnsbase, bev, address, port);
}

struct evhttp_connection *
evhttp_connection_base_new(
    struct event_base *base, struct evdns_base *dnsbase, const char *address, ev_uint16_t port)
{
	return new_client(base, dnsbase, NULL, address, port);
}

struct evhttp_connection *
evhttp_connection_base_bufferevent_reuse_new(
    struct event_base *base, struct evdns_base *dnsbase, struct bufferevent *bev)
{
	struct http_client *client = lvn_http_client_new_connected(base, dnsbase, bev);

	return client ? &client->connection : NULL;
}

struct evhttp_connection *
evhttp_connection_base_bufferevent_unix_new(
    struct event_base *base, struct bufferevent *bev, const char *path)
{
	struct http_client *client = lvn_http_client_new(base, NULL, bev, path, 0);

	if (!client)
		return NULL;
	client->unix_path = lvn_strdup(path);
	if (client->unix_path)
		return &client->connection;
	client->connection.bev = bev ? NULL : client->connection.bev;
	lvn_http_client_free(client);
	return NULL;
}

void
evhttp_connection_set_base(struct evhttp_connection *evcon, struct event_base *base)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		lvn_http_client_set_base(client, base);
}

void
evhttp_connection_free_on_completion(struct evhttp_connection *evcon)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->frees_on_completion = true;
}

/* ---- requests ---- */

int
evhttp_make_request(struct evhttp_connection *evcon, struct evhttp_request *req,
    enum evhttp_cmd_type type, const char *uri)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client && lvn_http_client_request(client, req, type, uri) == 0)
		return 0;
	lvn_http_request_detach(req);
	return -1;
}

void
evhttp_cancel_request(struct evhttp_request *req)
{
	if (req->evcon && !req->evcon->server)
		lvn_http_client_cancel(lvn_http_client_of(req->evcon), req);
	else
		lvn_log_misuse(__func__, "the request is not under way");
}

/* ---- where it connects to, and how ---- */

void
evhttp_connection_set_family(struct evhttp_connection *evcon, int family)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->family = family;
}

void
evhttp_connection_set_local_address(struct evhttp_connection *evcon, const char *address)
{
	struct http_client *client = client_of(evcon, __func__);
	char *copy = address ? lvn_strdup(address) : NULL;

	if (!client || (address && !copy)) {
		lvn_free(copy);
		return;
	}
	lvn_free(client->local_address);
	client->local_address = copy;
}

void
evhttp_connection_set_local_port(struct evhttp_connection *evcon, ev_uint16_t port)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->local_port = port;
}

int
evhttp_connection_set_flags(struct evhttp_connection *evcon, int flags)
{
	struct http_client *client = client_of(evcon, __func__);

	if (!client || (flags & ~(EVHTTP_CON_REUSE_CONNECTED_ADDR | EVHTTP_CON_READ_ON_WRITE_ERROR |
				    EVHTTP_CON_LINGERING_CLOSE)))
		return 1;
	client->flags = flags;
	return 0;
}

void
evhttp_connection_set_ext_method_cmp(struct evhttp_connection *evcon, evhttp_ext_method_cb cmp)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->find_method = cmp;
}

void
evhttp_connection_set_connect_timeout_tv(struct evhttp_connection *evcon, const struct timeval *tv)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->connect_timeout =
		    tv && evutil_timerisset(tv) ? *tv : lvn_http_client_connect_timeout;
}

void
evhttp_connection_set_initial_retry_tv(struct evhttp_connection *evcon, const struct timeval *tv)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->first_retry = tv ? *tv : lvn_http_client_first_retry;
}

void
evhttp_connection_set_retries(struct evhttp_connection *evcon, int retry_max)
{
	struct http_client *client = client_of(evcon, __func__);

	if (client)
		client->retries = retry_max;
}
