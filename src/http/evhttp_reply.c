/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of replies: event2/http.h.  A request that has lost its connection takes
 * every reply in silence, and ends with the last call.
 */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <stdbool.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/reply.h"

/*
 * Whether a reply may begin, or else (`starts` not set) go on.  It may come before the end of the
 * body, as refusals of an upload do.
 */
static bool
is_owed(struct evhttp_request *request, bool starts, const char *caller)
{
	struct evhttp_connection *connection = request->evcon;

	if (!connection->server || connection->current != request ||
	    (connection->phase != HTTP_PHASE_BODY && connection->phase != HTTP_PHASE_REPLY)) {
		lvn_log_misuse(caller, "no reply to this request is owed");
		return false;
	}
	if (lvn_http_request_of(request)->has_started == starts) {
		lvn_log_misuse(
		    caller, starts ? "the reply has begun already" : "the reply has not begun yet");
		return false;
	}
	return true;
}

void
evhttp_send_error(struct evhttp_request *req, int error, const char *reason)
{
	if (!req->evcon)
		lvn_http_request_detach(req);
	else if (is_owed(req, true, __func__))
		lvn_http_reply_send_error(req, error, reason);
}

void
evhttp_send_reply(
    struct evhttp_request *req, int code, const char *reason, struct evbuffer *databuf)
{
	if (!req->evcon)
		lvn_http_request_detach(req);
	else if (is_owed(req, true, __func__))
		lvn_http_reply_send(req, code, reason, databuf);
}

void
evhttp_send_reply_start(struct evhttp_request *req, int code, const char *reason)
{
	if (req->evcon && is_owed(req, true, __func__))
		lvn_http_reply_start(req, code, reason);
}

void
evhttp_send_reply_chunk_with_cb(struct evhttp_request *req, struct evbuffer *databuf,
    void (*cb)(struct evhttp_connection *, void *), void *arg)
{
	struct evhttp_connection *connection = req->evcon;

	if (!connection || !databuf || !is_owed(req, false, __func__))
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
	if (!req->evcon)
		lvn_http_request_detach(req);
	else if (is_owed(req, false, __func__))
		lvn_http_reply_end(req);
}
