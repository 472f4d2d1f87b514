/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of replies: event2/http.h.  A request that has lost its connection takes
 * every reply in silence, and ends with the last call.
 */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>

#include "http/connection.h"
#include "http/reply.h"

void
evhttp_send_error(struct evhttp_request *req, int error, const char *reason)
{
	if (!lvn_http_reply_is_lost(req, true) && lvn_http_reply_is_owed(req, true, __func__))
		lvn_http_reply_send_error(req, error, reason);
}

void
evhttp_send_reply(
    struct evhttp_request *req, int code, const char *reason, struct evbuffer *databuf)
{
	if (!lvn_http_reply_is_lost(req, true) && lvn_http_reply_is_owed(req, true, __func__))
		lvn_http_reply_send(req, code, reason, databuf);
}

void
evhttp_send_reply_start(struct evhttp_request *req, int code, const char *reason)
{
	if (!lvn_http_reply_is_lost(req, false) && lvn_http_reply_is_owed(req, true, __func__))
		lvn_http_reply_start(req, code, reason);
}

void
evhttp_send_reply_chunk_with_cb(struct evhttp_request *req, struct evbuffer *databuf,
    void (*cb)(struct evhttp_connection *, void *), void *arg)
{
	struct evhttp_connection *connection = req->evcon;

	if (lvn_http_reply_is_lost(req, false) || !databuf ||
	    !lvn_http_reply_is_owed(req, false, __func__))
		return;
	lvn_http_connection_reference(connection);
	if (lvn_http_reply_send_chunk(req, databuf))
		connection->calls->call_when_sent(connection, cb, arg);
	lvn_http_connection_unreference(connection);
}

void
evhttp_send_reply_chunk(struct evhttp_request *req, struct evbuffer *databuf)
{
	evhttp_send_reply_chunk_with_cb(req, databuf, NULL, NULL);
}

void
evhttp_send_reply_end(struct evhttp_request *req)
{
	if (!lvn_http_reply_is_lost(req, true) && lvn_http_reply_is_owed(req, false, __func__))
		lvn_http_reply_end(req);
}
