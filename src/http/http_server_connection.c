/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/http_server_connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/private.h"
#include "http/exchange.h"
#include "http/fields.h"
#include "http/http_date.h"
#include "http/phase_limits.h"
#include "http/reply.h"
#include "http/reply_stream.h"
#include "http/request_head.h"
#include "http/request_judge.h"
#include "http/router.h"
#include "http/server.h"

/* So much may wait in the input while a reply is owed, and in the output before more is read. */
#define INPUT_MOST  (64 * 1024)
#define OUTPUT_MOST (256 * 1024)

#define REQUEST_TIMEOUT 408

/* How long what a refused peer still sends is dropped: after the last byte, and in all. */
#define LINGER_STEP_S 5
#define LINGER_MS     30000

static int64_t
now_ms(const struct evhttp_connection *connection)
{
	struct timeval now = {0, 0};

	event_gettime_monotonic(connection->base, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

static struct evbuffer *
input_of(const struct evhttp_connection *connection)
{
	return bufferevent_get_input(connection->bev);
}

static size_t
waiting_in(const struct evhttp_connection *connection)
{
	return evbuffer_get_length(input_of(connection));
}

static size_t
waiting_out(const struct evhttp_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_output(connection->bev));
}

/* ---- when reading goes on ---- */

static void
pause_reading(struct evhttp_connection *connection)
{
	connection->is_paused = true;
	bufferevent_disable(connection->bev, EV_READ);
}

static void
resume_reading(struct evhttp_connection *connection)
{
	if (connection->is_paused && !connection->peer_is_done)
		bufferevent_enable(connection->bev, EV_READ);
	connection->is_paused = false;
}

/* Looks at the input again, from the loop: the program may be on the stack. */
void
lvn_http_server_connection_wake(struct evhttp_connection *connection)
{
	resume_reading(connection);
	if (!connection->is_reading)
		bufferevent_trigger(connection->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

static void
go_on(struct evhttp_connection *connection)
{
	if (waiting_in(connection) > 0)
		lvn_http_server_connection_wake(connection);
	else
		resume_reading(connection);
}

/* ---- a request ---- */

static void refuse(struct evhttp_connection *connection, int status);

/* The time for a whole request is over. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)fd;
	(void)what;
	lvn_http_connection_reference(connection);
	if (connection->current && connection->phase != HTTP_PHASE_REPLY) {
		connection->peer_is_done = true;
		refuse(connection, REQUEST_TIMEOUT);
	} else {
		connection->has_failed = true;
		lvn_http_connection_end(connection);
	}
	lvn_http_connection_unreference(connection);
}

static int
begin_exchange(struct evhttp_connection *connection, struct http_service *service)
{
	if (lvn_http_exchange_begin(connection->current, service) < 0)
		return -ENOMEM;
	return lvn_http_phase_limits_begin_request(connection, on_deadline);
}

/* The program may refuse it, and ends the connection with that. */
static bool
begin_request(struct evhttp_connection *connection)
{
	struct evhttp *server = connection->server;
	struct evhttp_request *request = lvn_http_request_new(NULL, NULL);
	int accepted = 0;

	if (!request) {
		lvn_http_connection_end(connection);
		return false;
	}
	request->kind = EVHTTP_REQUEST;
	request->flags |= EVHTTP_REQ_OWN_CONNECTION;
	request->evcon = connection;
	request->major = 1;
	request->minor = 1;
	request->remote_host = lvn_http_request_of(request)->remote_host;
	memcpy(request->remote_host, connection->address, strlen(connection->address) + 1);
	request->remote_port = connection->port;
	connection->current = request;
	if (server->service && begin_exchange(connection, server->service) < 0) {
		lvn_http_connection_end(connection);
		return false;
	}
	if (server->on_new_request) {
		lvn_http_request_enter(request);
		accepted = server->on_new_request(request, server->on_new_request_arg);
		if (!lvn_http_connection_leave_request(request))
			return false;
	}
	if (accepted < 0)
		lvn_http_connection_end(connection);
	return !connection->has_ended;
}

/*
 * A program that takes the body in pieces learns that no more comes, and may reply itself.  Returns
 * whether it has not.
 */
static bool
fail_body(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	bool had_started = lvn_http_request_of(request)->has_started;

	if (!lvn_http_exchange_streams(request))
		return true;
	lvn_http_request_enter(request);
	lvn_http_exchange_end_body(request, LEVIN_HTTP_FAILED);
	if (!lvn_http_connection_leave_request(request) || connection->has_ended ||
	    connection->current != request)
		return false;
	if (had_started || !lvn_http_request_of(request)->has_started)
		return true;
	/* Its reply goes on, and is the last one. */
	connection->phase = HTTP_PHASE_REPLY;
	connection->must_close = true;
	return false;
}

/* Answers with an error.  A further request is read only where the reply says so. */
static void
refuse(struct evhttp_connection *connection, int status)
{
	if (!connection->current && !begin_request(connection))
		return;
	if (!fail_body(connection))
		return;
	if (lvn_http_request_of(connection->current)->has_started)
		lvn_http_connection_end(connection);
	else
		lvn_http_reply_send_error(connection->current, status, NULL);
}

static void
send_continue(struct evhttp_connection *connection)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (connection->reader.framing.expects_continue && waiting_in(connection) == 0 &&
	    !lvn_http_request_of(connection->current)->has_started &&
	    evbuffer_add(bufferevent_get_output(connection->bev), text, sizeof(text) - 1) < 0)
		lvn_http_connection_fail_later(connection);
}

void
lvn_http_server_connection_read_body(struct evhttp_connection *connection)
{
	if (!lvn_http_request_judge_is_too_large(connection))
		send_continue(connection);
	lvn_http_phase_limits_restart_body(connection);
	lvn_http_server_connection_wake(connection);
}

void
lvn_http_server_connection_drain(struct evhttp_connection *connection)
{
	connection->must_close = true;
	if (connection->phase != HTTP_PHASE_HEAD || connection->current ||
	    waiting_in(connection) > 0)
		return;
	connection->phase = HTTP_PHASE_CLOSING;
	if (waiting_out(connection) == 0)
		lvn_http_connection_end(connection);
}

/* ---- from head to reply ---- */

/* Returns whether the request goes on: its callback may free it, or send the reply at once. */
static bool
call_header_callback(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	int rc = 0;

	if (request->header_cb) {
		lvn_http_request_enter(request);
		rc = request->header_cb(request, request->cb_arg);
		if (!lvn_http_connection_leave_request(request))
			return false;
	}
	if (rc < 0)
		lvn_http_connection_end(connection);
	return !connection->has_ended && connection->current == request;
}

static void
dispatch(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;

	connection->phase = HTTP_PHASE_REPLY;
	if (lvn_http_request_of(request)->exchange)
		lvn_http_exchange_mark(request, HTTP_MARK_BODY);
	request->body_size = (size_t)connection->reader.body_size;
	request->ntoread = 0;
	lvn_http_request_enter(request);
	if (!lvn_http_request_of(request)->exchange || !lvn_http_exchange_dispatch(request))
		lvn_http_router_dispatch(connection->server, request);
	(void)lvn_http_connection_leave_request(request);
}

/* The head has come, and is accepted. */
static void
begin_body(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	if (exchange) {
		connection->reader.on_trailer = lvn_http_exchange_add_trailer;
		connection->reader.trailer_arg = exchange;
	}
	if (!lvn_http_exchange_streams(request)) {
		send_continue(connection);
		return;
	}
	lvn_http_request_enter(request);
	exchange->is_offered = true;
	exchange->route.call(request, exchange->route.arg);
	(void)lvn_http_connection_leave_request(request);
}

/* Returns whether there may be more to read. */
static bool
take_head(struct evhttp_connection *connection, const struct http_head *head)
{
	const struct http_framing *framing = &connection->reader.framing;
	int status = lvn_http_request_head_read(connection, head);

	if (status == 0) {
		lvn_http_reader_take_head(&connection->reader, input_of(connection));
		connection->must_close = !framing->keep_alive || framing->must_close;
		connection->phase = HTTP_PHASE_BODY;
		if (connection->server->service)
			lvn_http_phase_limits_enter_body(connection);
		status = lvn_http_request_judge(connection);
	}
	if (status < 0)
		lvn_http_connection_end(connection);
	else if (status > 0)
		refuse(connection, status);
	else if (call_header_callback(connection))
		begin_body(connection);
	return !connection->has_ended && status == 0;
}

/* As for call_header_callback. */
static bool
call_chunk_received(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	struct evbuffer *piece = request->input_buffer;

	bool streams = lvn_http_exchange_streams(request);

	if ((!request->chunk_cb && !streams) || evbuffer_get_length(piece) == 0)
		return true;
	lvn_http_request_enter(request);
	if (streams) {
		lvn_http_exchange_deliver(request);
	} else {
		request->chunk_cb(request, request->cb_arg);
		evbuffer_drain(piece, evbuffer_get_length(piece));
	}
	if (!lvn_http_connection_leave_request(request))
		return false;
	return !connection->has_ended && connection->current == request;
}

/* What the program does not want yet waits here, and then in the socket. */
static bool
hold(struct evhttp_connection *connection)
{
	if (waiting_in(connection) > INPUT_MOST)
		pause_reading(connection);
	return false;
}

static bool
read_body(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	enum http_reader_result result;

	if (lvn_http_exchange_is_held(request))
		return hold(connection);
	if (lvn_http_request_judge_is_too_large(connection)) {
		refuse(connection, HTTP_ENTITYTOOLARGE);
		return false;
	}
	if (connection->server->service && lvn_http_phase_limits_is_slow(connection)) {
		refuse(connection, REQUEST_TIMEOUT);
		return false;
	}
	result = lvn_http_reader_read_body(&connection->reader, input_of(connection),
	    request->input_buffer, &connection->limits,
	    lvn_http_request_judge_most_in_body(connection));
	request->body_size = (size_t)connection->reader.body_size;
	if (result == HTTP_READER_NO_MEMORY) {
		lvn_http_connection_end(connection);
		return false;
	}
	if (result == HTTP_READER_REFUSED) {
		refuse(connection, connection->reader.status);
		return false;
	}
	/* The program may have paused the body: its end waits, too. */
	if (!call_chunk_received(connection) || lvn_http_exchange_is_held(request))
		return true;
	if (result == HTTP_READER_DONE)
		dispatch(connection);
	return result == HTTP_READER_DONE;
}

/* ---- the head ---- */

/* Returns whether there may be more to read. */
static bool
judge_head(struct evhttp_connection *connection, const struct http_head *head,
    enum http_reader_result result)
{
	switch (result) {
	case HTTP_READER_MORE:
		if (!lvn_http_phase_limits_wait_for_head(connection)) {
			connection->peer_is_done = true;
			refuse(connection, REQUEST_TIMEOUT);
		}
		return false;
	case HTTP_READER_REFUSED:
		refuse(connection, connection->reader.status);
		return false;
	case HTTP_READER_NO_MEMORY:
		lvn_http_connection_end(connection);
		return false;
	case HTTP_READER_DONE:
		break;
	}
	lvn_http_phase_limits_head_has_come(connection);
	return take_head(connection, head);
}

static bool
read_head(struct evhttp_connection *connection)
{
	struct http_field fields[LVN_HTTP_USUAL_FIELDS];
	struct http_head head;
	bool may_go_on;

	if (waiting_in(connection) == 0 || waiting_out(connection) > OUTPUT_MOST)
		return false;
	if (!connection->current && !begin_request(connection))
		return false;
	lvn_http_head_init(&head, fields, LVN_HTTP_USUAL_FIELDS);
	may_go_on = judge_head(connection, &head,
	    lvn_http_reader_find_head(
		&connection->reader, &head, input_of(connection), &connection->limits, false));
	lvn_http_head_clear(&head);
	return may_go_on;
}

/* ---- closing ---- */

/*
 * The output has gone out.  A peer that is still sending would lose it if the connection was
 * closed now, because the system answers what comes afterwards with a reset.
 */
static void
close_now(struct evhttp_connection *connection)
{
	const struct timeval step = {LINGER_STEP_S, 0};

	if (!connection->lingers || connection->peer_is_done) {
		lvn_http_connection_end(connection);
		return;
	}
	if (connection->linger_began_ms != 0)
		return;
	connection->linger_began_ms = now_ms(connection);
	if (connection->is_socket)
		(void)lvn_io_shutdown((int)bufferevent_getfd(connection->bev), SHUT_WR);
	bufferevent_set_timeouts(connection->bev, &step, NULL);
	resume_reading(connection);
	bufferevent_enable(connection->bev, EV_READ);
}

static bool
drop(struct evhttp_connection *connection)
{
	evbuffer_drain(input_of(connection), waiting_in(connection));
	if (connection->linger_began_ms != 0 &&
	    !(connection->server->flags & EVHTTP_SERVER_LINGERING_CLOSE) &&
	    now_ms(connection) - connection->linger_began_ms >= LINGER_MS)
		lvn_http_connection_end(connection);
	return false;
}

/* ---- what the stream calls ---- */

/* One step; returns whether there may be another. */
static bool
read_step(struct evhttp_connection *connection)
{
	switch (connection->phase) {
	case HTTP_PHASE_HEAD:
		return read_head(connection);
	case HTTP_PHASE_BODY:
		return read_body(connection);
	case HTTP_PHASE_REPLY:
		return hold(connection);
	case HTTP_PHASE_CLOSING:
		break;
	}
	return drop(connection);
}

/* Requests have come that are read when the replies before them have gone out. */
static bool
waits_for_output(const struct evhttp_connection *connection)
{
	return connection->phase == HTTP_PHASE_HEAD && waiting_in(connection) > 0 &&
	       waiting_out(connection) > OUTPUT_MOST;
}

/* The program has begun to reply to a request that will never be whole. */
static bool
is_cut_amid_reply(const struct evhttp_connection *connection)
{
	return connection->phase == HTTP_PHASE_BODY && connection->current &&
	       lvn_http_request_of(connection->current)->has_started;
}

/* The program holds the body of a request. */
static bool
waits_for_program(const struct evhttp_connection *connection)
{
	return connection->phase == HTTP_PHASE_BODY && connection->current &&
	       lvn_http_exchange_is_held(connection->current);
}

/* Whether more has to come for it than is here. */
static bool
lacks_body(const struct evhttp_connection *connection)
{
	const struct http_reader *reader = &connection->reader;

	return reader->framing.body == HTTP_BODY_SIZED && reader->left > waiting_in(connection);
}

/* What has come is all that will come: is there something to wait for? */
static void
check_end(struct evhttp_connection *connection)
{
	if (connection->has_ended || !connection->peer_is_done ||
	    connection->phase == HTTP_PHASE_REPLY || waits_for_output(connection) ||
	    (waits_for_program(connection) && !lacks_body(connection)))
		return;
	if (is_cut_amid_reply(connection)) {
		lvn_http_connection_end(connection);
		return;
	}
	connection->phase = HTTP_PHASE_CLOSING;
	if (waiting_out(connection) == 0)
		lvn_http_connection_end(connection);
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)bev;
	if (connection->has_ended || connection->is_reading)
		return;
	lvn_http_connection_reference(connection);
	connection->is_reading = true;
	while (!connection->has_ended && read_step(connection))
		;
	connection->is_reading = false;
	check_end(connection);
	lvn_http_connection_unreference(connection);
}

static void
call_chunk_callback(struct evhttp_connection *connection)
{
	void (*call)(struct evhttp_connection *, void *) = connection->on_chunk_sent;

	connection->on_chunk_sent = NULL;
	if (call)
		call(connection, connection->on_chunk_sent_arg);
}

static void
complete(struct evhttp_request *request)
{
	lvn_http_request_enter(request);
	if (request->on_complete_cb)
		request->on_complete_cb(request, request->on_complete_cb_arg);
	if (lvn_http_request_of(request)->exchange)
		lvn_http_exchange_end(request, LEVIN_HTTP_COMPLETED);
	if (lvn_http_connection_leave_request(request))
		lvn_http_request_detach(request);
}

static void
complete_replied(struct evhttp_connection *connection)
{
	struct evhttp_request *request;

	while (!connection->has_ended && waiting_out(connection) == 0 &&
	       (request = lvn_http_connection_shift_replied(connection)) != NULL)
		complete(request);
}

static void
on_all_written(struct evhttp_connection *connection)
{
	call_chunk_callback(connection);
	complete_replied(connection);
	if (connection->deadline && !connection->current)
		(void)event_del(connection->deadline);
	if (!connection->has_ended && waiting_out(connection) == 0) {
		if (connection->phase == HTTP_PHASE_CLOSING)
			close_now(connection);
		else if (connection->phase == HTTP_PHASE_HEAD)
			go_on(connection);
	}
	if (!connection->has_ended && waiting_in(connection) == 0)
		check_end(connection);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)bev;
	if (connection->has_ended)
		return;
	lvn_http_connection_reference(connection);
	if (connection->current && lvn_http_request_of(connection->current)->exchange)
		lvn_http_reply_stream_on_written(connection);
	if (!connection->has_ended && waiting_out(connection) == 0)
		on_all_written(connection);
	lvn_http_connection_unreference(connection);
}

/* Nobody waits for the peer while the program owes a reply, or while one goes out. */
static void
on_read_timeout(struct evhttp_connection *connection)
{
	bool is_amid_request =
	    connection->phase == HTTP_PHASE_BODY ||
	    (connection->phase == HTTP_PHASE_HEAD && connection->head_began_ms != 0);

	if (connection->phase == HTTP_PHASE_REPLY || connection->replied ||
	    waits_for_program(connection)) {
		bufferevent_enable(connection->bev, EV_READ);
	} else if (is_amid_request) {
		connection->peer_is_done = true;
		refuse(connection, REQUEST_TIMEOUT);
	} else {
		lvn_http_connection_end(connection);
	}
}

/* The stream cannot write what is in its output: a part of a file that has become shorter. */
static bool
is_without_bytes(short what)
{
	return (what & BEV_EVENT_EOF) && (what & BEV_EVENT_WRITING);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)bev;
	if (connection->has_ended)
		return;
	lvn_http_connection_reference(connection);
	if (is_without_bytes(what))
		connection->has_failed = true;
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_EOF))
		connection->is_peer_gone = true;
	if (what & BEV_EVENT_ERROR || is_without_bytes(what) ||
	    what == (BEV_EVENT_TIMEOUT | BEV_EVENT_WRITING)) {
		lvn_http_connection_end(connection);
	} else if (what & BEV_EVENT_TIMEOUT) {
		on_read_timeout(connection);
	} else if (what & BEV_EVENT_EOF) {
		connection->peer_is_done = true;
		if (connection->phase != HTTP_PHASE_REPLY)
			on_readable(bev, connection);
	}
	lvn_http_connection_unreference(connection);
}

/* ---- what replies call ---- */

/* on_written is called when output has gone out, but not where there was none. */
static void
call_if_all_is_written(struct evhttp_connection *connection)
{
	if (!connection->has_ended && waiting_out(connection) == 0)
		bufferevent_trigger(connection->bev, EV_WRITE,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

static void
on_replied(struct evhttp_request *request)
{
	struct evhttp_connection *connection = request->evcon;
	bool is_whole = lvn_http_connection_has_request(connection);
	bool is_refused = connection->phase == HTTP_PHASE_BODY && connection->must_close &&
			  lvn_http_request_of(request)->is_error;

	request->userdone = 1;
	connection->current = NULL;
	connection->on_chunk_sent = NULL;
	lvn_http_connection_push_replied(connection, request);
	/* What is left of the request is not read as one. */
	if (!is_whole)
		connection->must_close = true;
	if (!is_whole || is_refused || waiting_in(connection) > 0)
		connection->lingers = true;
	connection->head_began_ms = 0;
	connection->phase = connection->must_close ? HTTP_PHASE_CLOSING : HTTP_PHASE_HEAD;
	lvn_http_reader_next(&connection->reader);
	if (connection->server->service && lvn_http_phase_limits_differ(connection))
		lvn_http_connection_set_timeouts(connection);
	call_if_all_is_written(connection);
	go_on(connection);
}

static void
call_when_sent(struct evhttp_connection *connection,
    void (*callback)(struct evhttp_connection *, void *), void *arg)
{
	connection->on_chunk_sent = callback;
	connection->on_chunk_sent_arg = arg;
	call_if_all_is_written(connection);
}

/* If its reply is owed there can be none, nor a later one. */
static void
forget(struct evhttp_request *request)
{
	struct evhttp_connection *connection = request->evcon;

	if (!lvn_http_connection_take_out(connection, request))
		return;
	connection->on_chunk_sent = NULL;
	if (!connection->replied) {
		lvn_http_connection_end(connection);
		return;
	}
	connection->must_close = true;
	connection->phase = HTTP_PHASE_CLOSING;
}

static const struct http_connection_calls calls = {
    .replied = on_replied,
    .call_when_sent = call_when_sent,
    .forget = forget,
};

/* ---- its beginning ---- */

static void
add_to_list(struct evhttp *server, struct evhttp_connection *connection)
{
	connection->next = server->connections;
	connection->link = &server->connections;
	if (connection->next)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->connection_count++;
}

int
lvn_http_server_connection_start(struct evhttp *server, struct bufferevent *bev, bool is_socket,
    const struct sockaddr *peer, unsigned peer_size)
{
	struct evhttp_connection *connection = lvn_http_connection_new(server->base, bev);

	if (!connection) {
		bufferevent_free(bev);
		return -1;
	}
	connection->server = server;
	connection->calls = &calls;
	connection->is_socket = is_socket;
	connection->limits = server->limits;
	connection->most_in_body = server->most_in_body;
	connection->read_timeout = server->read_timeout;
	connection->write_timeout = server->write_timeout;
	connection->reader.lenient = server->lenient;
	if (server->service)
		connection->reader.lenient |= server->service->settings.lenient;
	add_to_list(server, connection);
	if (lvn_http_connection_set_peer(connection, peer, peer_size) < 0) {
		lvn_http_connection_end(connection);
		return -1;
	}
	bufferevent_setcb(bev, on_readable, on_written, on_event, connection);
	lvn_http_connection_set_timeouts(connection);
	if (bufferevent_enable(bev, EV_READ | EV_WRITE) < 0) {
		lvn_http_connection_end(connection);
		return -1;
	}
	if (server->service)
		server->service->stats.connections++;
	if (server->most_connections > 0 && server->connection_count > server->most_connections) {
		if (server->service)
			server->service->stats.connections_refused++;
		lvn_http_connection_reference(connection);
		refuse(connection, HTTP_SERVUNAVAIL);
		lvn_http_connection_unreference(connection);
	}
	return 0;
}
