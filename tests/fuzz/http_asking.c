/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clients of event2/http.h of a random HTTP program.
 */
#include <event2/bufferevent.h>
#include <string.h>

#include "fuzz/http_world.h"

struct client {
	struct evhttp_connection *connection; /* NULL: none, or it is left to itself */
	bool is_closing;                      /* its callback is on the stack */
};

/* The last one stands for those that are left to themselves. */
static struct client clients[HTTP_CLIENTS_MAX + 1];

static void on_closed(struct evhttp_connection *connection, void *arg);

/* ---- The ends of requests ----------------------------------------------------------------------- */

/* The library has freed it, or will. */
static void
forget(struct http_ask *ask, enum http_end how)
{
	ask->request = NULL;
	http_ask_end(ask, how);
}

static void
free_request(struct http_ask *ask)
{
	struct evhttp_request *request = ask->request;

	HTTP_LOG("  the client frees request %u", ask->id);
	forget(ask, HTTP_END_FREED);
	evhttp_request_free(request);
}

/* Inside the callback of the end of its connection it may be too late, and it ends otherwise. */
static void
cancel(struct http_ask *ask)
{
	bool may_be_late = clients[ask->client].is_closing;
	int errors = ask->errors;
	struct evhttp_request *kept = evhttp_request_is_owned(ask->request) ? ask->request : NULL;

	HTTP_LOG("  request %u is cancelled", ask->id);
	ask->is_ending = true;
	evhttp_cancel_request(ask->request);
	if (ask->errors > errors) {
		forget(ask, HTTP_END_CANCELLED);
		if (kept)
			evhttp_request_free(kept);
	} else if (!may_be_late) {
		http_fault("cancelling it calls nothing", ask->id);
	} else {
		ask->is_ending = false;
	}
}

static void
free_client(struct client *client)
{
	struct evhttp_connection *connection = client->connection;
	struct evhttp_request *owned[HTTP_ASKS_MAX];
	unsigned count = 0;

	HTTP_LOG("  a client is freed");
	client->connection = NULL;
	for (unsigned i = 0; i < http_world.ask_count; i++) {
		struct http_ask *ask = &http_world.asks[i];

		if (ask->request && !ask->is_ending && &clients[ask->client] == client) {
			if (evhttp_request_is_owned(ask->request))
				owned[count++] = ask->request;
			forget(ask, HTTP_END_FREED);
		}
	}
	evhttp_connection_free(connection);
	while (count > 0)
		evhttp_request_free(owned[--count]);
}

/* ---- Callbacks ------------------------------------------------------------------------------------- */

static bool
is_gone(const struct http_ask *ask)
{
	if (ask->request)
		return false;
	http_fault("a callback for a request that is gone", ask->id);
	return true;
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	struct http_ask *ask = arg;

	HTTP_LOG("  request %u: error %d", ask->id, error);
	if (is_gone(ask))
		return;
	if (ask->errors++ > 0)
		http_fault("it has two errors", ask->id);
	if ((error == EVREQ_HTTP_REQUEST_CANCEL) != ask->is_ending)
		http_fault("an error that is none", ask->id);
	ask->is_ending = true;
	http_act_inside();
}

static void
check_response(struct http_ask *ask)
{
	struct evhttp_request *request = ask->request;
	int code = evhttp_request_get_response_code(request);
	const char *field = evhttp_find_header(evhttp_request_get_input_headers(request), "X-Id");
	size_t whole = http_ask_has_download(ask) ? ask->download : 0;
	/* Where the end of the connection is that of the body, nobody can tell. */
	bool may_be_cut = ask->is_old && ask->reply == HTTP_REPLY_CHUNKS && !http_world.is_calm;

	http_ask_check_code(ask, code, field);
	if (!field)
		return;
	http_ask_take_body(evhttp_request_get_input_buffer(request), ask, false, &ask->received);
	if (ask->received != whole && !may_be_cut)
		http_fault("its response is shorter than what was sent", ask->id);
}

static enum http_end
how_it_ends(struct http_ask *ask, struct evhttp_request *request)
{
	if (request != NULL && request != ask->request)
		http_fault("another request ends", ask->id);
	if (!request && ask->errors == 0)
		http_fault("it fails without an error", ask->id);
	if (request && ask->errors > 0)
		http_fault("it has a response after an error", ask->id);
	if (!request || evhttp_request_get_response_code(request) == 0)
		return HTTP_END_FAILURE;
	check_response(ask);
	return HTTP_END_RESPONSE;
}

static void
on_done(struct evhttp_request *request, void *arg)
{
	struct http_ask *ask = arg;
	struct evhttp_request *kept = ask->request;
	bool is_owned;

	if (is_gone(ask))
		return;
	ask->is_ending = true;
	is_owned = evhttp_request_is_owned(kept) != 0;
	forget(ask, how_it_ends(ask, request));
	/* May be freed by the program, unless it is its own: then it must be. */
	if (is_owned || (!http_world.is_calm && http_chance(5)))
		evhttp_request_free(kept);
	http_act_inside();
}

static int
on_head(struct evhttp_request *request, void *arg)
{
	struct http_ask *ask = arg;

	(void)request;
	if (is_gone(ask))
		return 0;
	if (!http_world.is_calm && http_chance(3))
		free_request(ask);
	http_act_inside();
	return ask->request && !http_world.is_calm && http_chance(2) ? -1 : 0;
}

static void
on_piece(struct evhttp_request *request, void *arg)
{
	struct http_ask *ask = arg;
	struct evbuffer *input = evhttp_request_get_input_buffer(request);

	if (is_gone(ask))
		return;
	if (evhttp_find_header(evhttp_request_get_input_headers(request), "X-Id"))
		http_ask_take_body(input, ask, false, &ask->received);
	if (!http_world.is_calm && http_chance(3))
		free_request(ask);
	http_act_inside();
}

static void
on_closed(struct evhttp_connection *connection, void *arg)
{
	struct client *client = arg;
	bool was_closing = client->is_closing;

	(void)connection;
	HTTP_LOG("  a client's connection ends");
	client->is_closing = true;
	http_act_inside();
	client->is_closing = was_closing;
}

/* ---- What programs do ------------------------------------------------------------------------------- */

static void
choose_settings(struct evhttp_connection *connection)
{
	struct timeval wait = {0, 1 + (suseconds_t)http_pick(900000)};

	if (http_chance(30))
		evhttp_connection_set_retries(connection, (int)http_pick(4));
	if (http_chance(30))
		evhttp_connection_set_initial_retry_tv(connection, &wait);
	if (http_chance(30))
		evhttp_connection_set_flags(connection, EVHTTP_CON_READ_ON_WRITE_ERROR);
	if (http_chance(30))
		evhttp_connection_set_flags(connection, EVHTTP_CON_REUSE_CONNECTED_ADDR);
	if (!http_world.is_calm && http_chance(20))
		evhttp_connection_set_timeout_tv(connection, &wait);
	if (!http_world.is_calm && http_chance(10))
		evhttp_connection_set_max_body_size(connection, (ev_ssize_t)http_pick(2000));
}

static struct client *
some_client(void)
{
	struct client *client = &clients[http_pick(HTTP_CLIENTS_MAX)];
	struct bufferevent *bev = NULL;

	if (client->connection)
		return client;
	if (http_chance(30))
		bev = bufferevent_socket_new(http_world.base, -1, BEV_OPT_CLOSE_ON_FREE);
	client->connection = evhttp_connection_base_bufferevent_new(
	    http_world.base, NULL, bev, "127.0.0.1", HTTP_PORT);
	evhttp_connection_set_closecb(client->connection, on_closed, client);
	choose_settings(client->connection);
	return client;
}

static void
add_fields(struct http_ask *ask)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(ask->request);

	if (ask->expects)
		evhttp_add_header(fields, "Expect", "100-continue");
	if (ask->asks_close)
		evhttp_add_header(fields, "Connection", "close");
	else if (ask->is_old)
		evhttp_add_header(fields, "Connection", "keep-alive");
}

void
http_asking_make(void)
{
	struct client *client = some_client();
	struct http_ask *ask = client->is_closing && http_chance(50) ? NULL : http_ask_new(false);
	struct evhttp_request *request;
	char target[16];

	if (!ask)
		return;
	request = ask->request = evhttp_request_new(on_done, ask);
	ask->client = (unsigned)(client - clients);
	evhttp_request_set_error_cb(request, on_error);
	if (http_chance(40))
		evhttp_request_set_header_cb(request, on_head);
	if (ask->takes_pieces)
		evhttp_request_set_chunked_cb(request, on_piece);
	if (http_chance(10))
		evhttp_request_own(request);
	if (ask->is_old)
		request->major = 1;
	http_ask_put_body(evhttp_request_get_output_buffer(request), ask, true, 0, ask->upload);
	add_fields(ask);
	snprintf(target, sizeof(target), "/%u", ask->id);
	HTTP_LOG("  request %u is made", ask->id);
	if (evhttp_make_request(client->connection, request, ask->type, target) < 0)
		http_fault("it cannot be made", ask->id);
}

/* A request that has not come to its end. */
static struct http_ask *
some_request(void)
{
	unsigned count = http_world.ask_count;
	unsigned begin = count > 0 ? (unsigned)http_pick(count) : 0;

	for (unsigned i = 0; i < count; i++) {
		struct http_ask *ask = &http_world.asks[(begin + i) % count];

		if (ask->request && !ask->is_ending)
			return ask;
	}
	return NULL;
}

/* It is left to itself, and freed behind its last request. */
static void
leave_alone(struct client *client)
{
	bool has_requests = false;

	for (unsigned i = 0; i < http_world.ask_count; i++) {
		struct http_ask *ask = &http_world.asks[i];

		if (ask->request && !ask->is_ending && &clients[ask->client] == client) {
			ask->client = HTTP_CLIENTS_MAX;
			has_requests = true;
		}
	}
	if (!has_requests)
		return;
	HTTP_LOG("  a client is left alone");
	evhttp_connection_set_closecb(client->connection, NULL, NULL);
	evhttp_connection_free_on_completion(client->connection);
	client->connection = NULL;
}

void
http_asking_act(void)
{
	struct client *client = &clients[http_pick(HTTP_CLIENTS_MAX)];
	struct http_ask *ask = some_request();

	switch (http_pick(4)) {
	case 0:
		if (client->connection)
			free_client(client);
		break;
	case 1:
		if (client->connection && !client->is_closing && http_chance(30))
			leave_alone(client);
		break;
	case 2:
		if (ask && http_chance(50))
			free_request(ask);
		break;
	default:
		if (ask)
			cancel(ask);
		break;
	}
}

/* ---- The beginning and the end ----------------------------------------------------------------------- */

void
http_asking_begin(void)
{
	memset(clients, 0, sizeof(clients));
}

void
http_asking_settle(void)
{
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++)
		if (clients[i].connection)
			evhttp_connection_set_retries(clients[i].connection, 3);
}

void
http_asking_end(void)
{
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++)
		if (clients[i].connection)
			free_client(&clients[i]);
}
