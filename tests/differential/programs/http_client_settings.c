/* SPDX-License-Identifier: BSD-3-Clause */
/* Timeouts, limits, addresses and bufferevents of a client's connections. */
#include "http_client_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* Timeouts. */
static void
timeouts(void (*set)(void), bool connects)
{
	static const int moments[] = {1, 2, 4, 6, 44, 46, 49, 51, 101};
	int now = 0;

	client_begin();
	if (!connects) {
		struct sockaddr_in address = {.sin_family = AF_INET};

		listen(client_listener, 0);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.sin_port = htons((uint16_t)client_port);
		for (int i = 0; i < 4; i++)
			connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
			    (struct sockaddr *)&address, sizeof(address));
	}
	set();
	client_make("a");
	http_turns();
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		http_pass((moments[i] - now) * 1000);
		now = moments[i];
		say("%d s", now);
	}
	client_finish();
}

static void
set_3(void)
{
	evhttp_connection_set_timeout(client, 3);
}

static void
set_60(void)
{
	evhttp_connection_set_timeout(client, 60);
}

static void
set_0(void)
{
	evhttp_connection_set_timeout(client, 0);
}

static void
set_minus(void)
{
	evhttp_connection_set_timeout(client, -1);
}

static void
set_null(void)
{
	evhttp_connection_set_timeout_tv(client, NULL);
}

static void
set_tv(void)
{
	struct timeval tv = {3, 500000};

	evhttp_connection_set_timeout_tv(client, &tv);
}

static void
set_tv_0(void)
{
	struct timeval tv = {0, 0};

	evhttp_connection_set_timeout_tv(client, &tv);
}

#define TIMEOUT(name)                        \
	static void connect_##name(void)     \
	{                                    \
		timeouts(set_##name, false); \
	}                                    \
	static void read_##name(void)        \
	{                                    \
		timeouts(set_##name, true);  \
	}
TIMEOUT(3)
TIMEOUT(60)
TIMEOUT(0)
TIMEOUT(minus)
TIMEOUT(null)
TIMEOUT(tv)
TIMEOUT(tv_0)

static void
timeout_each_byte(void)
{
	client_begin();
	evhttp_connection_set_timeout(client, 3);
	client_make("a");
	client_take();
	for (const char *at = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; *at; at++) {
		http_pass(2000);
		http_put(client_peer, at, 1);
		http_turns();
	}
	client_finish();
}

static void
timeout_set_later(void)
{
	client_begin();
	client_make("a");
	client_take();
	evhttp_connection_set_timeout(client, 3);
	http_pass(2000);
	say("2 s");
	http_pass(2000);
	say("4 s");
	http_pass(48000);
	say("52 s");
	client_make("b");
	client_take();
	http_pass(4000);
	say("4 s");
	client_finish();
}

/* Settings and facts. */
static void
settings(void)
{
	static const int flags[] = {0, 1, 2, 4, 8, 0x10, 0x18, 0x20, 0x38, 0x40, 0x100000, -1};

	client_begin();
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		say("set_flags %x: %d", (unsigned)flags[i],
		    evhttp_connection_set_flags(client, flags[i]));
	say("base %d, server %d, bufferevent %d", evhttp_connection_get_base(client) == http_base,
	    evhttp_connection_get_server(client) != NULL,
	    evhttp_connection_get_bufferevent(client) != NULL);
}

static void
say_addresses(void)
{
	char *address = NULL;
	ev_uint16_t number = 0;
	const struct sockaddr *sa = evhttp_connection_get_addr(client);

	evhttp_connection_get_peer(client, &address, &number);
	say("peer %s, port %d; address %d, port %d; fd %d", address, number == client_port,
	    sa ? sa->sa_family : -1,
	    sa && ((const struct sockaddr_in *)sa)->sin_port == htons((uint16_t)client_port),
	    bufferevent_getfd(evhttp_connection_get_bufferevent(client)) >= 0);
}

static void
addresses(void)
{
	client_begin();
	say_addresses();
	client_make("a");
	say_addresses();
	client_take();
	say_addresses();
	client_answer(OK);
	say_addresses();
	close(client_peer);
	http_turns();
	say_addresses();
	client_peer = -1;
	client_finish();
}

static void
say_from(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	getpeername(client_peer, (struct sockaddr *)&address, &size);
	say("from %s", inet_ntoa(address.sin_addr));
}

static void
local_address(void)
{
	client_begin();
	evhttp_connection_set_local_address(client, "127.0.0.2");
	client_make("a");
	client_take();
	say_from();
	client_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	evhttp_connection_set_local_address(client, "127.0.0.3");
	client_make("b");
	client_take();
	say_from();
	client_finish();
}

static void
local_address_bad(const void *address)
{
	client_begin();
	evhttp_connection_set_local_address(client, address);
	client_make("a");
	client_take();
	client_finish();
}

static void
local_port(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	int free_port = http_closed_port(), other;

	/* In use, so that it cannot be bound. */
	client_begin();
	evhttp_connection_set_local_port(client, (ev_uint16_t)free_port);
	client_make("a");
	client_take();
	evhttp_connection_free(client);
	other = http_listen(&free_port);
	close(other);
	client_begin();
	evhttp_connection_set_local_port(client, (ev_uint16_t)free_port);
	client_make("b");
	client_take();
	if (client_peer >= 0) {
		getpeername(client_peer, (struct sockaddr *)&address, &size);
		say("from that port %d", ntohs(address.sin_port) == free_port);
	}
	client_finish();
}

static void
families(void)
{
	static const int all[] = {AF_UNSPEC, AF_INET, AF_INET6, 77};

	for (size_t i = 0; i < 4; i++) {
		client_begin();
		evhttp_connection_set_family(client, all[i]);
		say("family %d", all[i]);
		client_make("a");
		client_take();
		evhttp_connection_free(client);
	}
}

static void
own_bufferevent(int options)
{
	struct bufferevent *bev = bufferevent_socket_new(http_base, -1, options);

	client_listener = http_listen(&client_port);
	client = evhttp_connection_base_bufferevent_new(
	    http_base, NULL, bev, "127.0.0.1", (ev_uint16_t)client_port);
	evhttp_connection_set_closecb(client, client_closed, (void *)"connection");
	say("the same %d", evhttp_connection_get_bufferevent(client) == bev);
	client_make("a");
	client_take();
	client_answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	client_say_peer();
	say("the same %d", evhttp_connection_get_bufferevent(client) == bev);
	client_make("b");
	client_take();
	client_answer(OK);
	client_finish();
}

static void
own_bufferevent_closes(void)
{
	own_bufferevent(BEV_OPT_CLOSE_ON_FREE);
}

static void
own_bufferevent_keeps(void)
{
	own_bufferevent(0);
}

static void
own_bufferevent_connected(void)
{
	struct bufferevent *bev = bufferevent_socket_new(http_base, -1, BEV_OPT_CLOSE_ON_FREE);
	int fd;

	client_listener = http_listen(&client_port);
	fd = http_connect(client_port);
	bufferevent_setfd(bev, fd);
	client = evhttp_connection_base_bufferevent_new(
	    http_base, NULL, bev, "127.0.0.1", (ev_uint16_t)client_port);
	client_make("a");
	http_turns();
	for (int i = 0; i < 2; i++) {
		client_take();
		if (client_peer >= 0)
			say("connection %d", i);
	}
	client_finish();
}

static void
set_base_later(void)
{
	client_listener = http_listen(&client_port);
	client = evhttp_connection_base_new(NULL, NULL, "127.0.0.1", (ev_uint16_t)client_port);
	say("new %d", client != NULL);
}

static void
head_limit(void)
{
	client_begin();
	evhttp_connection_set_max_headers_size(client, 0);
	client_make("a");
	client_take();
	client_answer(OK);
	evhttp_connection_set_max_headers_size(client, -1);
	client_make("b");
	client_take();
	client_answer(OK);
	evhttp_connection_set_max_body_size(client, 0);
	client_make("c");
	http_turns();
	client_answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
	client_finish();
}

/* A server that answers before the upload ends, and closes. */
static void
early_answer(int flags)
{
	static char bytes[8 << 20];
	struct evhttp_request *req = client_request(client_done, "a");

	client_begin();
	say("set_flags %d", evhttp_connection_set_flags(client, flags));
	evbuffer_add_reference(
	    evhttp_request_get_output_buffer(req), bytes, sizeof(bytes), NULL, NULL);
	say("make %d", evhttp_make_request(client, req, EVHTTP_REQ_POST, "/"));
	http_turns();
	client_peer = http_accept(client_listener);
	http_turns();
	HTTP_PUT(client_peer,
	    "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
	shutdown(client_peer, SHUT_WR);
	http_turns();
	say("the server closes");
	close(client_peer);
	client_peer = -1;
	http_turns();
	client_finish();
}

static void
early_answer_plain(void)
{
	early_answer(0);
}

static void
early_answer_read(void)
{
	early_answer(EVHTTP_CON_READ_ON_WRITE_ERROR);
}

static const struct client_case cases[] = {
    CASE(connect_3),
    CASE(connect_60),
    CASE(connect_0),
    CASE(connect_minus),
    CASE(connect_null),
    CASE(connect_tv),
    CASE(connect_tv_0),
    CASE(read_3),
    CASE(read_60),
    CASE(read_0),
    CASE(read_minus),
    CASE(read_null),
    CASE(read_tv),
    CASE(read_tv_0),
    CASE(timeout_each_byte),
    CASE(timeout_set_later),
    CASE(settings),
    CASE(addresses),
    CASE(local_address),
    CASE(local_port),
    CASE(families),
    CASE(own_bufferevent_closes),
    CASE(own_bufferevent_keeps),
    CASE(own_bufferevent_connected),
    CASE(set_base_later),
    CASE(head_limit),
    CASE(early_answer_plain),
    CASE(early_answer_read),
};

int
main(int argc, char **argv)
{
	static const char *const bad[] = {"nonsense", "10.255.255.1", "::1"};

	client_cases(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
	for (size_t i = 0; i < 3; i++)
		http_case_with("local_address_bad", local_address_bad, bad[i]);
	return 0;
}
