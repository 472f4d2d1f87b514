/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of a random HTTP program that send requests by hand, one behind the other without
 * waiting, slowly, and read the responses strictly.
 */
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/http_world.h"

enum { PIPELINE_MAX = 8, LINE_MAX_SIZE = 1000, PIECE_MAX = 500, DELAY_MS_MAX = 300 };

enum where { AT_HEAD, AT_FIELDS, AT_BODY, AT_CHUNK_SIZE, AT_CHUNK, AT_CHUNK_END, AT_TRAILER };

struct by_hand {
	struct bufferevent *bev; /* NULL: none */
	struct event *timer;
	struct evbuffer *to_send;
	struct http_ask *asks[PIPELINE_MAX];
	unsigned count;
	unsigned next; /* whose response comes */
	bool ends_half;

	/* The response that is being read. */
	enum where where;
	int code;
	char id_field[16];
	bool is_chunked;
	bool until_end;
	size_t left;
	size_t received;
};

static struct by_hand all[HTTP_RAWS_MAX];

/* ---- Ends ----------------------------------------------------------------------------------------- */

/* Requests without a response are lost with the connection. */
static void
leave(struct by_hand *client)
{
	HTTP_LOG("  a client by hand leaves");
	for (unsigned i = client->next; i < client->count; i++)
		http_ask_end(client->asks[i], HTTP_END_LOST);
	client->next = client->count;
	bufferevent_free(client->bev);
	client->bev = NULL;
	event_free(client->timer);
	evbuffer_free(client->to_send);
}

/* ---- Responses -------------------------------------------------------------------------------------- */

static struct http_ask *
current(struct by_hand *client)
{
	return client->asks[client->next];
}

static void
end_response(struct by_hand *client)
{
	struct http_ask *ask = current(client);
	size_t whole = http_ask_has_download(ask) ? ask->download : 0;
	bool may_be_cut = client->until_end && !http_world.is_calm;

	client->where = AT_HEAD;
	if (client->code == 100)
		return;
	http_ask_check_code(ask, client->code, client->id_field[0] ? client->id_field : NULL);
	if (client->id_field[0] && client->received != whole && !may_be_cut)
		http_fault("its response is shorter than what was sent", ask->id);
	client->next++;
	http_ask_end(ask, HTTP_END_RESPONSE);
}

static void
begin_body(struct by_hand *client)
{
	bool has_body = client->code != 100 && client->code != 204 && client->code != 304 &&
			current(client)->type != EVHTTP_REQ_HEAD;

	client->received = 0;
	if (!has_body)
		end_response(client);
	else if (client->is_chunked)
		client->where = AT_CHUNK_SIZE;
	else if (client->left == 0 && !client->until_end)
		end_response(client);
	else
		client->where = AT_BODY;
}

static void
read_status(struct by_hand *client, const char *line)
{
	int minor = -1;

	if (sscanf(line, "HTTP/1.%d %3d ", &minor, &client->code) != 2 || client->code < 100)
		http_fault("a status line that is none", current(client)->id);
	client->where = AT_FIELDS;
	client->id_field[0] = '\0';
	client->is_chunked = false;
	client->until_end = true;
	client->left = 0;
}

static void
read_field(struct by_hand *client, const char *line)
{
	if (strncmp(line, "Content-Length: ", 16) == 0) {
		client->left = strtoul(line + 16, NULL, 10);
		client->until_end = false;
	} else if (strcmp(line, "Transfer-Encoding: chunked") == 0) {
		client->is_chunked = true;
	} else if (strncmp(line, "X-Id: ", 6) == 0) {
		snprintf(client->id_field, sizeof(client->id_field), "%s", line + 6);
	} else if (!strchr(line, ':')) {
		http_fault("a field without a colon", current(client)->id);
	}
	if (client->is_chunked)
		client->until_end = false;
}

static void
read_chunk_size(struct by_hand *client, const char *line)
{
	char *end;

	client->left = strtoul(line, &end, 16);
	if (end == line || *end)
		http_fault("the size of a chunk that is none", current(client)->id);
	client->where = client->left == 0 ? AT_TRAILER : AT_CHUNK;
}

static void
read_line(struct by_hand *client, const char *line)
{
	switch (client->where) {
	case AT_HEAD:
		read_status(client, line);
		break;
	case AT_FIELDS:
		if (*line)
			read_field(client, line);
		else
			begin_body(client);
		break;
	case AT_CHUNK_SIZE:
		read_chunk_size(client, line);
		break;
	case AT_CHUNK_END:
		if (*line)
			http_fault("a chunk is longer than it says", current(client)->id);
		client->where = AT_CHUNK_SIZE;
		break;
	case AT_TRAILER:
		if (*line)
			http_fault("a trailer that nobody sent", current(client)->id);
		end_response(client);
		break;
	case AT_BODY:
	case AT_CHUNK:
		break;
	}
}

static bool
read_data(struct by_hand *client, struct evbuffer *input)
{
	size_t size = evbuffer_get_length(input);
	struct evbuffer *piece;

	if (!client->until_end && size > client->left)
		size = client->left;
	if (size == 0)
		return false;
	piece = evbuffer_new();
	evbuffer_remove_buffer(input, piece, size);
	if (client->id_field[0])
		http_ask_take_body(piece, current(client), false, &client->received);
	evbuffer_free(piece);
	if (client->until_end)
		return true;
	client->left -= size;
	if (client->left > 0)
		return true;
	if (client->where == AT_BODY)
		end_response(client);
	else
		client->where = AT_CHUNK_END;
	return true;
}

/* Returns whether there may be more. */
static bool
read_step(struct by_hand *client, struct evbuffer *input)
{
	char *line;

	if (client->where == AT_BODY || client->where == AT_CHUNK)
		return read_data(client, input);
	line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF_STRICT);
	if (!line)
		return false;
	if (client->next == client->count)
		http_fault("a response without a request", HTTP_ASKS_MAX);
	else
		read_line(client, line);
	http_world_free(line);
	return true;
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct by_hand *client = arg;

	while (!http_world.fault[0] && read_step(client, bufferevent_get_input(bev)))
		;
	if (client->next == client->count && http_chance(50))
		leave(client);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct by_hand *client = arg;

	(void)bev;
	HTTP_LOG("  a client by hand hears %x", what);
	if (what & BEV_EVENT_CONNECTED)
		return;
	if ((what & BEV_EVENT_EOF) && client->next < client->count && client->where == AT_BODY &&
	    client->until_end)
		end_response(client);
	leave(client);
}

/* ---- Requests ---------------------------------------------------------------------------------------- */

static void
put_chunks(struct evbuffer *out, const struct http_ask *ask)
{
	size_t at = 0;

	while (at < ask->upload) {
		size_t size = 1 + http_pick(ask->upload - at);

		evbuffer_add_printf(out, "%zx%s\r\n", size, http_chance(20) ? ";a=\"b\"" : "");
		http_ask_put_body(out, ask, true, at, size);
		evbuffer_add(out, "\r\n", 2);
		at += size;
	}
	evbuffer_add_printf(out, "0\r\n%s\r\n", http_chance(20) ? "X-Id: 77\r\n" : "");
}

static const char *
name_of(enum evhttp_cmd_type type)
{
	switch (type) {
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	default:
		return "GET";
	}
}

static void
put_request(struct evbuffer *out, const struct http_ask *ask)
{
	evbuffer_add_printf(out, "%s%s /%u HTTP/1.%d\r\nHost: a\r\n", http_chance(10) ? "\r\n" : "",
	    name_of(ask->type), ask->id, !ask->is_old);
	if (ask->expects)
		evbuffer_add_printf(out, "Expect: 100-continue\r\n");
	if (ask->asks_close)
		evbuffer_add_printf(out, "Connection: x, close\r\n");
	else if (ask->is_old)
		evbuffer_add_printf(out, "Connection: keep-alive\r\n");
	if (ask->is_chunked) {
		evbuffer_add_printf(out, "Transfer-Encoding: chunked\r\n\r\n");
		put_chunks(out, ask);
		return;
	}
	if (ask->upload > 0)
		evbuffer_add_printf(out, "Content-Length: %zu\r\n", ask->upload);
	evbuffer_add(out, "\r\n", 2);
	http_ask_put_body(out, ask, true, 0, ask->upload);
}

/* The server closes behind the response. */
static bool
is_last(const struct http_ask *ask)
{
	return ask->asks_close || ask->reply_closes || ask->reply == HTTP_REPLY_PAGE ||
	       (ask->is_old && ask->reply == HTTP_REPLY_CHUNKS && http_ask_has_download(ask));
}

static void
send_piece(struct by_hand *client)
{
	struct evbuffer *output = bufferevent_get_output(client->bev);

	evbuffer_remove_buffer(
	    client->to_send, output, http_chance(20) ? SIZE_MAX : 1 + http_pick(PIECE_MAX));
	if (client->ends_half && evbuffer_get_length(client->to_send) == 0 &&
	    evbuffer_get_length(output) == 0) {
		levin_sim_shutdown((int)bufferevent_getfd(client->bev), SHUT_WR);
		client->ends_half = false;
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct by_hand *client = arg;
	struct timeval next = {0, (suseconds_t)http_pick(DELAY_MS_MAX) * 1000};

	(void)fd;
	(void)what;
	send_piece(client);
	if (evbuffer_get_length(client->to_send) > 0 || client->ends_half)
		event_add(client->timer, &next);
}

static void
choose_requests(struct by_hand *client)
{
	unsigned most = 1 + (unsigned)http_pick(PIPELINE_MAX);
	struct http_ask *ask = NULL;

	while (
	    client->count < most && (!ask || !is_last(ask)) && (ask = http_ask_new(true)) != NULL) {
		client->asks[client->count++] = ask;
		put_request(client->to_send, ask);
	}
}

static void
start(struct by_hand *client)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(HTTP_PORT)};
	struct timeval soon = {0, 1};

	memset(client, 0, sizeof(*client));
	client->to_send = evbuffer_new();
	client->ends_half = http_chance(20);
	client->bev = bufferevent_socket_new(http_world.base, -1, BEV_OPT_CLOSE_ON_FREE);
	client->timer = event_new(http_world.base, -1, 0, on_timer, client);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	choose_requests(client);
	HTTP_LOG("  a client by hand sends %u requests", client->count);
	bufferevent_setcb(client->bev, on_readable, NULL, on_event, client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
	event_add(client->timer, &soon);
	bufferevent_socket_connect(client->bev, (struct sockaddr *)&address, sizeof(address));
}

void
http_by_hand_start(void)
{
	for (int i = 0; i < HTTP_RAWS_MAX; i++) {
		if (!all[i].bev && http_world.ask_count < HTTP_ASKS_MAX) {
			start(&all[i]);
			return;
		}
	}
}

void
http_by_hand_act(void)
{
	struct by_hand *client = &all[http_pick(HTTP_RAWS_MAX)];

	/* Not from inside of its own callbacks. */
	if (!client->bev || http_world.inside > 1)
		return;
	if (http_chance(50))
		levin_sim_reset((int)bufferevent_getfd(client->bev));
	else
		leave(client);
}

/* ---- The beginning and the end ------------------------------------------------------------------------ */

void
http_by_hand_begin(void)
{
	memset(all, 0, sizeof(all));
}

bool
http_by_hand_is_idle(void)
{
	for (int i = 0; i < HTTP_RAWS_MAX; i++)
		if (all[i].bev && all[i].next < all[i].count)
			return false;
	return true;
}

void
http_by_hand_end(void)
{
	for (int i = 0; i < HTTP_RAWS_MAX; i++)
		if (all[i].bev)
			leave(&all[i]);
}
