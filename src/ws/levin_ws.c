/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions of sessions: levin/ws.h.
 */
#include <errno.h>
#include <event2/bufferevent.h>
#include <levin/ws.h>
#include <string.h>

#include "base/private.h"
#include "ws/ws_accept.h"
#include "ws/ws_opening.h"
#include "ws/ws_options.h"

/* What functions that send return: 0, 1 or -1. */
static int
result(struct levin_ws *ws, int rc)
{
	if (rc == 0)
		return lvn_ws_session_is_full(ws);
	errno = -rc;
	return -1;
}

/* ---- life ---- */

struct levin_ws *
levin_ws_accept(struct evhttp_request *request, const struct levin_ws_callbacks *callbacks,
    const struct levin_ws_options *options, void *arg)
{
	return lvn_ws_accept(request, callbacks, options, arg, __func__);
}

struct levin_ws *
levin_ws_connect(struct bufferevent *bev, const char *host, const char *target,
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options, void *arg)
{
	struct levin_ws *ws;
	int rc;

	if (!bev || !host || !target) {
		lvn_log_misuse(__func__, "the bufferevent, the host or the target is NULL");
		return NULL;
	}
	ws = lvn_ws_session_new(true, callbacks, options, arg, __func__);
	if (!ws)
		return NULL;
	rc = lvn_ws_opening_start(ws, bev, host, target, options);
	if (rc == -EINVAL)
		lvn_log_misuse(__func__, "the host, the target or the origin cannot be sent");
	if (rc < 0) {
		lvn_ws_session_discard(ws);
		errno = -rc;
		return NULL;
	}
	lvn_ws_session_attach(ws, bev);
	lvn_ws_session_set_timer(ws, lvn_ws_options_handshake_ms(options));
	return ws;
}

void
levin_ws_free(struct levin_ws *ws)
{
	if (ws)
		lvn_ws_session_free(ws);
}

/* ---- sending ---- */

static bool
is_type(enum levin_ws_type type, const char *caller)
{
	if (type == LEVIN_WS_TEXT || type == LEVIN_WS_BINARY)
		return true;
	lvn_log_misuse(caller, "this is no kind of messages");
	return false;
}

int
levin_ws_send(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size)
{
	if (!is_type(type, __func__))
		return -1;
	return result(ws, lvn_ws_session_send(ws, type, data, size));
}

int
levin_ws_send_buffer(struct levin_ws *ws, enum levin_ws_type type, struct evbuffer *data)
{
	if (!is_type(type, __func__))
		return -1;
	return result(ws, lvn_ws_session_send_buffer(ws, type, data));
}

int
levin_ws_send_piece(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, int is_last)
{
	if (!is_type(type, __func__))
		return -1;
	return result(ws, lvn_ws_session_send_piece(ws, type, data, size, is_last != 0));
}

int
levin_ws_ping(struct levin_ws *ws, const void *data, size_t size)
{
	if (size > LVN_WS_CONTROL_SIZE)
		return lvn_log_misuse(__func__, "a ping has 125 bytes at most");
	return result(ws, lvn_ws_session_ping(ws, data, size));
}

int
levin_ws_close(struct levin_ws *ws, int code, const char *reason)
{
	size_t size = reason ? strlen(reason) : 0;
	struct ws_utf8 utf8 = {0};
	int rc;

	if (code != WS_CLOSE_NO_CODE && !lvn_ws_close_may_be_sent(code))
		return lvn_log_misuse(__func__, "the code must not be sent");
	if (!lvn_ws_utf8_add(&utf8, (const uint8_t *)reason, size) || !lvn_ws_utf8_is_whole(&utf8))
		return lvn_log_misuse(__func__, "the reason is not UTF-8");
	rc = lvn_ws_session_close(ws, code, reason, size);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

/* ---- reading ---- */

void
levin_ws_pause(struct levin_ws *ws)
{
	lvn_ws_session_pause(ws);
}

void
levin_ws_resume(struct levin_ws *ws)
{
	lvn_ws_session_resume(ws);
}

/* ---- facts ---- */

const char *
levin_ws_get_subprotocol(const struct levin_ws *ws)
{
	return ws->protocol;
}

int
levin_ws_get_status(const struct levin_ws *ws)
{
	return ws->status;
}

struct bufferevent *
levin_ws_get_bufferevent(struct levin_ws *ws)
{
	return ws->bev;
}

int
levin_ws_get_statistics(const struct levin_ws *ws, struct levin_ws_statistics *stats_out)
{
	if (!ws || !stats_out) {
		lvn_log_misuse(__func__, "an argument is NULL");
		errno = EINVAL;
		return -1;
	}
	*stats_out = ws->stats;
	stats_out->queued = lvn_ws_session_queued(ws);
	return 0;
}
