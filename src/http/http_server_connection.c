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
#include "http/fields.h"
#include "http/http_date.h"
#include "http/method.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/server.h"
#include "http/uri.h"

/* So much may wait in the input while a reply is owed, and in the output before more is read. */
#define INPUT_MOST  (64 * 1024)
#define OUTPUT_MOST (256 * 1024)

/* A head has to be complete after this time, or after so many read timeouts if that is less. */
#define HEAD_MS          60000
#define HEAD_IN_TIMEOUTS 5

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
static void
go_on(struct evhttp_connection *connection)
{
	resume_reading(connection);
	if (!connection->is_reading && waiting_in(connection) > 0)
		bufferevent_trigger(connection->bev, EV_READ,
		    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* ---- a request ---- */

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

/* Answers with an error, and reads no further request. */
static void
refuse(struct evhttp_connection *connection, int status)
{
	if (!connection->current && !begin_request(connection))
		return;
	if (lvn_http_request_of(connection->current)->has_started)
		lvn_http_connection_end(connection);
	else
		lvn_http_reply_send_error(connection->current, status, NULL);
}

/* The bit of the method; 0 if it is unknown. */
static uint32_t
type_of(struct evhttp_connection *connection, struct http_slice name)
{
	const struct http_method *known = lvn_http_method_find(name.at, name.size);
	evhttp_ext_method_cb find = connection->server->find_method;
	struct evhttp_ext_method method = {NULL, 0, 0};
	char *text;
	int found;

	if (known)
		return known->type;
	text = find ? lvn_http_request_copy_text(name) : NULL;
	if (!text)
		return 0;
	method.method = text;
	found = find(&method);
	lvn_free(text);
	return found == 0 ? method.type : 0;
}

/* "example.org:443" */
static int
parse_authority(struct evhttp_request *request, struct http_slice target)
{
	struct evbuffer *text = evbuffer_new();
	int rc = -ENOMEM;

	if (text && evbuffer_add_printf(text, "//%.*s", (int)target.size, target.at) > 0)
		rc = lvn_http_uri_parse((const char *)evbuffer_pullup(text, -1),
		    evbuffer_get_length(text), EVHTTP_URI_NONCONFORMANT, &request->uri_elems);
	if (text)
		evbuffer_free(text);
	return rc == -EINVAL ? HTTP_BADREQUEST : rc;
}

/*
 * Only the absolute form and that of CONNECT have an authority (RFC 9112 3.2).  Returns 0, a
 * status to refuse the request with, or -1 without memory.
 */
static int
parse_target(struct evhttp_request *request, struct http_slice target)
{
	unsigned flags = EVHTTP_URI_NONCONFORMANT;
	int rc;

	if (request->type == EVHTTP_REQ_CONNECT)
		return parse_authority(request, target);
	if (target.at[0] == '/' || target.at[0] == '*')
		flags |= LVN_HTTP_URI_ORIGIN_FORM;
	rc = lvn_http_uri_parse(target.at, target.size, flags, &request->uri_elems);
	return rc == -EINVAL ? HTTP_BADREQUEST : rc;
}

/* A target with a host that is not one of ours is for a proxy. */
static void
note_proxy(struct evhttp *server, struct evhttp_request *request)
{
	const char *scheme = evhttp_uri_get_scheme(request->uri_elems);
	const char *host = evhttp_uri_get_host(request->uri_elems);

	if (scheme && host && !lvn_http_router_knows_host(server, host))
		request->flags |= EVHTTP_PROXY_REQUEST;
}

/* Returns 0, or a status to refuse the request with; -1 without memory. */
static int
fill(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	const struct http_head *head = &connection->reader.head;
	int rc;

	request->headers_size = connection->reader.head_size;
	request->major = (char)head->major;
	request->minor = (char)head->minor;
	request->uri = lvn_http_request_copy_text(head->target);
	if (!request->uri || lvn_http_request_copy_fields(request, head) < 0)
		return -1;
	request->type = (enum evhttp_cmd_type)type_of(connection, head->method);
	rc = parse_target(request, head->target);
	if (rc != 0)
		return rc;
	note_proxy(connection->server, request);
	return lvn_http_framing_of_request(
	    head, 0, &connection->reader.framing, &connection->reader.why);
}

/* Whether the server wants requests of this method, and a body of this size. */
static int
judge(struct evhttp_connection *connection)
{
	struct evhttp *server = connection->server;
	const struct http_framing *framing = &connection->reader.framing;

	uint32_t type = (uint32_t)connection->current->type;

	if (type == 0)
		return HTTP_NOTIMPLEMENTED;
	if (!(type & server->methods))
		return HTTP_BADMETHOD;
	if (framing->body == HTTP_BODY_SIZED && framing->size > connection->most_in_body)
		return HTTP_ENTITYTOOLARGE;
	return 0;
}

static void
send_continue(struct evhttp_connection *connection)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (waiting_in(connection) == 0 &&
	    evbuffer_add(bufferevent_get_output(connection->bev), text, sizeof(text) - 1) < 0)
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
	request->body_size = (size_t)connection->reader.body_size;
	request->ntoread = 0;
	lvn_http_request_enter(request);
	lvn_http_router_dispatch(connection->server, request);
	(void)lvn_http_connection_leave_request(request);
}

/* Returns whether there may be more to read. */
static bool
take_head(struct evhttp_connection *connection)
{
	const struct http_framing *framing = &connection->reader.framing;
	int status = fill(connection);

	if (status == 0) {
		lvn_http_reader_take_head(&connection->reader, input_of(connection));
		connection->must_close = !framing->keep_alive || framing->must_close;
		connection->phase = HTTP_PHASE_BODY;
		status = judge(connection);
	}
	if (status < 0)
		lvn_http_connection_end(connection);
	else if (status > 0)
		refuse(connection, status);
	else if (call_header_callback(connection) && framing->expects_continue)
		send_continue(connection);
	return !connection->has_ended && status == 0;
}

/* As for call_header_callback. */
static bool
call_chunk_received(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	struct evbuffer *piece = request->input_buffer;

	if (!request->chunk_cb || evbuffer_get_length(piece) == 0)
		return true;
	lvn_http_request_enter(request);
	request->chunk_cb(request, request->cb_arg);
	evbuffer_drain(piece, evbuffer_get_length(piece));
	if (!lvn_http_connection_leave_request(request))
		return false;
	return !connection->has_ended && connection->current == request;
}

static bool
read_body(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	enum http_reader_result result =
	    lvn_http_reader_read_body(&connection->reader, input_of(connection),
		request->input_buffer, &connection->limits, connection->most_in_body);

	request->body_size = (size_t)connection->reader.body_size;
	if (result == HTTP_READER_NO_MEMORY) {
		lvn_http_connection_end(connection);
		return false;
	}
	if (result == HTTP_READER_REFUSED) {
		refuse(connection, connection->reader.status);
		return false;
	}
	if (!call_chunk_received(connection))
		return true;
	if (result == HTTP_READER_DONE)
		dispatch(connection);
	return result == HTTP_READER_DONE;
}

/* ---- how long a head may take ---- */

static int64_t
most_for_head_ms(const struct evhttp_connection *connection)
{
	int64_t timeout_ms = (int64_t)connection->read_timeout.tv_sec * 1000 +
			     connection->read_timeout.tv_usec / 1000;

	if (timeout_ms > 0 && timeout_ms < HEAD_MS / HEAD_IN_TIMEOUTS)
		return timeout_ms * HEAD_IN_TIMEOUTS;
	return HEAD_MS;
}

/* The read timeout, shortened so that it ends when the whole head has to be there. */
static void
wait_for_rest_of_head(struct evhttp_connection *connection)
{
	struct timeval timeout = connection->read_timeout;
	struct timeval left;
	int64_t now = now_ms(connection);
	int64_t left_ms;

	if (connection->head_began_ms == 0)
		connection->head_began_ms = now;
	left_ms = connection->head_began_ms + most_for_head_ms(connection) - now;
	if (left_ms <= 0) {
		connection->peer_is_done = true;
		refuse(connection, REQUEST_TIMEOUT);
		return;
	}
	left = (struct timeval){(time_t)(left_ms / 1000), (suseconds_t)(left_ms % 1000 * 1000)};
	if (!evutil_timerisset(&timeout) || evutil_timercmp(&left, &timeout, <))
		timeout = left;
	bufferevent_set_timeouts(connection->bev, &timeout, &connection->write_timeout);
}

static void
head_has_come(struct evhttp_connection *connection)
{
	if (connection->head_began_ms == 0)
		return;
	connection->head_began_ms = 0;
	lvn_http_connection_set_timeouts(connection);
}

static bool
read_head(struct evhttp_connection *connection)
{
	if (waiting_in(connection) == 0 || waiting_out(connection) > OUTPUT_MOST)
		return false;
	if (!connection->current && !begin_request(connection))
		return false;
	switch (lvn_http_reader_find_head(
	    &connection->reader, input_of(connection), &connection->limits, false)) {
	case HTTP_READER_MORE:
		wait_for_rest_of_head(connection);
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
	head_has_come(connection);
	return take_head(connection);
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
		if (waiting_in(connection) > INPUT_MOST)
			pause_reading(connection);
		return false;
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

/* What has come is all that will come: is there something to wait for? */
static void
check_end(struct evhttp_connection *connection)
{
	if (connection->has_ended || !connection->peer_is_done ||
	    connection->phase == HTTP_PHASE_REPLY || waits_for_output(connection))
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
on_written(struct bufferevent *bev, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)bev;
	if (connection->has_ended || waiting_out(connection) > 0)
		return;
	lvn_http_connection_reference(connection);
	call_chunk_callback(connection);
	complete_replied(connection);
	if (!connection->has_ended && waiting_out(connection) == 0) {
		if (connection->phase == HTTP_PHASE_CLOSING)
			close_now(connection);
		else if (connection->phase == HTTP_PHASE_HEAD)
			go_on(connection);
	}
	if (!connection->has_ended && waiting_in(connection) == 0)
		check_end(connection);
	lvn_http_connection_unreference(connection);
}

/* Nobody waits for the peer while the program owes a reply, or while one goes out. */
static void
on_read_timeout(struct evhttp_connection *connection)
{
	bool is_amid_request =
	    connection->phase == HTTP_PHASE_BODY ||
	    (connection->phase == HTTP_PHASE_HEAD && connection->head_began_ms != 0);

	if (connection->phase == HTTP_PHASE_REPLY || connection->replied) {
		bufferevent_enable(connection->bev, EV_READ);
	} else if (is_amid_request) {
		connection->peer_is_done = true;
		refuse(connection, REQUEST_TIMEOUT);
	} else {
		lvn_http_connection_end(connection);
	}
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct evhttp_connection *connection = arg;

	(void)bev;
	if (connection->has_ended)
		return;
	lvn_http_connection_reference(connection);
	if (what & BEV_EVENT_ERROR || what == (BEV_EVENT_TIMEOUT | BEV_EVENT_WRITING)) {
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

	request->userdone = 1;
	connection->current = NULL;
	connection->on_chunk_sent = NULL;
	lvn_http_connection_push_replied(connection, request);
	/* What is left of the request is not read as one. */
	if (connection->phase != HTTP_PHASE_REPLY)
		connection->must_close = true;
	if (connection->phase != HTTP_PHASE_REPLY || waiting_in(connection) > 0)
		connection->lingers = true;
	connection->head_began_ms = 0;
	connection->phase = connection->must_close ? HTTP_PHASE_CLOSING : HTTP_PHASE_HEAD;
	lvn_http_reader_next(&connection->reader);
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
	if (server->most_connections > 0 && server->connection_count > server->most_connections) {
		lvn_http_connection_reference(connection);
		refuse(connection, HTTP_SERVUNAVAIL);
		lvn_http_connection_unreference(connection);
	}
	return 0;
}
