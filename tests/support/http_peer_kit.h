/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Clients of event2/http.h and a peer that sends what a case wants, on real sockets and in the
 * simulated world.  For one test file: everything is static.
 *
 *	TEST_HTTP(response__body)
 *	{
 *		start(_i);
 *		peer.replies[0] = OK_BODY;
 *		get("a");
 *		expect_spelled("a:200[abc] ");
 *		stop();
 *	}
 */
#ifndef LEVIN_TESTS_SUPPORT_HTTP_PEER_KIT_H
#define LEVIN_TESTS_SUPPORT_HTTP_PEER_KIT_H

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* On real sockets and in the simulated world; or in the latter alone, for what takes time. */
#define TEST_HTTP(name)     TEST_RANGE(name, 0, 2)
#define TEST_HTTP_SIM(name) TEST_RANGE(name, 1, 2)

enum { SIM_PORT = 80, MOST = 8 };

static const struct backend_under_test *backend;
static struct event_base *base;
static struct evhttp_connection *connection;

/* ---- The peer ---- */

/* At the end of a reply: the peer closes the connection behind it. */
#define FIN "FIN"

/*
 * It answers each request (what comes in one go) with the next of `replies`; NULL is silence.
 */
static struct {
	struct evconnlistener *listener;
	uint16_t port;
	struct bufferevent *streams[MOST];
	int connections;
	const char *replies[MOST];
	int next;
	struct evbuffer *received;
} peer;

static inline void
close_stream(struct bufferevent *bev, void *index)
{
	*(struct bufferevent **)index = NULL;
	bufferevent_free(bev);
}

static inline void
on_peer_event(struct bufferevent *bev, short what, void *index)
{
	(void)what;
	close_stream(bev, index);
}

static inline void
on_peer_readable(struct bufferevent *bev, void *index)
{
	const char *reply = peer.next < MOST ? peer.replies[peer.next++] : NULL;
	size_t size = reply ? strlen(reply) : 0;
	bool closes = size >= strlen(FIN) && strcmp(reply + size - strlen(FIN), FIN) == 0;

	if (closes)
		size -= strlen(FIN);
	/* Memory is short in some cases: the peer is the first to suffer, and leaves. */
	if (evbuffer_add_buffer(peer.received, bufferevent_get_input(bev)) < 0 ||
	    (size > 0 && bufferevent_write(bev, reply, size) < 0) || (closes && size == 0))
		close_stream(bev, index);
	else if (closes)
		bufferevent_setcb(bev, NULL, close_stream, on_peer_event, index);
}

static inline void
on_peer_accepted(
    struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int size, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	int i = peer.connections;

	(void)listener;
	(void)from;
	(void)size;
	(void)arg;
	ck_assert_int_lt(i, MOST);
	if (!bev) {
		evutil_closesocket(fd);
		return;
	}
	peer.connections++;
	peer.streams[i] = bev;
	bufferevent_setcb(bev, on_peer_readable, NULL, on_peer_event, &peer.streams[i]);
	ck_assert_int_eq(bufferevent_enable(bev, EV_READ | EV_WRITE), 0);
}

static inline void
listen_at(const struct sockaddr *address, socklen_t size)
{
	peer.listener = evconnlistener_new_bind(
	    base, on_peer_accepted, NULL, LEV_OPT_CLOSE_ON_FREE, 10, address, (int)size);
	ck_assert_ptr_nonnull(peer.listener);
}

static inline uint16_t
port_of(evutil_socket_t fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

static inline void
start_peer(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (backend_is_simulated(backend))
		address.sin_port = htons(SIM_PORT);
	listen_at((struct sockaddr *)&address, sizeof(address));
	peer.port = backend_is_simulated(backend) ? SIM_PORT
						  : port_of(evconnlistener_get_fd(peer.listener));
	peer.received = evbuffer_new();
	ck_assert_ptr_nonnull(peer.received);
}

static inline void
stop_listening(void)
{
	evconnlistener_free(peer.listener);
	peer.listener = NULL;
}

/* ---- The client ---- */

static inline void
spell_number(int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	spell_text(text);
}

static inline void
on_done(struct evhttp_request *request, void *name)
{
	char body[100] = "";

	spell_text(name);
	spell_text(":");
	if (!request) {
		spell_text("NULL ");
		return;
	}
	ck_assert_ptr_null(evhttp_request_get_connection(request));
	spell_number(evhttp_request_get_response_code(request));
	ck_assert_int_ge(
	    evbuffer_copyout(evhttp_request_get_input_buffer(request), body, sizeof(body) - 1), 0);
	spell_text("[");
	spell_text(body);
	spell_text("] ");
}

static inline void
on_error(enum evhttp_request_error error, void *name)
{
	static const char *const names[] = {"timeout", "end", "head", "buffer", "cancel", "long"};

	spell_text(name);
	spell_text("!");
	spell_text(names[error]);
	spell_text(" ");
}

static inline void
on_closed(struct evhttp_connection *closed, void *arg)
{
	(void)arg;
	ck_assert_ptr_eq(closed, connection);
	spell_text("closed ");
}

static inline struct evhttp_request *
new_request(const char *name)
{
	struct evhttp_request *request = evhttp_request_new(on_done, word(name));

	ck_assert_ptr_nonnull(request);
	evhttp_request_set_error_cb(request, on_error);
	return request;
}

static inline struct evhttp_request *
get(const char *name)
{
	struct evhttp_request *request = new_request(name);

	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	return request;
}

static inline struct evhttp_request *
get_in_pieces(
    int (*head)(struct evhttp_request *, void *), void (*piece)(struct evhttp_request *, void *))
{
	struct evhttp_request *request = new_request("a");

	evhttp_request_set_header_cb(request, head);
	evhttp_request_set_chunked_cb(request, piece);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	return request;
}

static inline void
start(int i)
{
	backend = backend_under_test(i == 0 ? 0 : backends_under_test_count());
	base = base_on(backend);
	start_peer();
	connection = evhttp_connection_base_new(base, NULL, "127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	evhttp_connection_set_closecb(connection, on_closed, NULL);
}

/* Turns until so much was spelled, which is compared. */
static inline void
expect_spelled(const char *text)
{
	char all[1000] = "";

	for (;;) {
		strcat(all, spelled());
		if (strlen(all) >= strlen(text))
			break;
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	ck_assert_str_eq(all, text);
}

static inline void
some_turns(void)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

static inline void
wait_for_bytes(size_t size)
{
	while (evbuffer_get_length(peer.received) < size)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

/* What the peer has received; \1 stands for the port behind its colon, if it is not 80. */
static inline void
expect_received(const char *text)
{
	struct evbuffer *expected = evbuffer_new();
	size_t size;

	ck_assert_ptr_nonnull(expected);
	for (; *text; text++) {
		if (*text != '\1')
			evbuffer_add(expected, text, 1);
		else if (peer.port != SIM_PORT)
			evbuffer_add_printf(expected, ":%u", peer.port);
	}
	size = evbuffer_get_length(expected);
	wait_for_bytes(size);
	ck_assert_uint_eq(evbuffer_get_length(peer.received), size);
	ck_assert_mem_eq(evbuffer_pullup(peer.received, -1), evbuffer_pullup(expected, -1), size);
	evbuffer_drain(peer.received, size);
	evbuffer_free(expected);
}

static inline void
stop(void)
{
	if (connection)
		evhttp_connection_free(connection);
	connection = NULL;
	if (peer.listener)
		evconnlistener_free(peer.listener);
	for (int i = 0; i < MOST; i++)
		if (peer.streams[i])
			bufferevent_free(peer.streams[i]);
	evbuffer_free(peer.received);
	event_base_free(base);
	(void)spelled();
}

#define HOST      "Host: 127.0.0.1\1\r\n"
#define OK_BODY   "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
#define OK_CLOSES "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"

/* ---- Responses, and what a client makes of them ---- */

static const struct {
	const char *reply;
	const char *spelled;
} responses[] = {
    {OK_BODY, "a:200[abc] "},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "a:200[] "},
    {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "a:200[x] "},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x\r\nbc\r\n0\r\n"
     "X: y\r\n\r\n",
	"a:200[abc] "},
    {"HTTP/1.1 200 OK\r\n\r\nuntil the end" FIN, "closed a:200[until the end] "},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "closed a:200[abc] "},
    {OK_CLOSES, "closed a:200[abc] "},
    {"HTTP/1.1 204 No Content\r\n\r\n", "a:204[] "},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "a:304[] "},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX: y\r\n\r\n" OK_BODY, "a:200[abc] "},
    {FIN, "closed a!end a:NULL "},
    {"HTTP/1.1 2" FIN, "closed a!end a:NULL "},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab" FIN, "closed a!end a:NULL "},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" FIN,
	"closed a!end a:NULL "},
    {"HTTX/1.1 200 OK\r\n\r\n", "closed a!head a:NULL "},
    {"HTTP/1.1 200 OK\r\nX\r\n\r\n", "closed a!head a:NULL "},
    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "closed a!head a:NULL "},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	"closed a!head a:NULL "},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n", "closed a!long a:NULL "},
};
enum { RESPONSES = sizeof(responses) / sizeof(responses[0]) };

#endif
