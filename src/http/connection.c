/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <string.h>

#include "base/private.h"
#include "http/drain.h"
#include "http/exchange.h"
#include "http/phase_limits.h"
#include "http/server.h"

const struct timeval lvn_http_connection_timeout = {50, 0};

void
lvn_http_connection_init(
    struct evhttp_connection *connection, struct event_base *base, struct bufferevent *bev)
{
	connection->base = base;
	connection->bev = bev;
	connection->replied_end = &connection->replied;
	connection->limits = lvn_http_limits_default;
	connection->most_in_body = UINT64_MAX;
}

struct evhttp_connection *
lvn_http_connection_new(struct event_base *base, struct bufferevent *bev)
{
	struct evhttp_connection *connection = lvn_calloc(1, sizeof(*connection));

	if (connection)
		lvn_http_connection_init(connection, base, bev);
	return connection;
}

/* Writes the address of a peer as text, "localhost" for a Unix socket; returns the port. */
static uint16_t
read_peer(const struct sockaddr *peer, char *text, size_t capacity)
{
	if (peer && peer->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;

		evutil_inet_ntop(AF_INET, &v4->sin_addr, text, capacity);
		return ntohs(v4->sin_port);
	}
	if (peer && peer->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;

		evutil_inet_ntop(AF_INET6, &v6->sin6_addr, text, capacity);
		return ntohs(v6->sin6_port);
	}
	evutil_snprintf(text, capacity, "%s", peer ? "localhost" : "");
	return 0;
}

void
lvn_http_connection_keep_peer(
    struct evhttp_connection *connection, const struct sockaddr *peer, unsigned peer_size)
{
	union http_peer kept = {.any.sa_family = peer ? peer->sa_family : AF_UNSPEC};

	if (peer && peer_size <= sizeof(kept))
		memcpy(&kept, peer, peer_size);
	connection->peer = kept;
}

int
lvn_http_connection_set_peer(
    struct evhttp_connection *connection, const struct sockaddr *peer, unsigned peer_size)
{
	char text[LVN_HTTP_HOST_SIZE] = "";

	lvn_http_connection_keep_peer(connection, peer, peer_size);
	connection->port = read_peer(peer, text, sizeof(text));
	lvn_free(connection->address);
	connection->address = lvn_strdup(text);
	return connection->address ? 0 : -ENOMEM;
}

void
lvn_http_connection_reference(struct evhttp_connection *connection)
{
	connection->references++;
}

static void
free_memory(struct evhttp_connection *connection)
{
	lvn_free(connection->address);
	lvn_free(connection);
}

void
lvn_http_connection_unreference(struct evhttp_connection *connection)
{
	if (--connection->references == 0 && connection->has_ended)
		free_memory(connection);
}

/* ---- the requests ---- */

void
lvn_http_connection_push_replied(
    struct evhttp_connection *connection, struct evhttp_request *request)
{
	request->next.tqe_next = NULL;
	*connection->replied_end = request;
	connection->replied_end = &request->next.tqe_next;
}

struct evhttp_request *
lvn_http_connection_shift_replied(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->replied;

	if (!request)
		return NULL;
	connection->replied = request->next.tqe_next;
	if (!connection->replied)
		connection->replied_end = &connection->replied;
	return request;
}

bool
lvn_http_connection_take_out(struct evhttp_connection *connection, struct evhttp_request *request)
{
	struct evhttp_request **link = &connection->replied;

	request->evcon = NULL;
	if (connection->current == request) {
		connection->current = NULL;
		return true;
	}
	while (*link && *link != request)
		link = &(*link)->next.tqe_next;
	if (!*link)
		return false;
	*link = request->next.tqe_next;
	if (!*link)
		connection->replied_end = link;
	return false;
}

/* The end of a request that is being freed; freeing it once more in there changes nothing. */
static void
cancel(struct evhttp_request *request)
{
	lvn_http_request_enter(request);
	lvn_http_exchange_end(request, LEVIN_HTTP_CANCELLED);
	lvn_http_request_of(request)->callbacks = 0;
	request->flags &= ~(EVHTTP_REQ_DEFER_FREE | EVHTTP_REQ_NEEDS_FREE);
}

void
lvn_http_connection_free_request(struct evhttp_request *request)
{
	if (request->flags & EVHTTP_REQ_DEFER_FREE) {
		request->flags |= EVHTTP_REQ_NEEDS_FREE;
		return;
	}
	if (request->evcon)
		request->evcon->calls->forget(request);
	if (lvn_http_request_of(request)->exchange)
		cancel(request);
	lvn_http_request_free(request);
}

bool
lvn_http_connection_leave_request(struct evhttp_request *request)
{
	if (--lvn_http_request_of(request)->callbacks > 0)
		return !(request->flags & EVHTTP_REQ_NEEDS_FREE);
	request->flags &= ~EVHTTP_REQ_DEFER_FREE;
	if (!(request->flags & EVHTTP_REQ_NEEDS_FREE))
		return true;
	request->flags &= ~EVHTTP_REQ_NEEDS_FREE;
	lvn_http_connection_free_request(request);
	return false;
}

/* The program has been given the request, and ends its reply even if nothing of it is sent. */
static bool
is_with_program(const struct evhttp_connection *connection, struct evhttp_request *request)
{
	return connection->phase == HTTP_PHASE_REPLY || lvn_http_request_of(request)->has_started ||
	       lvn_http_exchange_is_offered(request);
}

static enum levin_http_end
how_it_ended(const struct evhttp_connection *connection)
{
	if (connection->is_freed_by_program || (connection->server && connection->server->is_freed))
		return LEVIN_HTTP_CANCELLED;
	/* The program has taken the stream. */
	if (!connection->bev)
		return LEVIN_HTTP_COMPLETED;
	return connection->is_peer_gone && !connection->has_failed ? LEVIN_HTTP_PEER_GONE
								   : LEVIN_HTTP_FAILED;
}

/* The end of a request with its connection.  `stays`: the program frees it by a reply. */
static void
end_request(struct evhttp_connection *connection, struct evhttp_request *request, bool stays)
{
	const struct http_exchange *exchange = lvn_http_request_of(request)->exchange;

	request->evcon = NULL;
	if (exchange) {
		lvn_http_request_enter(request);
		lvn_http_exchange_end(request, how_it_ended(connection));
		if (!lvn_http_connection_leave_request(request))
			return;
		stays = stays && !exchange->on_end && !exchange->is_body_lost &&
			!exchange->handle && !request->userdone;
	}
	if (!stays)
		lvn_http_request_detach(request);
}

static void
detach_owed(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;

	connection->current = NULL;
	if (request)
		end_request(connection, request, false);
}

/* What still waits in the output does not go out: it is of the last reply. */
static void
uncount_unsent(const struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;
	struct http_exchange *exchange;
	uint64_t unsent;

	for (struct evhttp_request *next = connection->replied; next && !connection->current;
	     next = next->next.tqe_next)
		request = next;
	exchange = request ? lvn_http_request_of(request)->exchange : NULL;
	if (!exchange || !connection->bev)
		return;
	unsent = evbuffer_get_length(bufferevent_get_output(connection->bev));
	exchange->bytes_out -= unsent < exchange->bytes_out ? unsent : exchange->bytes_out;
}

static void
detach_requests(struct evhttp_connection *connection)
{
	struct evhttp_request *request = connection->current;

	uncount_unsent(connection);
	connection->current = NULL;
	if (request)
		end_request(connection, request,
		    !connection->is_freed_by_program && is_with_program(connection, request));
	while ((request = lvn_http_connection_shift_replied(connection)) != NULL)
		end_request(connection, request, false);
}

/* ---- its end ---- */

/* The descriptor that the stream will not close; -1 for none. */
static evutil_socket_t
left_open_by(struct bufferevent *bev)
{
	if (lvn_stream_closes(bev) || bufferevent_get_underlying(bev))
		return -1;
	return bufferevent_getfd(bev);
}

void
lvn_http_connection_free_bufferevent(struct bufferevent *bev)
{
	evutil_socket_t left = left_open_by(bev);

	bufferevent_free(bev);
	if (left >= 0)
		evutil_closesocket(left);
}

void
lvn_http_connection_free_stream(struct evhttp_connection *connection)
{
	lvn_http_connection_free_bufferevent(connection->bev);
	connection->bev = NULL;
}

void
lvn_http_connection_close_stream(struct evhttp_connection *connection)
{
	evutil_socket_t left = left_open_by(connection->bev);

	bufferevent_replacefd(connection->bev, -1);
	if (left >= 0)
		evutil_closesocket(left);
}

static void
leave_list(struct evhttp_connection *connection)
{
	if (!connection->link)
		return;
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	connection->link = NULL;
	connection->server->connection_count--;
	lvn_http_drain_check(connection->server);
}

static void
free_deadline(struct evhttp_connection *connection)
{
	if (connection->deadline)
		event_free(connection->deadline);
	connection->deadline = NULL;
}

/* A program that frees the server in the callback is through with the connection's requests. */
static void
call_close_callback(struct evhttp_connection *connection)
{
	struct evhttp *server = connection->server;

	if (!connection->on_close)
		return;
	if (server)
		lvn_http_server_reference(server);
	connection->on_close(connection, connection->on_close_arg);
	if (server && lvn_http_server_unreference(server))
		detach_owed(connection);
}

/* The functions that are called for the requests are the server's, which may be freed in there. */
void
lvn_http_connection_end(struct evhttp_connection *connection)
{
	struct evhttp *server = connection->server;

	if (connection->has_ended)
		return;
	lvn_http_connection_reference(connection);
	if (server)
		lvn_http_server_reference(server);
	connection->has_ended = true;
	/* The callback may free the server, which must not find the connection again. */
	leave_list(connection);
	call_close_callback(connection);
	detach_requests(connection);
	free_deadline(connection);
	lvn_http_connection_free_stream(connection);
	if (server)
		(void)lvn_http_server_unreference(server);
	lvn_http_connection_unreference(connection);
}

void
lvn_http_connection_fail_later(struct evhttp_connection *connection)
{
	connection->has_failed = true;
	connection->phase = HTTP_PHASE_CLOSING;
	bufferevent_trigger_event(connection->bev, BEV_EVENT_ERROR, BEV_TRIG_DEFER_CALLBACKS);
}

void
lvn_http_connection_abandon(struct evhttp_connection *connection)
{
	detach_owed(connection);
	lvn_http_connection_end(connection);
}

void
lvn_http_connection_end_by_program(struct evhttp_connection *connection)
{
	lvn_http_connection_reference(connection);
	connection->is_freed_by_program = true;
	lvn_http_connection_end(connection);
	/* Inside the callback of its end the request is still there. */
	detach_owed(connection);
	lvn_http_connection_unreference(connection);
}

void
lvn_http_connection_clear_stream(struct bufferevent *bev)
{
	bufferevent_setcb(bev, NULL, NULL, NULL, NULL);
	bufferevent_set_timeouts(bev, NULL, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

struct bufferevent *
lvn_http_connection_give_stream(struct evhttp_connection *connection)
{
	struct bufferevent *bev = connection->bev;
	struct evhttp *server = connection->server;

	lvn_http_connection_reference(connection);
	if (server)
		lvn_http_server_reference(server);
	connection->has_ended = true;
	connection->bev = NULL;
	lvn_http_connection_clear_stream(bev);
	leave_list(connection);
	call_close_callback(connection);
	detach_owed(connection);
	detach_requests(connection);
	free_deadline(connection);
	if (server)
		(void)lvn_http_server_unreference(server);
	lvn_http_connection_unreference(connection);
	return bev;
}

void
lvn_http_connection_limit_heads(struct http_limits *limits, int64_t size)
{
	if (size < 0) {
		*limits = (struct http_limits){.head_size = 0};
		return;
	}
	limits->head_size = size > 0 ? (size_t)size : 1;
	limits->line_size = limits->head_size;
	limits->fields = lvn_http_limits_default.fields;
}

void
lvn_http_connection_set_timeouts(struct evhttp_connection *connection)
{
	/* One that lingers has timeouts of its own, so that it ends. */
	if (!connection->bev || connection->linger_began_ms != 0)
		return;
	lvn_http_phase_limits_apply(connection);
}
