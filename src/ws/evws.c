/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of WebSocket servers as libevent 2.2 has them: event2/ws.h.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/ws.h>
#include <string.h>

#include "base/private.h"
#include "ws/ws_accept.h"

struct evws_connection {
	struct levin_ws *ws;
	ws_on_msg_cb on_message;
	void *arg;
	ws_on_close_cb on_close;
	void *on_close_arg;
};

static void
take_message(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	struct evws_connection *evws = arg;

	(void)ws;
	if (evws->on_message)
		evws->on_message(evws, (int)type, data, size, evws->arg);
}

static void
take_end(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	struct evws_connection *evws = arg;

	(void)ws;
	(void)code;
	(void)reason;
	if (evws->on_close)
		evws->on_close(evws, evws->on_close_arg);
	lvn_free(evws);
}

struct evws_connection *
evws_new_session(struct evhttp_request *req, ws_on_msg_cb cb, void *arg, int options)
{
	static const struct levin_ws_callbacks callbacks = {
	    .on_message = take_message, .on_close = take_end};
	struct evws_connection *evws = lvn_calloc(1, sizeof(*evws));

	(void)options;
	if (!evws)
		return NULL;
	evws->on_message = cb;
	evws->arg = arg;
	evws->ws = lvn_ws_accept(req, &callbacks, NULL, evws, __func__);
	if (evws->ws)
		return evws;
	lvn_free(evws);
	return NULL;
}

/* The functions have no result: what cannot be sent is a line in the log. */
static void
send_message(struct evws_connection *evws, enum levin_ws_type type, const char *data, size_t size,
    const char *caller)
{
	int rc = lvn_ws_session_send(evws->ws, type, data, size);

	if (rc == -EILSEQ)
		lvn_log_misuse(caller, "the text is not UTF-8");
	else if (rc < 0)
		lvn_log_warnx("%s: a message is not sent: %s", caller, strerror(-rc));
}

void
evws_send_text(struct evws_connection *evws, const char *packet_str)
{
	send_message(evws, LEVIN_WS_TEXT, packet_str, strlen(packet_str), __func__);
}

void
evws_send_binary(struct evws_connection *evws, const char *packet_data, size_t packet_len)
{
	send_message(evws, LEVIN_WS_BINARY, packet_data, packet_len, __func__);
}

void
evws_close(struct evws_connection *evws, uint16_t reason)
{
	int code = reason == WS_CR_NONE ? WS_CLOSE_NO_CODE : reason;

	if (code != WS_CLOSE_NO_CODE && !lvn_ws_close_may_be_sent(code)) {
		lvn_log_misuse(__func__, "the code must not be sent");
		code = WS_CLOSE_NO_CODE;
	}
	/* A connection that is closing already goes on with that. */
	lvn_ws_session_close(evws->ws, code, NULL, 0);
}

void
evws_connection_set_closecb(struct evws_connection *evws, ws_on_close_cb cb, void *cbarg)
{
	evws->on_close = cb;
	evws->on_close_arg = cbarg;
}

void
evws_connection_free(struct evws_connection *evws)
{
	if (evws)
		lvn_ws_session_end(evws->ws, WS_CLOSE_ABNORMAL, "");
}

struct bufferevent *
evws_connection_get_bufferevent(struct evws_connection *evws)
{
	return evws->ws->bev;
}
