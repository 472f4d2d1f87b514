/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session on a bufferevent: messages in and out, pings, and the closing handshake.
 *
 * A callback of the program may free the session.  So a function that calls out references it, and
 * looks afterwards whether it has ended.
 */
#ifndef LVN_WS_SESSION_H
#define LVN_WS_SESSION_H

#include <event2/event_struct.h>
#include <levin/ws.h>

#include "ws/ws_close.h"
#include "ws/ws_reader.h"
#include "ws/ws_writer.h"

struct event_base;

/* The opening handshake of a client, as the session sees it; it is freed with the session. */
struct ws_opening {
	void (*read)(struct levin_ws *ws);
	void (*free)(struct ws_opening *opening);
};

enum ws_state {
	WS_STATE_OPENING, /* a client waits for the response */
	WS_STATE_OPEN,
	WS_STATE_CLOSING, /* a close frame has been sent, and that of the peer is to come */
	WS_STATE_ENDING, /* the output goes out, what arrives is dropped, and the stream is closed */
};

/*
 * Invariants:
 *   1. `opening` is there in the state OPENING alone
 *   2. once `has_ended`, bev is NULL but inside of the callback of the end; the memory stays while
 *      the session is referenced
 *   3. `code` and `reason` are what the callback of the end gets; `reason` is a constant or in the
 *      reader
 */
struct levin_ws {
	struct bufferevent *bev;
	struct levin_ws_callbacks callbacks;
	void *arg;
	struct ws_opening *opening;
	char *protocol; /* that both sides have agreed to, or NULL */
	int status;     /* of the response to a client */

	struct ws_reader reader;
	struct ws_writer writer;
	uint8_t pong[LVN_WS_CONTROL_SIZE]; /* that waits for the output to shrink */
	uint8_t pong_size;
	size_t most_unsent;
	size_t queue_size;
	unsigned ping_interval_ms; /* 0: none */
	unsigned close_timeout_ms;
	struct event timer;
	size_t queued_before; /* when the timer was last set */
	struct levin_ws_statistics stats;

	const char *reason;
	int code;
	unsigned references;
	enum ws_state state;
	bool is_client;
	bool is_socket; /* nothing is between the stream and a socket */
	bool has_ended;
	bool has_peer_closed; /* its close frame has come */
	bool has_peer_ended;  /* nothing comes any more */
	bool is_waiting;      /* in the state ENDING, for the peer to close the connection */
	bool has_no_timer;    /* there was no memory for it */
	bool is_reading;      /* further up on the stack */
	bool is_paused;
	bool is_full; /* on_writable is to be called */
	bool has_pong;
	bool has_received; /* since the timer was last set */
	bool is_pinged;    /* nothing has come since */
};

/* NULL if the options cannot be, with a line in the log by `caller`, or memory is short. */
LVN_NODISCARD struct levin_ws *lvn_ws_session_new(bool is_client,
    const struct levin_ws_callbacks *callbacks, const struct levin_ws_options *options, void *arg,
    const char *caller);
/* For one without a stream. */
void lvn_ws_session_discard(struct levin_ws *ws);
/* The session owns the stream, and reports nothing before the loop runs. */
void lvn_ws_session_attach(struct levin_ws *ws, struct bufferevent *bev);
/* The handshake is over. */
void lvn_ws_session_open(struct levin_ws *ws);

void lvn_ws_session_reference(struct levin_ws *ws);
void lvn_ws_session_unreference(struct levin_ws *ws);
/* Ends it at once, with its callback. */
void lvn_ws_session_end(struct levin_ws *ws, int code, const char *reason);
/* Without its callback. */
void lvn_ws_session_free(struct levin_ws *ws);

/* Sets the timer for the state. */
void lvn_ws_session_set_timer(struct levin_ws *ws, unsigned ms);

/*
 * Each returns 0 or -errno: -ENOTCONN if the session is not open, -ENOBUFS if too much is waiting,
 * -EBUSY amid another message, -EILSEQ, -ENOMEM.
 */
LVN_NODISCARD int lvn_ws_session_send(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size);
LVN_NODISCARD int lvn_ws_session_send_buffer(
    struct levin_ws *ws, enum levin_ws_type type, struct evbuffer *data);
LVN_NODISCARD int lvn_ws_session_send_piece(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, bool is_last);
int lvn_ws_session_ping(struct levin_ws *ws, const void *data, size_t size);
/* For a code that may be sent.  After -ENOMEM the session ends without a close frame. */
int lvn_ws_session_close(struct levin_ws *ws, int code, const char *reason, size_t size);

/* Whether so much waits that the program should, too. */
bool lvn_ws_session_is_full(struct levin_ws *ws);
size_t lvn_ws_session_queued(const struct levin_ws *ws);
void lvn_ws_session_pause(struct levin_ws *ws);
void lvn_ws_session_resume(struct levin_ws *ws);

#endif
