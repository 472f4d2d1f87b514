/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A WebSocket server and clients on one loop: on real sockets, or in the simulated world.  For one
 * test file: everything is static.
 *
 *	TEST_HTTP(levin_ws_send__text)
 *	{
 *		start_ws(_i);
 *		open_both();
 *		ck_assert_int_eq(levin_ws_send(mine.ws, LEVIN_WS_TEXT, "hello", 5), 0);
 *		expect_spelled("s:hello ");
 *		stop_ws();
 *	}
 *
 * `theirs` is the session of the server, which writes "s:..." down, and `mine` that of the client,
 * with "c:...".  A peer that is no session is `client` of http_kit.h, after open_raw().
 */
#ifndef LEVIN_TESTS_SUPPORT_WS_KIT_H
#define LEVIN_TESTS_SUPPORT_WS_KIT_H

#include <levin/ws.h>
#include <stdint.h>

#include "support/http_kit.h"

#define WS_REQUEST                                             \
	"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"  \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define WS_RESPONSE                                                  \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

struct session {
	const char *name;
	struct levin_ws *ws;
	struct levin_ws_callbacks callbacks;
	struct levin_ws_options options;
};

static struct session theirs, mine;

static inline void
spell_event(void *arg, const char *kind, const void *data, size_t size)
{
	const struct session *session = arg;
	char text[64];

	if (size > 30)
		snprintf(text, sizeof(text), "#%u", (unsigned)size);
	else
		snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)data);
	spell_text(session->name);
	spell_text(kind);
	spell_text(text);
	spell_text(" ");
}

static inline void
on_ws_open(struct levin_ws *ws, void *arg)
{
	ck_assert_int_eq(levin_ws_get_status(ws), 101);
	spell_event(arg, "+", "", 0);
}

static inline void
on_ws_message(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)ws;
	ck_assert_int_eq(((const char *)data)[size], '\0');
	spell_event(arg, type == LEVIN_WS_TEXT ? ":" : "=", data, size);
}

static inline void
on_ws_ping(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	(void)ws;
	spell_event(arg, "?", data, size);
}

static inline void
on_ws_pong(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	(void)ws;
	spell_event(arg, "!", data, size);
}

static inline void
on_ws_writable(struct levin_ws *ws, void *arg)
{
	(void)ws;
	spell_event(arg, "~", "", 0);
}

static inline void
on_ws_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	struct session *session = arg;
	char text[64];

	ck_assert_ptr_eq(session->ws, ws);
	/* For the log of the program. */
	ck_assert_ptr_eq(bufferevent_get_base(levin_ws_get_bufferevent(ws)), base);
	/* Reasons with this code are for people. */
	snprintf(text, sizeof(text), "%d%s", code, code == LEVIN_WS_ABNORMAL ? "" : reason);
	spell_event(arg, "-", text, strlen(text));
	session->ws = NULL;
}

static inline void
set_up_session(struct session *session, const char *name)
{
	static const struct levin_ws_callbacks callbacks = {.on_open = on_ws_open,
	    .on_message = on_ws_message,
	    .on_ping = on_ws_ping,
	    .on_pong = on_ws_pong,
	    .on_writable = on_ws_writable,
	    .on_close = on_ws_close};

	memset(session, 0, sizeof(*session));
	session->name = name;
	session->callbacks = callbacks;
}

static inline void
accept_ws(struct evhttp_request *request, void *arg)
{
	(void)arg;
	theirs.ws = levin_ws_accept(request, &theirs.callbacks, &theirs.options, &theirs);
}

static inline void
start_ws(int i)
{
	start(i);
	set_up_session(&theirs, "s");
	set_up_session(&mine, "c");
	evhttp_set_gencb(http, accept_ws, NULL);
}

static inline void
connect_ws(void)
{
	struct bufferevent *bev =
	    bufferevent_socket_new(base, open_socket(), BEV_OPT_CLOSE_ON_FREE);

	ck_assert_ptr_nonnull(bev);
	mine.ws = levin_ws_connect(bev, "a", "/", &mine.callbacks, &mine.options, &mine);
	ck_assert_ptr_nonnull(mine.ws);
}

/* Both sessions are open. */
static inline void
open_both(void)
{
	connect_ws();
	expect_spelled("c+ ");
	ck_assert_ptr_nonnull(theirs.ws);
}

/* The session of the server is open, and its peer is `client`. */
static inline void
open_raw(void)
{
	connect_client(&client);
	ask(&client, WS_REQUEST "\r\n");
	expect(&client, WS_RESPONSE "\r\n");
	ck_assert_ptr_nonnull(theirs.ws);
}

/* Bytes with zeros among them. */
static inline void
ask_bytes(struct client *asking, const char *bytes, size_t size)
{
	ssize_t written = is_simulated() ? levin_sim_write(asking->fd, bytes, size)
					 : send(asking->fd, bytes, size, MSG_NOSIGNAL);

	ck_assert_int_eq(written, (ssize_t)size);
}
/* A frame with a mask of zeros, and a payload without a zero byte. */
#define ASK_FRAME(first, text)                                                                \
	ask_bytes(&client,                                                                    \
	    (const char[]){(char)(first), (char)(0x80 | (sizeof(text) - 1)), 0, 0, 0, 0}, 6), \
	    ask(&client, text)

static inline void
stop_ws(void)
{
	levin_ws_free(theirs.ws);
	levin_ws_free(mine.ws);
	stop();
	(void)spelled();
}

#endif
