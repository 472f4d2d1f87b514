/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_accept.h"

#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <levin/http_server.h>

#include "base/private.h"
#include "http/connection.h"
#include "http/fields.h"
#include "http/request.h"
#include "ws/ws_handshake.h"

#define FORBIDDEN        403
#define UPGRADE_REQUIRED 426

/* Whether a reply is owed: what levin_http_request_take_stream wants, too. */
static bool
is_owed(const struct evhttp_request *request)
{
	const struct evhttp_connection *connection = request->evcon;

	return connection && connection->server && connection->current == request &&
	       connection->phase == HTTP_PHASE_REPLY &&
	       !lvn_http_request_of(connection->current)->has_started;
}

/* A field that is missing without memory says less, and the status is the same. */
static void
add_field(struct evhttp_request *request, const char *name, const char *value)
{
	(void)evhttp_add_header(request->output_headers, name, value);
}

/* Closes the connection: a peer that is wrong about the handshake may go on with frames. */
static void
refuse(struct evhttp_request *request, int status)
{
	lvn_http_fields_clear(request->output_headers);
	if (status == UPGRADE_REQUIRED) {
		add_field(request, "Upgrade", "websocket");
		add_field(request, "Sec-WebSocket-Version", "13");
	}
	if (status == HTTP_BADMETHOD)
		add_field(request, "Allow", "GET");
	add_field(request, "Connection", "close");
	evhttp_send_reply(
	    request, status, status == UPGRADE_REQUIRED ? "Upgrade Required" : NULL, NULL);
}

static int
judge(struct evhttp_request *request, const struct levin_ws_options *options, void *arg,
    struct ws_offer *offer)
{
	const char *origin = lvn_http_fields_find(request->input_headers, "Origin");
	int status = lvn_ws_handshake_judge(request, options ? options->subprotocols : NULL, offer);

	if (status == 0 && options && options->accept_origin &&
	    !options->accept_origin(request, origin, arg))
		return FORBIDDEN;
	return status;
}

/* The response goes out behind earlier ones, before the request is over.  Returns 0 or -ENOMEM. */
static int
reply(struct levin_ws *ws, struct evhttp_request *request, const struct ws_offer *offer)
{
	struct evbuffer *output = bufferevent_get_output(request->evcon->bev);

	if (offer->protocol.size > 0) {
		ws->protocol = lvn_http_request_copy_text(offer->protocol);
		if (!ws->protocol)
			return -ENOMEM;
	}
	return lvn_ws_handshake_write_response(output, offer, request->output_headers);
}

static void
start(struct levin_ws *ws, struct evhttp_request *request)
{
	struct bufferevent *bev;

	ws->is_socket = request->evcon->is_socket;
	bev = levin_http_request_take_stream(request);
	LVN_ASSERT(bev);
	lvn_ws_session_attach(ws, bev);
	lvn_ws_session_open(ws);
}

struct levin_ws *
lvn_ws_accept(struct evhttp_request *request, const struct levin_ws_callbacks *callbacks,
    const struct levin_ws_options *options, void *arg, const char *caller)
{
	struct ws_offer offer = {.why = NULL};
	struct levin_ws *ws;
	int status;

	if (!request || !is_owed(request)) {
		lvn_log_misuse(caller, "no reply to this request is owed");
		return NULL;
	}
	ws = lvn_ws_session_new(false, callbacks, options, arg, caller);
	if (!ws)
		return NULL;
	/* The program is asked about the origin, and may free the request or its connection. */
	lvn_http_request_enter(request);
	status = judge(request, options, arg, &offer);
	if (!lvn_http_connection_leave_request(request) || !is_owed(request)) {
		lvn_ws_session_discard(ws);
		errno = ECANCELED;
		return NULL;
	}
	if (status == 0 && reply(ws, request, &offer) < 0)
		status = HTTP_SERVUNAVAIL;
	if (status == 0) {
		start(ws, request);
		return ws;
	}
	refuse(request, status);
	lvn_ws_session_discard(ws);
	errno = EPROTO;
	return NULL;
}
