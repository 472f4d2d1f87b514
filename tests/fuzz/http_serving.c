/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server of a random HTTP program, and what its program does with requests.
 */
#include <event2/bufferevent.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/http_world.h"

enum { PIECE_MAX = 900, DELAY_MS_MAX = 1500 };

/* A connection that has begun a request. */
struct link {
	struct evhttp_connection *connection; /* NULL once it has ended */
	bool is_closing;                      /* its callback is on the stack */
	bool is_freed;                        /* by the program */
};

enum state {
	ARRIVING,
	OWED,    /* with the program */
	STARTED, /* a reply in pieces */
	REPLIED,
	OVER,
};

struct serving {
	struct evhttp_request *request; /* NULL once it is gone */
	struct link *link;              /* NULL once it has ended */
	struct http_ask *ask;           /* NULL before it was read */
	enum state state;
	size_t received;
	size_t sent;
	bool is_owned;
	bool is_early; /* the reply began before the body was there */
	struct event *timer;
};

static struct serving servings[HTTP_SERVINGS_MAX];
static struct link links[HTTP_LINKS_MAX];
static unsigned serving_count;
static unsigned link_count;

static void step(struct serving *serving);

static unsigned
id_of(const struct serving *serving)
{
	return serving->ask ? serving->ask->id : HTTP_ASKS_MAX;
}

/* ---- What becomes of requests ---------------------------------------------------------------- */

/* The library has freed it, unless the program owns it, which frees it now. */
static void
end_serving(struct serving *serving)
{
	struct evhttp_request *request = serving->request;

	serving->state = OVER;
	serving->request = NULL;
	serving->link = NULL;
	event_del(serving->timer);
	if (serving->is_owned)
		evhttp_request_free(request);
}

static void
end_servings_of(const struct link *link)
{
	for (unsigned i = 0; i < serving_count; i++)
		if (servings[i].request && servings[i].link == link)
			end_serving(&servings[i]);
}

static void
free_request(struct serving *serving)
{
	struct evhttp_request *request = serving->request;

	HTTP_LOG("  the server's program frees request %u", id_of(serving));
	serving->is_owned = false;
	end_serving(serving);
	evhttp_request_free(request);
}

static void
free_link(struct link *link)
{
	HTTP_LOG("  the server's program frees a connection");
	link->is_freed = true;
	if (link->is_closing)
		end_servings_of(link);
	evhttp_connection_free(link->connection);
}

void
http_serving_free_server(void)
{
	struct evhttp *http = http_world.http;

	if (!http)
		return;
	HTTP_LOG("  the server is freed");
	http_world.http = NULL;
	for (unsigned i = 0; i < link_count; i++)
		if (links[i].is_closing)
			end_servings_of(&links[i]);
	evhttp_free(http);
}

static void
on_closed(struct evhttp_connection *connection, void *arg)
{
	struct link *link = arg;
	bool is_freed = link->is_freed || !http_world.http;

	HTTP_LOG("  a connection of the server ends");
	if (connection != link->connection || link->is_closing)
		http_fault("a connection ends twice", HTTP_ASKS_MAX);
	link->is_closing = true;
	for (unsigned i = 0; i < serving_count; i++) {
		struct serving *serving = &servings[i];

		if (serving->link == link && serving->request &&
		    (is_freed || serving->state == ARRIVING || serving->state == REPLIED))
			end_serving(serving);
	}
	http_act_inside();
	/* What the program owes stays with it. */
	for (unsigned i = 0; i < serving_count; i++)
		if (servings[i].link == link)
			servings[i].link = NULL;
	link->is_closing = false;
	link->connection = NULL;
}

/* ---- Replies ------------------------------------------------------------------------------------ */

/* Its connection is gone: the request ends with the reply. */
static bool
is_alone(const struct serving *serving)
{
	return !serving->link || serving->link->is_closing;
}

static void
end_if(struct serving *serving, bool was_alone)
{
	if (was_alone && serving->request)
		end_serving(serving);
}

static void
add_fields(struct serving *serving)
{
	struct evkeyvalq *fields = evhttp_request_get_output_headers(serving->request);
	char text[24];

	snprintf(text, sizeof(text), "%u", serving->ask->id);
	evhttp_add_header(fields, "X-Id", text);
	if (serving->ask->reply_closes)
		evhttp_add_header(fields, "Connection", "close");
	if (serving->ask->reply != HTTP_REPLY_SIZED)
		return;
	snprintf(text, sizeof(text), "%zu", serving->ask->download);
	evhttp_add_header(fields, "Content-Length", text);
}

static void
reply_whole(struct serving *serving)
{
	struct evbuffer *body = evbuffer_new();
	struct evhttp_request *request = serving->request;
	size_t first = http_chance(20) ? http_pick(serving->ask->download + 1) : 0;
	bool was_alone = is_alone(serving);

	/* A part of it may be in the request's own buffer. */
	http_ask_put_body(evhttp_request_get_output_buffer(request), serving->ask, false, 0, first);
	http_ask_put_body(body, serving->ask, false, first, serving->ask->download - first);
	serving->state = REPLIED;
	evhttp_send_reply(request, serving->ask->code, NULL, body);
	evbuffer_free(body);
	end_if(serving, was_alone);
}

static void
begin_reply(struct serving *serving)
{
	struct evhttp_request *request = serving->request;
	const struct http_ask *ask = serving->ask;
	bool was_alone = is_alone(serving);

	HTTP_LOG("  the server's program replies to %u", ask->id);
	if (ask->reply == HTTP_REPLY_PAGE) {
		serving->state = REPLIED;
		evhttp_send_error(request, ask->code, NULL);
		end_if(serving, was_alone);
		return;
	}
	add_fields(serving);
	if (ask->reply == HTTP_REPLY_WHOLE) {
		reply_whole(serving);
		return;
	}
	serving->state = STARTED;
	evhttp_send_reply_start(request, ask->code, NULL);
}

static void
on_piece_sent(struct evhttp_connection *connection, void *arg)
{
	struct serving *serving = arg;

	if (!serving->link || serving->link->connection != connection)
		http_fault("a piece was sent to another connection", id_of(serving));
	if (serving->state == STARTED)
		step(serving);
	http_act_inside();
}

static void
send_piece(struct serving *serving)
{
	struct evbuffer *piece = evbuffer_new();
	size_t size = serving->ask->download - serving->sent;

	if (size > PIECE_MAX)
		size = http_pick(PIECE_MAX);
	http_ask_put_body(piece, serving->ask, false, serving->sent, size);
	serving->sent += size;
	if (http_chance(50))
		evhttp_send_reply_chunk(serving->request, piece);
	else
		evhttp_send_reply_chunk_with_cb(serving->request, piece, on_piece_sent, serving);
	evbuffer_free(piece);
}

/* The next thing that the program owes. */
static void
step(struct serving *serving)
{
	bool was_alone = is_alone(serving);

	if (serving->state == OWED) {
		begin_reply(serving);
	} else if (serving->state == STARTED && serving->sent < serving->ask->download) {
		send_piece(serving);
	} else if (serving->state == STARTED) {
		serving->state = REPLIED;
		evhttp_send_reply_end(serving->request);
		end_if(serving, was_alone);
	}
}

static void
step_later(struct serving *serving)
{
	struct timeval delay = {0, 0};
	long ms = (long)http_pick(DELAY_MS_MAX);

	delay.tv_sec = ms / 1000;
	delay.tv_usec = ms % 1000 * 1000;
	event_add(serving->timer, &delay);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct serving *serving = arg;

	(void)fd;
	(void)what;
	step(serving);
	if (serving->state == OWED || serving->state == STARTED)
		step_later(serving);
}

/* ---- Requests -------------------------------------------------------------------------------------- */

static struct serving *
find(struct evhttp_request *request)
{
	for (unsigned i = 0; i < serving_count; i++)
		if (servings[i].request == request)
			return &servings[i];
	http_fault("a callback for a request that is gone", HTTP_ASKS_MAX);
	return NULL;
}

static void
note_ask(struct serving *serving)
{
	const char *target = evhttp_request_get_uri(serving->request);
	unsigned long id = strtoul(target + 1, NULL, 10);

	if (serving->ask)
		return;
	if (target[0] != '/' || id >= http_world.ask_count) {
		http_fault("a request that nobody made", (unsigned)id);
		return;
	}
	serving->ask = &http_world.asks[id];
	if (evhttp_request_get_command(serving->request) != serving->ask->type)
		http_fault("another method than was sent", serving->ask->id);
}

/* May reply before the body is there. */
static void
act_early(struct serving *serving)
{
	if (http_world.is_calm || http_world.phase != HTTP_ACTING)
		return;
	if (serving->state == ARRIVING && http_chance(4)) {
		serving->ask->served++;
		serving->state = OWED;
		serving->is_early = true;
		step(serving);
		if (serving->state == STARTED)
			step_later(serving);
	}
	if (serving->request && http_chance(3))
		free_request(serving);
	http_act_inside();
}

static int
on_head(struct evhttp_request *request, void *arg)
{
	struct serving *serving = find(request);

	(void)arg;
	if (!serving || serving->state != ARRIVING)
		return 0;
	note_ask(serving);
	act_early(serving);
	return !http_world.is_calm && serving->state == ARRIVING && http_chance(2) ? -1 : 0;
}

static void
on_piece(struct evhttp_request *request, void *arg)
{
	struct serving *serving = find(request);

	(void)arg;
	if (!serving)
		return;
	note_ask(serving);
	http_ask_take_body(
	    evhttp_request_get_input_buffer(request), serving->ask, true, &serving->received);
	act_early(serving);
}

static void
on_complete(struct evhttp_request *request, void *arg)
{
	struct serving *serving = arg;

	if (serving->request != request ||
	    (serving->state != REPLIED && serving->state != ARRIVING)) {
		http_fault("a reply is complete that was not sent", id_of(serving));
		return;
	}
	if (http_chance(5) && !serving->is_owned && !http_world.is_calm)
		free_request(serving);
	else
		end_serving(serving);
	http_act_inside();
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	struct serving *serving = find(request);

	(void)arg;
	if (!serving)
		return;
	note_ask(serving);
	if (http_world.fault[0])
		return;
	HTTP_LOG("  the server has request %u", serving->ask->id);
	http_ask_take_body(
	    evhttp_request_get_input_buffer(request), serving->ask, true, &serving->received);
	if (serving->received != serving->ask->upload)
		http_fault("a body is shorter than what was sent", serving->ask->id);
	/* The body behind a reply that began early. */
	if (serving->state == STARTED && serving->is_early) {
		serving->is_early = false;
		http_act_inside();
		return;
	}
	if (serving->state != ARRIVING || serving->ask->served++ > 0)
		http_fault("the server has it twice", serving->ask->id);
	serving->state = OWED;
	if (http_chance(10)) {
		evhttp_request_own(request);
		serving->is_owned = true;
	}
	if (http_chance(50))
		step(serving);
	if (serving->state == OWED || serving->state == STARTED)
		step_later(serving);
	http_act_inside();
}

static struct link *
link_of(struct evhttp_connection *connection)
{
	struct link *link;

	for (unsigned i = 0; i < link_count; i++)
		if (links[i].connection == connection)
			return &links[i];
	if (link_count == HTTP_LINKS_MAX) {
		http_fault("too many connections", HTTP_ASKS_MAX);
		return &links[0];
	}
	link = &links[link_count++];
	*link = (struct link){connection, false, false};
	evhttp_connection_set_closecb(connection, on_closed, link);
	return link;
}

/* A request begins to arrive. */
static int
on_new_request(struct evhttp_request *request, void *arg)
{
	struct serving *serving = &servings[serving_count];

	(void)arg;
	if (serving_count == HTTP_SERVINGS_MAX) {
		http_fault("too many requests", HTTP_ASKS_MAX);
		return -1;
	}
	serving_count++;
	*serving = (struct serving){.request = request};
	serving->timer = event_new(http_world.base, -1, 0, on_timer, serving);
	serving->link = link_of(evhttp_request_get_connection(request));
	if (http_chance(60))
		evhttp_request_set_header_cb(request, on_head);
	if (http_chance(40))
		evhttp_request_set_chunked_cb(request, on_piece);
	evhttp_request_set_on_complete_cb(request, on_complete, serving);
	http_act_inside();
	if (http_world.is_calm || !serving->request)
		return 0;
	if (http_chance(1))
		free_request(serving);
	return serving->request && http_chance(1) ? -1 : 0;
}

static struct bufferevent *
make_stream(struct event_base *base, void *arg)
{
	struct bufferevent *bev =
	    bufferevent_socket_new(base, -1, http_chance(50) ? BEV_OPT_CLOSE_ON_FREE : 0);

	(void)arg;
	http_act_inside();
	return bev;
}

/* ---- The server ---------------------------------------------------------------------------------------- */

static struct serving *
some_request(void)
{
	unsigned begin = serving_count > 0 ? (unsigned)http_pick(serving_count) : 0;

	for (unsigned i = 0; i < serving_count; i++) {
		struct serving *serving = &servings[(begin + i) % serving_count];

		if (serving->request)
			return serving;
	}
	return NULL;
}

static struct link *
some_link(void)
{
	unsigned begin = link_count > 0 ? (unsigned)http_pick(link_count) : 0;

	for (unsigned i = 0; i < link_count; i++) {
		struct link *link = &links[(begin + i) % link_count];

		if (link->connection && !link->is_freed)
			return link;
	}
	return NULL;
}

static void
change_timeouts(struct evhttp_connection *connection)
{
	struct timeval span = {0, 1 + (suseconds_t)http_pick(900000)};

	evhttp_connection_set_timeout_tv(connection, http_chance(50) ? &span : NULL);
}

void
http_serving_act(void)
{
	struct serving *serving = some_request();
	struct link *link = some_link();

	switch (http_pick(8)) {
	case 0:
		if (http_chance(10))
			http_serving_free_server();
		break;
	case 1:
		if (link)
			free_link(link);
		break;
	case 2:
		if (link && !link->is_closing)
			change_timeouts(link->connection);
		break;
	case 3:
		if (serving)
			free_request(serving);
		break;
	default:
		if (serving)
			step(serving);
		break;
	}
}

static void
choose_limits(void)
{
	if (http_chance(20))
		evhttp_set_max_body_size(http_world.http, (ev_ssize_t)http_pick(3000));
	if (http_chance(10))
		evhttp_set_max_connections(http_world.http, 1 + (int)http_pick(3));
	if (http_chance(20))
		evhttp_set_timeout(http_world.http, (int)http_pick(4));
	if (http_chance(20))
		evhttp_set_flags(http_world.http, EVHTTP_SERVER_LINGERING_CLOSE);
}

void
http_serving_begin(void)
{
	serving_count = 0;
	link_count = 0;
	http_world.http = evhttp_new(http_world.base);
	evhttp_accept_socket(http_world.http, levin_sim_listener(http_world.sim, HTTP_PORT, 20));
	evhttp_set_gencb(http_world.http, on_request, NULL);
	evhttp_set_newreqcb(http_world.http, on_new_request, NULL);
	if (http_chance(20))
		evhttp_set_bevcb(http_world.http, make_stream, NULL);
	if (!http_world.is_calm)
		choose_limits();
}

bool
http_serving_is_idle(void)
{
	for (unsigned i = 0; i < serving_count; i++)
		if (servings[i].state == OWED || servings[i].state == STARTED)
			return false;
	return true;
}

void
http_serving_end(void)
{
	http_serving_free_server();
	for (unsigned i = 0; i < serving_count; i++) {
		if (servings[i].request)
			free_request(&servings[i]);
		event_free(servings[i].timer);
	}
}
