/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client connects to a listener over TCP, and TLS streams of any library send bytes both ways,
 * while everything below fails once, and the connection is lost at each of its system calls.
 */
#ifndef LEVIN_TESTS_TORTURE_TLS_CONNECTIONS_H
#define LEVIN_TESTS_TORTURE_TLS_CONNECTIONS_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "support/suite.h"
#include "torture/torture.h"

enum { BULK = 30000 };

/* A new TLS stream that owns its session; on the descriptor, if nothing is below.  NULL: failed. */
typedef struct bufferevent *make_stream_fn(
    struct event_base *base, evutil_socket_t fd, struct bufferevent *below, bool is_server);

/* How streams are made, by the program that runs. */
static make_stream_fn *make_stream;
static bool is_on_top;
static int options_below;

/* An attempt to connect that fails behind the kernel's back is a connection of the listener, too. */
enum { CLIENT, SERVER, SIDES = SERVER + 2 };

struct side {
	struct talk *talk;
	struct bufferevent *bev;
	size_t got;
	bool is_over;
};

struct talk {
	struct event_base *base;
	struct side sides[SIDES];
	int count; /* of those that are there */
};

static void
end_side(struct side *side)
{
	side->is_over = true;
	bufferevent_free(side->bev);
	side->bev = NULL;
}

/* When both have everything the client leaves, and the server hears of it. */
static void
end_if_complete(struct talk *talk)
{
	struct side *client = &talk->sides[CLIENT];
	size_t got = 0;

	for (int i = SERVER; i < talk->count; i++)
		got += talk->sides[i].got;
	if (client->bev && client->got == BULK && got == BULK)
		end_side(client);
}

static void
take_bytes(struct bufferevent *bev, void *arg)
{
	struct side *side = arg;
	struct evbuffer *input = bufferevent_get_input(bev);

	side->got += evbuffer_get_length(input);
	evbuffer_drain(input, SIZE_MAX);
	EXPECT(side->got <= BULK);
	end_if_complete(side->talk);
}

/* An end says that nothing is missing; a failure is a failure, and one event. */
static void
note_end(struct bufferevent *bev, short what, void *arg)
{
	struct side *side = arg;

	(void)bev;
	if (what == BEV_EVENT_CONNECTED)
		return;
	EXPECT(what & (BEV_EVENT_READING | BEV_EVENT_WRITING) || side->got == 0);
	if (what & BEV_EVENT_EOF)
		EXPECT(side->got == BULK);
	else
		EXPECT(what & BEV_EVENT_ERROR && faults_injected() != NULL);
	end_side(side);
}

static void
start_side(struct side *side, struct bufferevent *bev)
{
	static char bytes[BULK];

	side->bev = bev;
	bufferevent_setcb(bev, take_bytes, NULL, note_end, side);
	TRY(bufferevent_enable(bev, EV_READ));
	TRY(bufferevent_write(bev, bytes, sizeof(bytes)));
}

static void
accept_server(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	struct talk *talk = arg;
	struct bufferevent *below = NULL;
	struct bufferevent *bev;

	(void)listener;
	(void)address;
	(void)size;
	if (is_on_top)
		TRY_NEW(below, bufferevent_socket_new(talk->base, fd, options_below));
	TRY_NEW(bev, make_stream(talk->base, fd, below, true));
	EXPECT(talk->count < SIDES);
	start_side(&talk->sides[talk->count++], bev);
}

/* The client on top of a stream: that one connects in plain text first. */
static void
wrap_client(struct bufferevent *plain, short what, void *arg)
{
	struct talk *talk = arg;
	struct bufferevent *bev;

	if (what != BEV_EVENT_CONNECTED) {
		note_end(plain, what, &talk->sides[CLIENT]);
		return;
	}
	TRY_NEW(bev, make_stream(talk->base, -1, plain, false));
	start_side(&talk->sides[CLIENT], bev);
}

static void
connect_client(struct talk *talk, const struct sockaddr_in *address)
{
	struct side *side = &talk->sides[CLIENT];

	if (is_on_top) {
		TRY_NEW(side->bev, bufferevent_socket_new(talk->base, -1, options_below));
		bufferevent_setcb(side->bev, NULL, NULL, wrap_client, talk);
	} else {
		struct bufferevent *bev;

		TRY_NEW(bev, make_stream(talk->base, -1, NULL, false));
		start_side(side, bev);
	}
	TRY(bufferevent_socket_connect(
	    side->bev, (const struct sockaddr *)address, sizeof(*address)));
}

/* A client that has gone may leave a connection that the listener has not seen. */
static bool
is_over(const struct talk *talk)
{
	for (int i = 0; i < talk->count; i++) {
		if (!talk->sides[i].is_over)
			return false;
	}
	return true;
}

static void
connect_and_talk(const struct configuration *configuration)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	struct talk talk = {.base = torture_base(configuration), .count = SERVER};
	struct evconnlistener *listener;

	for (int i = 0; i < SIDES; i++)
		talk.sides[i].talk = &talk;
	TRY_NEW(listener, evconnlistener_new_bind(talk.base, accept_server, &talk,
			      LEV_OPT_CLOSE_ON_FREE, 5, (struct sockaddr *)&address, size));
	faults_pause();
	ck_assert_int_eq(
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size), 0);
	faults_resume();
	connect_client(&talk, &address);
	while (!is_over(&talk))
		TRY(event_base_loop(talk.base, EVLOOP_ONCE));
	evconnlistener_free(listener);
	event_base_free(talk.base);
}

enum { WAYS = 4 };

/* On descriptors and on streams, with callbacks at once and deferred. */
static inline void
torture_tls_connections(make_stream_fn *make, int way)
{
	struct configuration configuration = {.backend = backend_under_test(0)};

	signal(SIGPIPE, SIG_IGN);
	make_stream = make;
	is_on_top = way & 1;
	options_below = BEV_OPT_CLOSE_ON_FREE | (way & 2 ? BEV_OPT_DEFER_CALLBACKS : 0);
	torture_connections(connect_and_talk, &configuration);
}

#endif
