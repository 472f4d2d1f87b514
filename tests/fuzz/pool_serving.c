/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The servers of a random program with a pool, and its proxy.  They read requests by themselves,
 * strictly, so that they can reply as no server would.
 */
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/pool_world.h"

enum {
	LINKS_MAX = 80,
	PIECE_MAX = 900,
	DELAY_MS_MAX = 1500,
	SOCKS_GREETING = 3,
	SOCKS_CONNECT = 10
};

enum where {
	AT_GREETING, /* of SOCKS5 */
	AT_CONNECT,
	AT_HEAD,
	AT_FIELDS,
	AT_BODY,
	AT_CHUNK_SIZE,
	AT_CHUNK,
	AT_CHUNK_END,
	AT_LAST, /* the line behind the last chunk */
	REPLYING,
	SILENT,
};

/* A connection that a server has accepted. */
struct link {
	struct bufferevent *bev; /* NULL: there is none */
	struct event *timer;
	struct evbuffer *reply; /* what is not sent yet */
	enum where where;
	unsigned port; /* what it is connected to */
	struct pool_ask *ask;
	unsigned hop;
	size_t received;
	size_t left; /* of the body, or of the chunk */
	bool is_chunked;
	bool expects;
	bool has_credentials;
	bool closes; /* behind the reply */
};

static struct evconnlistener *listeners[POOL_LISTENERS];
static struct link links[LINKS_MAX];

static void on_readable(struct bufferevent *bev, void *arg);

static void
leave(struct link *link)
{
	bufferevent_free(link->bev);
	event_free(link->timer);
	evbuffer_free(link->reply);
	memset(link, 0, sizeof(*link));
}

/* ---- Replies -------------------------------------------------------------------------------------- */

static bool
is_last_hop(const struct link *link)
{
	return link->hop == link->ask->hops;
}

static bool
has_trouble(const struct link *link, enum pool_trouble trouble)
{
	return is_last_hop(link) && link->ask->trouble == trouble;
}

static void
send_piece(struct link *link)
{
	size_t size = evbuffer_get_length(link->reply);
	struct timeval wait = {0, (suseconds_t)pool_pick(50) * 1000};

	if (pool_chance(50) && size > 1)
		size = 1 + pool_pick(size < PIECE_MAX ? size : PIECE_MAX);
	evbuffer_remove_buffer(link->reply, bufferevent_get_output(link->bev), size);
	event_add(link->timer, &wait);
}

/* The reply has gone to the stream. */
static void
end_reply(struct link *link)
{
	if (link->closes) {
		if (evbuffer_get_length(bufferevent_get_output(link->bev)) == 0)
			leave(link);
		return;
	}
	link->where = AT_HEAD;
	on_readable(link->bev, link);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;

	(void)fd;
	(void)what;
	if (evbuffer_get_length(link->reply) > 0)
		send_piece(link);
	else
		end_reply(link);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct link *link = arg;

	(void)bev;
	if (link->where == REPLYING && link->closes && evbuffer_get_length(link->reply) == 0)
		leave(link);
}

static void
put_chunks(struct evbuffer *out, const struct pool_ask *ask, size_t whole)
{
	size_t at = 0;

	while (at < whole) {
		size_t size = 1 + pool_pick(whole - at);

		evbuffer_add_printf(out, "%zx%s\r\n", size, pool_chance(20) ? ";a=\"b\"" : "");
		pool_ask_put_body(out, ask, false, at, size);
		evbuffer_add(out, "\r\n", 2);
		at += size;
	}
	evbuffer_add_printf(out, "0\r\n%s\r\n", pool_chance(20) ? "X-Id: 77\r\n" : "");
}

/* By its length, by chunks, or by the end of the connection. */
static void
put_body(struct link *link, struct evbuffer *out)
{
	const struct pool_ask *ask = link->ask;
	bool is_head = strcmp(ask->hop[link->hop].method, "HEAD") == 0;
	size_t whole = pool_ask_download(ask);
	int status = ask->hop[link->hop].status;

	if (status == 204 || status == 304) {
		evbuffer_add(out, "\r\n", 2);
		return;
	}
	switch (is_head ? 0 : pool_pick(3)) {
	case 0:
		evbuffer_add_printf(out, "Content-Length: %zu\r\n\r\n", ask->download);
		pool_ask_put_body(out, ask, false, 0, whole);
		break;
	case 1:
		evbuffer_add_printf(out, "Transfer-Encoding: chunked\r\n\r\n");
		put_chunks(out, ask, whole);
		break;
	default:
		link->closes = true;
		evbuffer_add_printf(out, "X-To-End: 1\r\n\r\n");
		pool_ask_put_body(out, ask, false, 0, whole);
		break;
	}
}

static void
put_location(struct link *link, struct evbuffer *out)
{
	const struct pool_ask *ask = link->ask;
	unsigned port = ask->hop[link->hop + 1].port, next = link->hop + 1;
	size_t way = port == ask->hop[link->hop].port ? pool_pick(4) : 0;

	if (way == 0)
		evbuffer_add_printf(
		    out, "Location: HTTP://127.0.0.1:%u/%u/%u#x\r\n", port, ask->id, next);
	else if (way == 1)
		evbuffer_add_printf(out, "Location: .././../../x/../%u/%u\r\n", ask->id, next);
	else
		evbuffer_add_printf(out, "Location: %s%u\r\n", way == 2 ? "./" : "", next);
}

static void
put_redirect(struct link *link, struct evbuffer *out)
{
	size_t size = pool_pick(300);
	bool is_head = strcmp(link->ask->hop[link->hop].method, "HEAD") == 0;

	put_location(link, out);
	evbuffer_add_printf(out, "Content-Length: %zu\r\n\r\n", size);
	for (size_t i = 0; i < size && !is_head; i++)
		evbuffer_add(out, "m", 1);
}

static void
put_reply(struct link *link, struct evbuffer *out)
{
	const struct pool_ask *ask = link->ask;

	for (size_t i = pool_chance(20) ? 1 + pool_pick(3) : 0; i > 0; i--)
		evbuffer_add_printf(out, "HTTP/1.1 103 Early Hints\r\nX-Id: 78\r\n\r\n");
	link->closes = pool_chance(20) || has_trouble(link, POOL_EARLY);
	evbuffer_add_printf(out, "HTTP/1.1 %d Reason\r\n%s", ask->hop[link->hop].status,
	    link->closes ? "Connection: close\r\n" : "");
	/* Without a word: the next request finds the connection closed. */
	link->closes = link->closes || (!pool_world.is_calm && pool_chance(10));
	if (!is_last_hop(link)) {
		put_redirect(link, out);
		return;
	}
	evbuffer_add_printf(out, "X-Id: %u\r\n", ask->id);
	put_body(link, out);
}

static void
cut(struct link *link)
{
	struct evbuffer *whole = link->reply;

	link->reply = evbuffer_new();
	link->closes = true;
	evbuffer_remove_buffer(whole, link->reply, pool_pick(evbuffer_get_length(whole)));
	evbuffer_free(whole);
}

static void
reply(struct link *link)
{
	/* The last two lie about a body, which HEAD has not. */
	static const char *const lies[] = {"HTTX/1.1 200 OK\r\n\r\n", "\x16\x03\x01",
	    "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"};
	bool is_head = strcmp(link->ask->hop[link->hop].method, "HEAD") == 0;
	struct timeval wait = {0, pool_chance(50) ? 0 : (suseconds_t)pool_pick(900) * 1000};

	link->where = REPLYING;
	if (has_trouble(link, POOL_LIES)) {
		evbuffer_add_printf(link->reply, "%s", lies[pool_pick(is_head ? 2 : 4)]);
		link->closes = true;
	} else {
		put_reply(link, link->reply);
	}
	if (has_trouble(link, POOL_CUTS))
		cut(link);
	event_add(link->timer, &wait);
}

/* ---- Requests --------------------------------------------------------------------------------------- */

static void
end_request(struct link *link)
{
	const struct pool_hop *hop = &link->ask->hop[link->hop];

	if (link->received != (hop->has_upload ? link->ask->upload : 0))
		pool_fault("its body is not what the program sent", link->ask->id);
	if (has_trouble(link, POOL_SILENT))
		link->where = SILENT;
	else if (has_trouble(link, POOL_LEAVES))
		leave(link);
	else
		reply(link);
}

static bool
may_be_sent_again(const struct pool_ask *ask, const struct pool_hop *hop)
{
	bool is_streamed = ask->kind == POOL_SIZED || ask->kind == POOL_CHUNKED;

	return strcmp(hop->method, "POST") != 0 && !(is_streamed && hop == ask->hop) &&
	       !pool_world.is_calm;
}

static void
begin_body(struct link *link)
{
	struct pool_hop *hop = &link->ask->hop[link->hop];

	if (link->has_credentials != hop->has_credentials)
		pool_fault(
		    "its credentials went where they must not, or are missing", link->ask->id);
	if (++hop->served > (may_be_sent_again(link->ask, hop) ? 2 : 1))
		pool_fault("it was sent too often", link->ask->id);
	if (has_trouble(link, POOL_EARLY)) {
		reply(link);
		return;
	}
	if (link->expects && pool_chance(70))
		evbuffer_add_printf(
		    bufferevent_get_output(link->bev), "HTTP/1.1 100 Continue\r\n\r\n");
	if (link->is_chunked)
		link->where = AT_CHUNK_SIZE;
	else if (link->left > 0)
		link->where = AT_BODY;
	else
		end_request(link);
}

static void
read_request_line(struct link *link, const char *line)
{
	unsigned id = POOL_ASKS_MAX, hop = 0, port = POOL_PORT;
	const char *target = strchr(line, ' ') ? strchr(line, ' ') + 1 : "";
	struct pool_ask *ask;
	int end = 0;

	if (pool_world.proxy == POOL_HTTP_PROXY) {
		if (sscanf(target, "http://127.0.0.1:%u/", &port) != 1)
			port = POOL_PORT;
		link->port = port;
		target = strncmp(target, "http://", 7) == 0 ? target + 7 : "";
		target += strcspn(target, "/");
	}
	if (sscanf(target, "/%u/%u HTTP/1.1%n", &id, &hop, &end) != 2 || end == 0 || target[end] ||
	    id >= pool_world.ask_count || hop > pool_world.asks[id].hops) {
		pool_fault("a request that nobody made", id);
		return;
	}
	ask = &pool_world.asks[id];
	POOL_LOG("  a server has request %u, hop %u", id, hop);
	if (strncmp(line, ask->hop[hop].method, strlen(ask->hop[hop].method)) != 0)
		pool_fault("another method", id);
	if (link->port != ask->hop[hop].port)
		pool_fault("another server", id);
	link->ask = ask;
	link->hop = hop;
	link->received = link->left = 0;
	link->is_chunked = link->expects = link->has_credentials = false;
	link->where = AT_FIELDS;
}

static void
read_field(struct link *link, const char *line)
{
	if (strncmp(line, "Content-Length: ", 16) == 0)
		link->left = strtoul(line + 16, NULL, 10);
	else if (strcmp(line, "Transfer-Encoding: chunked") == 0)
		link->is_chunked = true;
	else if (strcmp(line, "Expect: 100-continue") == 0)
		link->expects = true;
	else if (strncmp(line, "Authorization: ", 15) == 0)
		link->has_credentials = strtoul(line + 15, NULL, 10) == link->ask->id;
}

static void
read_line(struct link *link, const char *line)
{
	switch (link->where) {
	case AT_HEAD:
		read_request_line(link, line);
		break;
	case AT_FIELDS:
		if (*line)
			read_field(link, line);
		else
			begin_body(link);
		break;
	case AT_CHUNK_SIZE:
		link->left = strtoul(line, NULL, 16);
		link->where = link->left > 0 ? AT_CHUNK : AT_LAST;
		break;
	case AT_CHUNK_END:
		if (*line)
			pool_fault("a chunk is longer than it says", link->ask->id);
		link->where = AT_CHUNK_SIZE;
		break;
	default:
		if (*line)
			pool_fault("a trailer that nobody sent", link->ask->id);
		end_request(link);
		break;
	}
}

static bool
read_data(struct link *link, struct evbuffer *input)
{
	size_t size = evbuffer_get_length(input);
	struct evbuffer *piece;

	if (size == 0)
		return false;
	if (size > link->left)
		size = link->left;
	piece = evbuffer_new();
	evbuffer_remove_buffer(input, piece, size);
	pool_ask_take_body(piece, link->ask, true, &link->received);
	evbuffer_free(piece);
	link->left -= size;
	if (link->left > 0)
		return true;
	if (link->where == AT_CHUNK)
		link->where = AT_CHUNK_END;
	else
		end_request(link);
	return true;
}

/* ---- SOCKS5 ------------------------------------------------------------------------------------------- */

static bool
read_socks(struct link *link, struct evbuffer *input)
{
	static const char accepted[] = {5, 0}, connected[] = {5, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	size_t size = link->where == AT_GREETING ? SOCKS_GREETING : SOCKS_CONNECT;
	unsigned char bytes[SOCKS_CONNECT];

	if (evbuffer_get_length(input) < size)
		return false;
	evbuffer_remove(input, bytes, size);
	if (!pool_world.is_calm && pool_chance(5)) {
		bufferevent_write(link->bev, pool_chance(50) ? "\5\377" : "HTTP", 2);
		link->where = SILENT;
	} else if (link->where == AT_GREETING) {
		bufferevent_write(link->bev, accepted, sizeof(accepted));
		link->where = AT_CONNECT;
	} else {
		link->port = bytes[8] * 256U + bytes[9];
		bufferevent_write(link->bev, connected, sizeof(connected));
		link->where = AT_HEAD;
	}
	return true;
}

/* ---- Connections ---------------------------------------------------------------------------------------- */

/* Returns whether there may be more. */
static bool
read_step(struct link *link)
{
	struct evbuffer *input = bufferevent_get_input(link->bev);
	char *line;

	if (link->where == REPLYING)
		return false;
	if (link->where == SILENT) {
		evbuffer_drain(input, evbuffer_get_length(input));
		return false;
	}
	if (link->where <= AT_CONNECT)
		return read_socks(link, input);
	if (link->where == AT_BODY || link->where == AT_CHUNK)
		return read_data(link, input);
	line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF_STRICT);
	if (!line)
		return false;
	read_line(link, line);
	pool_free_line(line);
	return link->bev != NULL;
}

static void
on_readable(struct bufferevent *bev, void *arg)
{
	struct link *link = arg;

	(void)bev;
	while (!pool_world.fault[0] && link->bev && read_step(link))
		;
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	leave(arg);
}

static struct link *
free_link(void)
{
	for (int i = 0; i < LINKS_MAX; i++)
		if (!links[i].bev)
			return &links[i];
	return NULL;
}

static void
on_accepted(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
	struct evconnlistener **place = arg;
	struct link *link = free_link();

	(void)listener;
	(void)from;
	(void)size;
	if (!link) {
		pool_fault("there are too many connections", LINKS_MAX);
		evutil_closesocket(fd);
		return;
	}
	link->bev = bufferevent_socket_new(pool_world.base, fd, BEV_OPT_CLOSE_ON_FREE);
	link->timer = event_new(pool_world.base, -1, 0, on_timer, link);
	link->reply = evbuffer_new();
	link->port = POOL_PORT + (unsigned)(place - listeners);
	link->where = pool_world.proxy == POOL_SOCKS_PROXY ? AT_GREETING : AT_HEAD;
	bufferevent_setcb(link->bev, on_readable, on_written, on_event, link);
	bufferevent_enable(link->bev, EV_READ | EV_WRITE);
}

static void
start_listening(int i)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)(POOL_PORT + i))};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listeners[i] = evconnlistener_new_bind(pool_world.base, on_accepted, &listeners[i],
	    LEV_OPT_CLOSE_ON_FREE, 10, (struct sockaddr *)&address, sizeof(address));
}

static void
stop_listening(int i)
{
	if (listeners[i])
		evconnlistener_free(listeners[i]);
	listeners[i] = NULL;
}

/* A server leaves or comes back, or closes a connection. */
void
pool_serving_act(void)
{
	int i = (int)pool_pick(POOL_LISTENERS);
	struct link *link = &links[pool_pick(LINKS_MAX)];

	if (pool_chance(30) && listeners[i])
		stop_listening(i);
	else if (!listeners[i])
		start_listening(i);
	else if (link->bev && pool_world.inside == 1)
		leave(link);
}

void
pool_serving_settle(void)
{
	for (int i = 0; i < POOL_LISTENERS; i++)
		if (!listeners[i])
			start_listening(i);
}

void
pool_serving_begin(void)
{
	memset(links, 0, sizeof(links));
	for (int i = 0; i < POOL_LISTENERS; i++)
		start_listening(i);
}

void
pool_serving_end(void)
{
	for (int i = 0; i < POOL_LISTENERS; i++)
		stop_listening(i);
	for (int i = 0; i < LINKS_MAX; i++)
		if (links[i].bev)
			leave(&links[i]);
}
