/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>

#include "base/private.h"
#include "http/client_connect.h"
#include "http/client_queue.h"
#include "http/client_request.h"

/* A wait before a retry grows no longer than by this factor, 1 << this. */
#define RETRY_DOUBLINGS 10

/* Responses 1xx before the final one (RFC 9110 15.2). */
#define INTERIM_MOST 32

const struct timeval lvn_http_client_connect_timeout = {45, 0};
const struct timeval lvn_http_client_first_retry = {2, 0};

static void on_readable(struct bufferevent *bev, void *arg);
static void on_written(struct bufferevent *bev, void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);

/* ---- the stream ---- */

/* Returns 0 or -ENOMEM. */
static int
prepare_stream(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	if (!connection->bev && client->has_own_stream)
		connection->bev =
		    bufferevent_socket_new(connection->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!connection->bev)
		return -ENOMEM;
	bufferevent_setcb(
	    connection->bev, on_readable, client->hooks ? on_written : NULL, on_event, connection);
	return 0;
}

static void
empty(struct evbuffer *buffer)
{
	evbuffer_drain(buffer, evbuffer_get_length(buffer));
}

/* What a socket has not sent may not be drained: but it must not be the beginning of what is sent next. */
static void
empty_output(struct evbuffer *output)
{
	size_t size = evbuffer_get_length(output);

	if (evbuffer_drain(output, size) == 0)
		return;
	evbuffer_unfreeze(output, 1);
	(void)evbuffer_drain(output, size);
	evbuffer_freeze(output, 1);
}

/* A lookup that is under way ends only with its stream. */
static void
reset_stream(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct bufferevent *bev = connection->bev;

	if (!bev)
		return;
	if (client->has_own_stream) {
		bufferevent_free(bev);
		connection->bev = NULL;
		if (connection->base)
			(void)prepare_stream(client);
		return;
	}
	bufferevent_disable(bev, EV_READ | EV_WRITE);
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	lvn_http_connection_close_stream(connection);
	for (; bev; bev = bufferevent_get_underlying(bev)) {
		empty(bufferevent_get_input(bev));
		empty_output(bufferevent_get_output(bev));
	}
}

static bool
is_open(const struct http_client *client)
{
	return client->state == HTTP_CLIENT_OPEN || client->state == HTTP_CLIENT_TUNNEL;
}

/* Notifies the program of the end of a connection that was open. */
static void
disconnect(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	bool was_open = is_open(client);
	bool was_busy = connection->is_reading;

	client->state = HTTP_CLIENT_CLOSED;
	lvn_http_reader_next(&connection->reader);
	/* A request that the callback makes waits for the new stream. */
	connection->is_reading = true;
	if (was_open && connection->on_close)
		connection->on_close(connection, connection->on_close_arg);
	connection->is_reading = was_busy;
	if (!connection->has_ended)
		reset_stream(client);
}

/* ---- how requests end ---- */

/* The callback gets the request, or NULL where `has_response` is not set. */
static void
notify(struct evhttp_request *request, bool has_response)
{
	request->evcon = NULL;
	lvn_http_request_enter(request);
	if (request->cb)
		request->cb(has_response ? request : NULL, request->cb_arg);
	if (lvn_http_connection_leave_request(request))
		lvn_http_request_detach(request);
}

static void
notify_failure(struct evhttp_request *request, enum evhttp_request_error error)
{
	lvn_http_request_enter(request);
	if (request->error_cb)
		request->error_cb(error, request->cb_arg);
	if (lvn_http_connection_leave_request(request))
		notify(request, false);
}

/*
 * Disconnects behind the request that was under way, whose end is not known to the program yet: it
 * cannot be cancelled any more, but the callback may free it, or the connection.  Returns false if
 * it did.
 */
static bool
disconnect_behind(struct http_client *client, struct evhttp_request *request)
{
	client->connection.current = NULL;
	request->evcon = NULL;
	lvn_http_request_enter(request);
	disconnect(client);
	if (!lvn_http_connection_leave_request(request))
		return false;
	if (client->connection.has_ended)
		lvn_http_request_detach(request);
	return !client->connection.has_ended;
}

static void
fail(struct http_client *client, enum evhttp_request_error error)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;

	client->failure = (struct http_client_failure){connection->reader.status,
	    connection->reader.why, lvn_http_client_request_is_unanswered(client)};
	if (disconnect_behind(client, request))
		notify_failure(request, error);
}

/* The connection has ended, and no response with it. */
static void
lose(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	if (!connection->current) {
		disconnect(client);
	} else if (lvn_http_client_request_may_be_sent_again(client)) {
		lvn_http_client_queue_unshift(client, connection->current);
		connection->current = NULL;
		disconnect(client);
	} else {
		fail(client, EVREQ_HTTP_EOF);
	}
}

/* The program sees the end of the connection first, then the response. */
static void
complete(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;
	bool stays = true;

	connection->current = NULL;
	client->was_used = true;
	request->evcon = NULL;
	request->body_size = (size_t)connection->reader.body_size;
	request->ntoread = 0;
	if (connection->reader.framing.body == HTTP_BODY_TUNNEL)
		client->state = HTTP_CLIENT_TUNNEL;
	else if (connection->must_close ||
		 evbuffer_get_length(bufferevent_get_output(connection->bev)) > 0)
		stays = disconnect_behind(client, request);
	else
		lvn_http_reader_next(&connection->reader);
	if (stays)
		notify(request, true);
}

/* No connection can be made: each request that waits ends without a response. */
static void
fail_all(struct http_client *client)
{
	bool is_nested = client->failing != NULL;

	lvn_http_client_queue_fail(client);
	while (!is_nested && client->failing)
		notify(lvn_http_client_queue_shift_failing(client), true);
}

/* ---- connecting ---- */

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct http_client *client = arg;

	(void)fd;
	(void)what;
	client->state = HTTP_CLIENT_CLOSED;
	lvn_http_client_go_on(client);
}

/* Each wait is twice as long as the one before. */
static bool
retry_later(struct http_client *client)
{
	struct timeval wait = client->first_retry;

	if (client->retries >= 0 && client->retries_made >= client->retries)
		return false;
	for (int i = 0; i < client->retries_made && i < RETRY_DOUBLINGS; i++)
		evutil_timeradd(&wait, &wait, &wait);
	if (evtimer_add(&client->retry_timer, &wait) < 0)
		return false;
	client->retries_made++;
	client->state = HTTP_CLIENT_WAITING;
	return true;
}

/* A name that has no address ends the first request alone: the next one is looked up again. */
static void
connecting_failed(struct http_client *client)
{
	struct bufferevent *bev = client->connection.bev;
	bool has_no_address = bev && bufferevent_socket_get_dns_error(bev) != 0;

	disconnect(client);
	if (has_no_address && client->queue) {
		notify_failure(lvn_http_client_queue_shift(client), EVREQ_HTTP_EOF);
	} else if (!retry_later(client)) {
		client->retries_made = 0;
		fail_all(client);
	}
}

/* The stream or this function reports what fails at once; the request may be gone afterwards. */
static void
connect_now(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	client->state = HTTP_CLIENT_CONNECTING;
	if (!connection->base || prepare_stream(client) < 0) {
		connecting_failed(client);
		return;
	}
	/* One that the program had connected: it is not what this connection connects to. */
	if (bufferevent_getfd(connection->bev) >= 0)
		lvn_http_connection_close_stream(connection);
	bufferevent_set_timeouts(connection->bev, NULL, &client->connect_timeout);
	bufferevent_enable(connection->bev, EV_WRITE);
	if (lvn_http_client_connect(client) < 0 && client->state == HTTP_CLIENT_CONNECTING)
		connecting_failed(client);
}

static void
note_peer(struct evhttp_connection *connection)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	unsigned size = sizeof(peer);
	evutil_socket_t fd = bufferevent_getfd(connection->bev);
	bool is_known = fd >= 0 && lvn_io_getpeername(fd, (struct sockaddr *)&peer, &size) == 0;

	lvn_http_connection_keep_peer(
	    connection, is_known ? (struct sockaddr *)&peer : NULL, is_known ? size : 0);
}

static void
on_connected(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	client->state = HTTP_CLIENT_OPEN;
	client->retries_made = 0;
	client->was_used = false;
	note_peer(connection);
	lvn_http_connection_set_timeouts(connection);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

/* ---- what is next ---- */

static void
send_next(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = lvn_http_client_queue_shift(client);

	connection->current = request;
	connection->phase = HTTP_PHASE_HEAD;
	connection->must_close = false;
	client->interim = 0;
	client->has_sent_body = evbuffer_get_length(request->output_buffer) > 0;
	if (lvn_http_client_request_write(client, request) < 0)
		fail(client, EVREQ_HTTP_BUFFER_ERROR);
}

static bool
step(struct http_client *client)
{
	if (client->connection.has_ended || client->connection.current || !client->queue)
		return false;
	if (client->state == HTTP_CLIENT_OPEN)
		send_next(client);
	else if (client->state == HTTP_CLIENT_TUNNEL)
		disconnect(client);
	else if (client->state == HTTP_CLIENT_CLOSED)
		connect_now(client);
	else
		return false;
	return true;
}

void
lvn_http_client_go_on(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	if (connection->is_reading)
		return;
	lvn_http_connection_reference(connection);
	connection->is_reading = true;
	while (step(client))
		;
	connection->is_reading = false;
	if (!connection->has_ended && client->frees_on_completion && !connection->current &&
	    !client->queue && !client->failing)
		lvn_http_client_free(client);
	lvn_http_connection_unreference(connection);
}

/* ---- a response ---- */

static bool
call_header_callback(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;
	int rc = 0;

	if (request->header_cb) {
		lvn_http_request_enter(request);
		rc = request->header_cb(request, request->cb_arg);
		/* It may have been cancelled. */
		if (!lvn_http_connection_leave_request(request) || connection->has_ended ||
		    connection->current != request)
			return false;
	}
	if (rc < 0)
		fail(client, EVREQ_HTTP_EOF);
	return rc >= 0;
}

static bool
skip_interim(struct http_client *client, const struct http_head *head)
{
	struct evhttp_connection *connection = &client->connection;

	if (++client->interim > INTERIM_MOST) {
		fail(client, EVREQ_HTTP_INVALID_HEADER);
		return false;
	}
	if (client->hooks && head->status == 100)
		client->hooks->on_continue(client->hooks_arg);
	evbuffer_drain(bufferevent_get_input(connection->bev), connection->reader.head_size);
	lvn_http_reader_next(&connection->reader);
	return true;
}

static bool
take_head(struct http_client *client, const struct http_head *head)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;
	struct http_reader *reader = &connection->reader;
	int status = lvn_http_framing_of_response(head, request->type == EVHTTP_REQ_HEAD,
	    request->type == EVHTTP_REQ_CONNECT, 0, &reader->framing, &reader->why);

	if (status == 0 && head->status < 200 && head->status != 101)
		return skip_interim(client, head);
	if (status > 0) {
		fail(client, EVREQ_HTTP_INVALID_HEADER);
		return false;
	}
	if (lvn_http_client_request_fill(request, head, reader->head_size) < 0) {
		fail(client, EVREQ_HTTP_BUFFER_ERROR);
		return false;
	}
	lvn_http_reader_take_head(reader, bufferevent_get_input(connection->bev));
	connection->phase = HTTP_PHASE_BODY;
	if (!reader->framing.keep_alive || reader->framing.must_close)
		connection->must_close = true;
	return call_header_callback(client);
}

static bool
judge_head(struct http_client *client, const struct http_head *head, enum http_reader_result result)
{
	if (result == HTTP_READER_REFUSED)
		fail(client, EVREQ_HTTP_INVALID_HEADER);
	else if (result == HTTP_READER_NO_MEMORY)
		fail(client, EVREQ_HTTP_BUFFER_ERROR);
	return result == HTTP_READER_DONE && take_head(client, head);
}

static bool
read_head(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evbuffer *input = bufferevent_get_input(connection->bev);
	struct http_field fields[LVN_HTTP_USUAL_FIELDS];
	struct http_head head;
	bool may_go_on;

	lvn_http_head_init(&head, fields, LVN_HTTP_USUAL_FIELDS);
	may_go_on = judge_head(client, &head,
	    lvn_http_reader_find_head(
		&connection->reader, &head, input, &connection->limits, true));
	lvn_http_head_clear(&head);
	return may_go_on;
}

/* Returns whether the request goes on. */
static bool
call_chunk_callback(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;

	if (!request->chunk_cb || evbuffer_get_length(request->input_buffer) == 0)
		return true;
	lvn_http_request_enter(request);
	request->chunk_cb(request, request->cb_arg);
	if (!lvn_http_connection_leave_request(request) || connection->has_ended ||
	    connection->current != request)
		return false;
	empty(request->input_buffer);
	return true;
}

static void
read_body(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct evhttp_request *request = connection->current;
	enum http_reader_result result =
	    lvn_http_reader_read_body(&connection->reader, bufferevent_get_input(connection->bev),
		request->input_buffer, &connection->limits, connection->most_in_body);

	request->body_size = (size_t)connection->reader.body_size;
	if (result == HTTP_READER_NO_MEMORY)
		fail(client, EVREQ_HTTP_BUFFER_ERROR);
	else if (result == HTTP_READER_REFUSED)
		fail(client, EVREQ_HTTP_DATA_TOO_LONG);
	else if (call_chunk_callback(client) && result == HTTP_READER_DONE)
		complete(client);
}

static void
read_response(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	const struct evhttp_request *request = connection->current;

	while (connection->phase == HTTP_PHASE_HEAD && read_head(client))
		;
	if (!connection->has_ended && connection->current && connection->current == request &&
	    connection->phase == HTTP_PHASE_BODY)
		read_body(client);
}

/* ---- what the stream calls ---- */

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct http_client *client = lvn_http_client_of(arg);
	struct evhttp_connection *connection = arg;
	bool was_busy = connection->is_reading;

	(void)bev;
	lvn_http_connection_reference(connection);
	/* A request that a callback makes is sent when the input is known to be empty. */
	connection->is_reading = true;
	if (connection->current)
		read_response(client);
	/* Bytes that answer nothing would be taken for the next response. */
	if (!connection->has_ended && !connection->current && client->state == HTTP_CLIENT_OPEN &&
	    evbuffer_get_length(bufferevent_get_input(connection->bev)) > 0)
		disconnect(client);
	connection->is_reading = was_busy;
	if (!connection->has_ended)
		lvn_http_client_go_on(client);
	lvn_http_connection_unreference(connection);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct http_client *client = lvn_http_client_of(arg);

	(void)bev;
	client->hooks->on_sent(client->hooks_arg);
}

static void
on_end(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;

	if (connection->current && connection->phase == HTTP_PHASE_BODY &&
	    lvn_http_reader_end(&connection->reader) == HTTP_READER_DONE) {
		connection->must_close = true;
		complete(client);
		return;
	}
	lose(client);
}

/* Reading waits for the end of writing, and an open connection may wait for a request. */
static void
on_timeout(struct http_client *client, short what)
{
	struct evhttp_connection *connection = &client->connection;

	if ((what & BEV_EVENT_READING) &&
	    (!connection->current ||
		evbuffer_get_length(bufferevent_get_output(connection->bev)) > 0))
		bufferevent_enable(connection->bev, EV_READ);
	else if (connection->current)
		fail(client, EVREQ_HTTP_TIMEOUT);
	else
		disconnect(client);
}

static void
on_error(struct http_client *client, short what)
{
	struct evhttp_connection *connection = &client->connection;

	/* The response may have come before the peer stopped reading. */
	if ((what & BEV_EVENT_WRITING) && (client->flags & EVHTTP_CON_READ_ON_WRITE_ERROR)) {
		connection->must_close = true;
		bufferevent_disable(connection->bev, EV_WRITE);
		return;
	}
	lose(client);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct http_client *client = lvn_http_client_of(arg);
	struct evhttp_connection *connection = arg;

	(void)bev;
	lvn_http_connection_reference(connection);
	if (what & BEV_EVENT_CONNECTED)
		on_connected(client);
	else if (client->state == HTTP_CLIENT_CONNECTING)
		connecting_failed(client);
	else if (what & BEV_EVENT_TIMEOUT)
		on_timeout(client, what);
	else if (what & BEV_EVENT_ERROR)
		on_error(client, what);
	else if (what & BEV_EVENT_EOF)
		on_end(client);
	if (!connection->has_ended)
		lvn_http_client_go_on(client);
	lvn_http_connection_unreference(connection);
}

/* ---- what the program calls ---- */

/* Returns false if the request was not under way. */
static bool
remove_request(struct http_client *client, struct evhttp_request *request)
{
	struct evhttp_connection *connection = &client->connection;
	bool was_current = connection->current == request;

	if (!was_current && !lvn_http_client_queue_take_out(client, request))
		return false;
	request->evcon = NULL;
	if (was_current) {
		connection->current = NULL;
		disconnect(client);
	}
	return true;
}

/* The program frees a request that may be under way; its connection is closed then. */
static void
forget(struct evhttp_request *request)
{
	struct http_client *client = lvn_http_client_of(request->evcon);
	struct evhttp_connection *connection = &client->connection;

	lvn_http_connection_reference(connection);
	(void)remove_request(client, request);
	if (!connection->has_ended)
		lvn_http_client_go_on(client);
	lvn_http_connection_unreference(connection);
}

int
lvn_http_client_request(struct http_client *client, struct evhttp_request *request,
    enum evhttp_cmd_type type, const char *target)
{
	int rc = lvn_http_client_request_prepare(client, request, type, target);

	if (rc < 0)
		return rc;
	request->evcon = &client->connection;
	lvn_http_client_queue_push(client, request);
	lvn_http_client_go_on(client);
	return 0;
}

void
lvn_http_client_cancel(struct http_client *client, struct evhttp_request *request)
{
	struct evhttp_connection *connection = &client->connection;

	lvn_http_connection_reference(connection);
	lvn_http_request_enter(request);
	if (remove_request(client, request) && request->error_cb)
		request->error_cb(EVREQ_HTTP_REQUEST_CANCEL, request->cb_arg);
	if (lvn_http_connection_leave_request(request))
		lvn_http_request_detach(request);
	if (!connection->has_ended)
		lvn_http_client_go_on(client);
	lvn_http_connection_unreference(connection);
}

struct bufferevent *
lvn_http_client_give_stream(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	struct bufferevent *bev = connection->bev;

	connection->bev = NULL;
	lvn_http_connection_clear_stream(bev);
	lvn_http_connection_reference(connection);
	disconnect(client);
	if (!connection->has_ended)
		lvn_http_client_go_on(client);
	lvn_http_connection_unreference(connection);
	return bev;
}

void
lvn_http_client_set_hooks(
    struct http_client *client, const struct http_client_hooks *hooks, void *arg)
{
	client->hooks = hooks;
	client->hooks_arg = arg;
	(void)prepare_stream(client);
}

static const struct http_connection_calls calls = {.forget = forget};

/* ---- life ---- */

/* "[::1]" is "::1" for everybody but the field Host. */
static char *
without_brackets(const char *address)
{
	size_t size = strlen(address);
	char *copy = lvn_strdup(address);

	if (copy && size > 2 && address[0] == '[' && address[size - 1] == ']') {
		memmove(copy, address + 1, size - 2);
		copy[size - 2] = '\0';
	}
	return copy;
}

void
lvn_http_client_set_base(struct http_client *client, struct event_base *base)
{
	struct evhttp_connection *connection = &client->connection;

	if (!base)
		return;
	if (client->has_own_stream && connection->bev)
		lvn_http_connection_free_stream(connection);
	connection->base = base;
	evtimer_assign(&client->retry_timer, base, on_retry, client);
	(void)prepare_stream(client);
}

struct http_client *
lvn_http_client_new(struct event_base *base, struct evdns_base *dns, struct bufferevent *bev,
    const char *address, uint16_t port)
{
	struct http_client *client = lvn_calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	lvn_http_connection_init(&client->connection, base, bev);
	client->connection.calls = &calls;
	client->connection.address = without_brackets(address);
	client->connection.port = port;
	client->connection.read_timeout = lvn_http_connection_timeout;
	client->connection.write_timeout = lvn_http_connection_timeout;
	client->dns = dns;
	client->queue_end = &client->queue;
	client->has_own_stream = !bev;
	client->family = AF_UNSPEC;
	client->first_retry = lvn_http_client_first_retry;
	client->connect_timeout = lvn_http_client_connect_timeout;
	lvn_http_client_set_base(client, base);
	if (client->connection.address && (!base || client->connection.bev))
		return client;
	if (!bev && client->connection.bev)
		bufferevent_free(client->connection.bev);
	lvn_free(client->connection.address);
	lvn_free(client);
	return NULL;
}

struct http_client *
lvn_http_client_new_connected(
    struct event_base *base, struct evdns_base *dns, struct bufferevent *bev)
{
	struct http_client *client = lvn_http_client_new(base, dns, bev, "", 0);
	struct evhttp_connection *connection;

	if (!client)
		return NULL;
	connection = &client->connection;
	on_connected(client);
	if (lvn_http_connection_set_peer(
		connection, &connection->peer.any, sizeof(connection->peer)) == 0)
		return client;
	connection->bev = NULL;
	lvn_http_client_free(client);
	return NULL;
}

void
lvn_http_client_free(struct http_client *client)
{
	struct evhttp_connection *connection = &client->connection;
	bool was_open = is_open(client);

	if (connection->has_ended)
		return;
	lvn_http_connection_reference(connection);
	connection->has_ended = true;
	if (was_open && connection->on_close)
		connection->on_close(connection, connection->on_close_arg);
	if (connection->current)
		lvn_http_request_detach(connection->current);
	connection->current = NULL;
	while (client->queue)
		lvn_http_request_detach(lvn_http_client_queue_shift(client));
	while (client->failing)
		lvn_http_request_detach(lvn_http_client_queue_shift_failing(client));
	if (connection->base)
		event_del(&client->retry_timer);
	if (connection->bev)
		lvn_http_connection_free_stream(connection);
	lvn_free(client->unix_path);
	lvn_free(client->local_address);
	lvn_http_connection_unreference(connection);
}
