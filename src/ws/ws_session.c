/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_session.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <string.h>
#include <sys/socket.h>

#include "base/private.h"
#include "http/connection.h"
#include "ws/ws_options.h"

static struct evbuffer *
input_of(const struct levin_ws *ws)
{
	return bufferevent_get_input(ws->bev);
}

static struct evbuffer *
output_of(const struct levin_ws *ws)
{
	return bufferevent_get_output(ws->bev);
}

size_t
lvn_ws_session_queued(const struct levin_ws *ws)
{
	return ws->bev ? evbuffer_get_length(output_of(ws)) : 0;
}

/* ---- life ---- */

struct levin_ws *
lvn_ws_session_new(bool is_client, const struct levin_ws_callbacks *callbacks,
    const struct levin_ws_options *options, void *arg, const char *caller)
{
	const char *why = lvn_ws_options_why_bad(callbacks, options);
	struct levin_ws *ws;

	if (why) {
		lvn_log_misuse(caller, why);
		return NULL;
	}
	ws = lvn_calloc(1, sizeof(*ws));
	if (!ws)
		return NULL;
	ws->is_client = is_client;
	ws->callbacks = *callbacks;
	ws->arg = arg;
	ws->code = WS_CLOSE_ABNORMAL;
	ws->reason = "";
	lvn_ws_options_apply(ws, options);
	return ws;
}

void
lvn_ws_session_reference(struct levin_ws *ws)
{
	ws->references++;
}

void
lvn_ws_session_discard(struct levin_ws *ws)
{
	if (ws->opening)
		ws->opening->free(ws->opening);
	lvn_ws_reader_clear(&ws->reader);
	lvn_free(ws->protocol);
	lvn_free(ws);
}

void
lvn_ws_session_unreference(struct levin_ws *ws)
{
	if (--ws->references == 0 && ws->has_ended)
		lvn_ws_session_discard(ws);
}

void
lvn_ws_session_end(struct levin_ws *ws, int code, const char *reason)
{
	if (ws->has_ended)
		return;
	lvn_ws_session_reference(ws);
	ws->has_ended = true;
	event_del(&ws->timer);
	bufferevent_setcb(ws->bev, NULL, NULL, NULL, NULL);
	if (ws->callbacks.on_close)
		ws->callbacks.on_close(ws, code, reason, ws->arg);
	if (ws->is_client)
		bufferevent_free(ws->bev);
	else
		lvn_http_connection_free_bufferevent(ws->bev);
	ws->bev = NULL;
	lvn_ws_session_unreference(ws);
}

void
lvn_ws_session_free(struct levin_ws *ws)
{
	if (ws->has_ended)
		return;
	ws->callbacks.on_close = NULL;
	lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "");
}

/* ---- the timer ---- */

void
lvn_ws_session_set_timer(struct levin_ws *ws, unsigned ms)
{
	const struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};

	ws->queued_before = lvn_ws_session_queued(ws);
	ws->has_no_timer = ms > 0 && evtimer_add(&ws->timer, &tv) < 0;
	if (ms == 0)
		event_del(&ws->timer);
}

/* Some of the output has gone out since the timer was set: the peer is there. */
static bool
has_progress(const struct levin_ws *ws)
{
	return lvn_ws_session_queued(ws) < ws->queued_before;
}

/* ---- sending ---- */

bool
lvn_ws_session_is_full(struct levin_ws *ws)
{
	if (lvn_ws_session_queued(ws) > ws->most_unsent)
		ws->is_full = true;
	return ws->is_full;
}

static int
check_open(const struct levin_ws *ws)
{
	if (ws->has_ended || ws->state != WS_STATE_OPEN)
		return -ENOTCONN;
	return lvn_ws_session_queued(ws) > ws->queue_size ? -ENOBUFS : 0;
}

/* The kinds of messages are opcodes. */
int
lvn_ws_session_send_piece(
    struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size, bool is_last)
{
	int rc = check_open(ws);

	if (rc == 0)
		rc = lvn_ws_writer_data(
		    &ws->writer, output_of(ws), (enum ws_opcode)type, data, size, is_last);
	if (rc < 0)
		return rc == -EINVAL ? -EBUSY : rc;
	ws->stats.bytes_sent += size;
	if (is_last)
		ws->stats.messages_sent++;
	return 0;
}

int
lvn_ws_session_send(struct levin_ws *ws, enum levin_ws_type type, const void *data, size_t size)
{
	int rc = check_open(ws);

	if (rc == 0 && ws->writer.opcode != WS_OPCODE_CONTINUATION)
		rc = -EBUSY;
	return rc < 0 ? rc : lvn_ws_session_send_piece(ws, type, data, size, true);
}

int
lvn_ws_session_send_buffer(struct levin_ws *ws, enum levin_ws_type type, struct evbuffer *data)
{
	size_t size = evbuffer_get_length(data);
	int rc = check_open(ws);

	if (rc == 0 && ws->writer.opcode != WS_OPCODE_CONTINUATION)
		rc = -EBUSY;
	if (rc == 0)
		rc = lvn_ws_writer_buffer(
		    &ws->writer, output_of(ws), (enum ws_opcode)type, data, true);
	if (rc < 0)
		return rc;
	ws->stats.bytes_sent += size;
	ws->stats.messages_sent++;
	return 0;
}

int
lvn_ws_session_ping(struct levin_ws *ws, const void *data, size_t size)
{
	int rc = check_open(ws);

	if (rc == 0)
		rc = lvn_ws_writer_control(&ws->writer, output_of(ws), WS_OPCODE_PING, data, size);
	if (rc == 0)
		ws->stats.pings_sent++;
	return rc;
}

/* Only the latest ping needs a pong (RFC 6455 5.5.3), so that a peer that does not read costs no
 * memory. */
static void
send_pong(struct levin_ws *ws)
{
	if (!ws->has_pong || ws->state != WS_STATE_OPEN ||
	    lvn_ws_session_queued(ws) > ws->most_unsent)
		return;
	if (lvn_ws_writer_control(
		&ws->writer, output_of(ws), WS_OPCODE_PONG, ws->pong, ws->pong_size) == 0)
		ws->has_pong = false;
}

/* ---- closing ---- */

static int
send_close(struct levin_ws *ws, int code, const char *reason, size_t size)
{
	uint8_t payload[LVN_WS_CONTROL_SIZE];
	size_t payload_size = lvn_ws_close_write(payload, code, reason, size);

	bufferevent_setwatermark(ws->bev, EV_WRITE, 0, 0);
	lvn_ws_session_set_timer(ws, ws->close_timeout_ms);
	return lvn_ws_writer_control(
	    &ws->writer, output_of(ws), WS_OPCODE_CLOSE, payload, payload_size);
}

/* Nothing more is read as frames, and what is in the output goes out. */
static void
begin_to_end(struct levin_ws *ws)
{
	ws->state = WS_STATE_ENDING;
	ws->is_paused = false;
	bufferevent_enable(ws->bev, EV_READ);
	bufferevent_trigger(
	    ws->bev, EV_WRITE, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

int
lvn_ws_session_close(struct levin_ws *ws, int code, const char *reason, size_t size)
{
	int rc;

	if (ws->has_ended || ws->state != WS_STATE_OPEN)
		return -ENOTCONN;
	rc = send_close(ws, code, reason, size);
	if (rc == 0)
		ws->state = WS_STATE_CLOSING;
	else
		begin_to_end(ws);
	return rc;
}

/* The peer has done what it must not do, or memory is short. */
static void
fail(struct levin_ws *ws, int code, const char *why)
{
	ws->code = code;
	ws->reason = why;
	if (ws->state == WS_STATE_OPEN)
		(void)send_close(ws, code, why, strlen(why));
	begin_to_end(ws);
}

/* The output is out.  The server closes the connection (RFC 6455 7.1.1). */
static void
finish(struct levin_ws *ws)
{
	bool may_be_sending = !ws->has_peer_closed;

	if (ws->has_no_timer || ws->has_peer_ended || (!ws->is_client && !may_be_sending)) {
		lvn_ws_session_end(ws, ws->code, ws->reason);
		return;
	}
	if (ws->is_waiting)
		return;
	/* A peer that is still sending would lose the close frame by a reset. */
	ws->is_waiting = true;
	if (ws->is_socket)
		(void)lvn_io_shutdown((int)bufferevent_getfd(ws->bev), SHUT_WR);
	lvn_ws_session_set_timer(ws, ws->close_timeout_ms);
}

/* ---- what the peer sends ---- */

static void
take_close(struct levin_ws *ws)
{
	size_t size = (size_t)ws->reader.frame.size;

	ws->has_peer_closed = true;
	ws->code = lvn_ws_close_code(ws->reader.control, size);
	ws->reason = size > 2 ? (const char *)ws->reader.control + 2 : "";
	if (ws->state == WS_STATE_OPEN)
		(void)send_close(ws, ws->code, NULL, 0);
	begin_to_end(ws);
}

static void
take_ping(struct levin_ws *ws)
{
	size_t size = (size_t)ws->reader.frame.size;

	ws->stats.pings_received++;
	memcpy(ws->pong, ws->reader.control, size);
	ws->pong_size = (uint8_t)size;
	ws->has_pong = true;
	send_pong(ws);
	if (ws->callbacks.on_ping)
		ws->callbacks.on_ping(ws, ws->reader.control, size, ws->arg);
}

static void
take_control(struct levin_ws *ws)
{
	if (ws->reader.frame.opcode == WS_OPCODE_CLOSE) {
		take_close(ws);
	} else if (ws->reader.frame.opcode == WS_OPCODE_PING) {
		take_ping(ws);
	} else {
		ws->stats.pongs_received++;
		if (ws->callbacks.on_pong)
			ws->callbacks.on_pong(
			    ws, ws->reader.control, (size_t)ws->reader.frame.size, ws->arg);
	}
}

static void
take_data(struct levin_ws *ws, bool is_last)
{
	const struct ws_reader *reader = &ws->reader;
	enum levin_ws_type type = (enum levin_ws_type)reader->opcode;

	ws->stats.bytes_received += reader->size;
	if (is_last)
		ws->stats.messages_received++;
	if (ws->callbacks.on_piece)
		ws->callbacks.on_piece(ws, type, reader->data, reader->size, is_last, ws->arg);
	else if (ws->callbacks.on_message)
		ws->callbacks.on_message(ws, type, reader->data, reader->size, ws->arg);
}

static void
take_event(struct levin_ws *ws, enum ws_event event)
{
	switch (event) {
	case WS_EVENT_MORE:
		break;
	case WS_EVENT_PIECE:
	case WS_EVENT_MESSAGE:
		take_data(ws, event == WS_EVENT_MESSAGE);
		break;
	case WS_EVENT_CONTROL:
		take_control(ws);
		break;
	case WS_EVENT_FAILED:
		fail(ws, ws->reader.code, ws->reader.why);
		break;
	case WS_EVENT_NO_MEMORY:
		fail(ws, WS_CLOSE_INTERNAL, "there is no memory");
		break;
	}
}

static bool
reads_frames(const struct levin_ws *ws)
{
	return !ws->has_ended && !ws->is_paused &&
	       (ws->state == WS_STATE_OPEN || ws->state == WS_STATE_CLOSING);
}

static void
read_frames(struct levin_ws *ws)
{
	struct evbuffer_iovec extent;

	while (reads_frames(ws) && evbuffer_peek(input_of(ws), -1, NULL, &extent, 1) > 0) {
		size_t used = 0;
		enum ws_event event =
		    lvn_ws_reader_read(&ws->reader, extent.iov_base, extent.iov_len, &used);

		evbuffer_drain(input_of(ws), used);
		take_event(ws, event);
	}
	if (!ws->has_ended)
		lvn_ws_reader_shrink(&ws->reader);
}

/* ---- what the stream calls ---- */

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct levin_ws *ws = arg;

	(void)bev;
	if (ws->has_ended || ws->is_reading)
		return;
	lvn_ws_session_reference(ws);
	ws->is_reading = true;
	ws->has_received = true;
	if (ws->state == WS_STATE_OPENING)
		ws->opening->read(ws);
	read_frames(ws);
	if (!ws->has_ended && ws->state == WS_STATE_ENDING)
		evbuffer_drain(input_of(ws), evbuffer_get_length(input_of(ws)));
	ws->is_reading = false;
	lvn_ws_session_unreference(ws);
}

static void
call_writable(struct levin_ws *ws)
{
	if (!ws->is_full || ws->state != WS_STATE_OPEN ||
	    lvn_ws_session_queued(ws) > ws->most_unsent / 2)
		return;
	ws->is_full = false;
	if (ws->callbacks.on_writable)
		ws->callbacks.on_writable(ws, ws->arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct levin_ws *ws = arg;

	(void)bev;
	if (ws->has_ended)
		return;
	lvn_ws_session_reference(ws);
	if (ws->state == WS_STATE_ENDING) {
		if (lvn_ws_session_queued(ws) == 0)
			finish(ws);
	} else {
		send_pong(ws);
		call_writable(ws);
	}
	lvn_ws_session_unreference(ws);
}

static const char *
why_ended(short what)
{
	if (what & BEV_EVENT_EOF)
		return "the connection ended without a close frame";
	if (what & BEV_EVENT_TIMEOUT)
		return "the connection timed out";
	return EVUTIL_SOCKET_ERROR() ? evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR())
				     : "the connection failed";
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct levin_ws *ws = arg;

	(void)bev;
	if (ws->has_ended || (what & BEV_EVENT_CONNECTED))
		return;
	lvn_ws_session_reference(ws);
	if (ws->state != WS_STATE_ENDING)
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, why_ended(what));
	else if (!(what & BEV_EVENT_EOF) || ws->is_waiting || lvn_ws_session_queued(ws) == 0)
		lvn_ws_session_end(ws, ws->code, ws->reason);
	else /* It still gets our close frame. */
		ws->has_peer_ended = true;
	lvn_ws_session_unreference(ws);
}

/* ---- time ---- */

static void
keep_alive(struct levin_ws *ws)
{
	bool is_alive = ws->has_received || ws->is_paused || has_progress(ws);

	if (!is_alive && ws->is_pinged) {
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "the peer does not answer");
		return;
	}
	ws->has_received = false;
	ws->is_pinged = !is_alive;
	/* Before the ping, whose leaving is no sign of life. */
	lvn_ws_session_set_timer(ws, ws->ping_interval_ms);
	/* It is not sent if too much waits, but a queue that does not get shorter says as much. */
	if (ws->is_pinged)
		lvn_ws_session_ping(ws, NULL, 0);
	send_pong(ws);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct levin_ws *ws = arg;

	(void)fd;
	(void)what;
	if (ws->state == WS_STATE_OPEN)
		keep_alive(ws);
	else if (ws->state == WS_STATE_OPENING)
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "the server does not answer");
	else if (!ws->is_waiting && has_progress(ws))
		lvn_ws_session_set_timer(ws, ws->close_timeout_ms);
	else if (ws->state == WS_STATE_CLOSING)
		lvn_ws_session_end(ws, WS_CLOSE_ABNORMAL, "the peer does not close");
	else
		lvn_ws_session_end(ws, ws->code, ws->reason);
}

/* ---- its beginning ---- */

static void
read_at_once(struct levin_ws *ws)
{
	if (evbuffer_get_length(input_of(ws)) > 0)
		bufferevent_trigger(
		    ws->bev, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

void
lvn_ws_session_attach(struct levin_ws *ws, struct bufferevent *bev)
{
	struct event_base *base = bufferevent_get_base(bev);

	ws->bev = bev;
	ws->writer.world = lvn_base_world(base);
	evtimer_assign(&ws->timer, base, on_timer, ws);
	bufferevent_setcb(bev, on_readable, on_written, on_event, ws);
	bufferevent_setwatermark(bev, EV_WRITE, ws->most_unsent / 2, 0);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	read_at_once(ws);
}

void
lvn_ws_session_open(struct levin_ws *ws)
{
	ws->state = WS_STATE_OPEN;
	ws->has_received = false;
	lvn_ws_session_set_timer(ws, ws->ping_interval_ms);
}

void
lvn_ws_session_pause(struct levin_ws *ws)
{
	if (ws->has_ended || ws->state == WS_STATE_ENDING)
		return;
	ws->is_paused = true;
	bufferevent_disable(ws->bev, EV_READ);
}

void
lvn_ws_session_resume(struct levin_ws *ws)
{
	if (ws->has_ended || !ws->is_paused)
		return;
	ws->is_paused = false;
	bufferevent_enable(ws->bev, EV_READ);
	read_at_once(ws);
}
