/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each callback of a session frees it, on both sides.  The address sanitizer says whether that is
 * noticed.
 */
#include "support/ws_kit.h"

enum callback { OPEN, MESSAGE, PIECE, PING, PONG, WRITABLE, CLOSE, CALLBACKS };

static enum callback where;
static struct session *freed;

static void
free_here(struct levin_ws *ws, enum callback here, void *arg)
{
	struct session *session = arg;

	if (session != freed || here != where || !session->ws)
		return;
	ck_assert_ptr_eq(session->ws, ws);
	session->ws = NULL;
	levin_ws_free(ws);
	spell_text("freed");
}

static void
free_in_open(struct levin_ws *ws, void *arg)
{
	free_here(ws, OPEN, arg);
}

static void
free_in_message(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, void *arg)
{
	(void)type;
	free_here(ws, MESSAGE, arg);
	/* The data are there until the callback returns. */
	ck_assert_uint_gt(size, 0);
	ck_assert_int_ne(*(const char *)data, 0);
}

static void
free_in_piece(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size,
    int is_last, void *arg)
{
	(void)is_last;
	(void)type;
	free_here(ws, PIECE, arg);
	ck_assert(size == 0 || *(const char *)data != 0);
}

static void
free_in_ping(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	free_here(ws, PING, arg);
	ck_assert(size == 0 || *(const char *)data != 0);
}

static void
free_in_pong(struct levin_ws *ws, const void *data, size_t size, void *arg)
{
	free_here(ws, PONG, arg);
	ck_assert(size == 0 || *(const char *)data != 0);
}

static void
free_in_writable(struct levin_ws *ws, void *arg)
{
	free_here(ws, WRITABLE, arg);
}

static void
free_in_close(struct levin_ws *ws, int code, const char *reason, void *arg)
{
	struct session *session = arg;

	free_here(ws, CLOSE, arg);
	ck_assert_int_gt(code + (int)strlen(reason), 0);
	session->ws = NULL;
}

static void
set_freeing(struct session *session)
{
	static const struct levin_ws_callbacks callbacks = {.on_open = free_in_open,
	    .on_message = free_in_message,
	    .on_ping = free_in_ping,
	    .on_pong = free_in_pong,
	    .on_writable = free_in_writable,
	    .on_close = free_in_close};

	session->callbacks = callbacks;
	if (where == PIECE)
		session->callbacks.on_piece = free_in_piece;
	session->options.most_unsent = 10000;
}

/* Everything that calls one of the callbacks, as long as both are there. */
static void
use(struct session *session)
{
	static char text[20001];

	memset(text, 'x', sizeof(text) - 1);
	if (session->ws)
		(void)levin_ws_send(session->ws, LEVIN_WS_TEXT, "one", 3);
	if (session->ws)
		(void)levin_ws_ping(session->ws, "ping", 4);
	if (session->ws)
		(void)levin_ws_send(session->ws, LEVIN_WS_TEXT, text, strlen(text));
	some_turns();
}

TEST_RANGE(levin_ws_free__in_each_callback, 0, 4 * CALLBACKS)
{
	where = (enum callback)(_i / 4);
	start_ws(_i & 1);
	freed = _i & 2 ? &mine : &theirs;
	set_freeing(&theirs);
	set_freeing(&mine);
	connect_ws();
	while (!theirs.ws)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	some_turns();
	use(&theirs);
	use(&mine);
	if (mine.ws)
		(void)levin_ws_close(mine.ws, LEVIN_WS_NORMAL, "end");
	if (!(where == OPEN && freed == &theirs)) {
		while (freed->ws)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		ck_assert_str_eq(spelled(), "freed");
	}
	stop_ws();
}
