/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions that take streams over from HTTP: levin/http_server.h, levin/http_client.h.
 */
#include <levin/http_client.h>
#include <levin/http_server.h>

#include "base/private.h"
#include "http/client.h"

/* Why the stream cannot be taken; NULL if it can be. */
static const char *
why_not(const struct evhttp_request *request)
{
	const struct evhttp_connection *connection = request->evcon;

	if (!connection)
		return "the connection of the request has ended";
	if (!connection->server || connection->current != request)
		return "no reply to this request is owed";
	if (connection->phase != HTTP_PHASE_REPLY)
		return "the body of the request has not been read";
	if (lvn_http_request_of(connection->current)->has_started)
		return "the reply has begun already";
	return NULL;
}

struct bufferevent *
levin_http_request_take_stream(struct evhttp_request *request)
{
	const char *why = request ? why_not(request) : "the request is NULL";

	if (!why)
		return lvn_http_connection_give_stream(request->evcon);
	lvn_log_misuse(__func__, why);
	return NULL;
}

struct bufferevent *
levin_http_connection_take_stream(struct evhttp_connection *connection)
{
	if (connection && !connection->server && !connection->has_ended &&
	    lvn_http_client_of(connection)->state == HTTP_CLIENT_TUNNEL)
		return lvn_http_client_give_stream(lvn_http_client_of(connection));
	lvn_log_misuse(
	    __func__, connection ? "the connection is no tunnel" : "the connection is NULL");
	return NULL;
}
