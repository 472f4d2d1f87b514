/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DNS servers while memory and system calls fail: a query is answered, or refused with SERVFAIL, or
 * the reply is lost and the client asks again; and then all goes on.
 */
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/platform.h"
#include "support/dns_bytes.h"
#include "torture/torture.h"

/* How long a client waits for a reply before it asks again, if a reply may have been lost. */
#define PATIENCE_MS 50

enum { QUERIES = 3 };

struct client {
	struct event_base *base;
	struct sockaddr_in server;
	int type; /* of the socket */
	int fd;
	struct event *on_readable;
	struct event *on_late;
	int replies;
	struct dns_bytes query;
};

static struct evdns_server_request *held;

/* Answers with more than the request has space for, every other time later. */
static void
on_query(struct evdns_server_request *req, void *arg)
{
	static const char addresses[4 * 25];

	(void)arg;
	TRY(evdns_server_request_add_a_reply(req, req->questions[0]->name, 25, addresses, 60));
	if (!held) {
		held = req;
		return;
	}
	/* The client may ask again, and has its other reply by then. */
	evdns_server_request_respond(held, 0);
	evdns_server_request_respond(req, 0);
	held = NULL;
}

static void
open_client(struct client *client)
{
	faults_pause();
	client->fd = socket(AF_INET, client->type, 0);
	EXPECT(
	    connect(client->fd, (struct sockaddr *)&client->server, sizeof(client->server)) == 0);
	faults_resume();
}

/* The query twice: the server answers the first one when it has the second. */
static void
ask(struct client *client)
{
	uint8_t bytes[2 * (2 + 64)] = {0, (uint8_t)client->query.size};
	size_t size = client->query.size;

	ck_assert_uint_le(size, 64);
	memcpy(bytes + 2, client->query.at, size);
	memcpy(bytes + 2 + size, bytes, 2 + size);
	faults_pause();
	if (client->type == SOCK_STREAM) {
		send(client->fd, bytes, 2 * (2 + size), MSG_NOSIGNAL);
	} else {
		send(client->fd, client->query.at, size, MSG_NOSIGNAL);
		send(client->fd, client->query.at, size, MSG_NOSIGNAL);
	}
	faults_resume();
	TRY(event_add(client->on_late, SPAN_MS(PATIENCE_MS)));
}

static void watch(struct client *client);

static void
ask_again(struct client *client)
{
	EXPECT(faults_injected() != NULL);
	if (client->type == SOCK_STREAM) {
		event_free(client->on_readable);
		torture_close(client->fd);
		open_client(client);
		watch(client);
	}
	ask(client);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;

	(void)fd;
	(void)what;
	if (faults_injected())
		ask_again(client);
	else
		TRY(event_add(client->on_late, SPAN_MS(PATIENCE_MS)));
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	uint8_t reply[4096];
	ssize_t size;

	(void)what;
	faults_pause();
	size = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);
	faults_resume();
	if (size > 12) {
		if (++client->replies < QUERIES)
			ask(client);
	} else if (size >= 0 || errno != EAGAIN) {
		/* SERVFAIL, or the connection was closed. */
		ask_again(client);
	}
}

static void
watch(struct client *client)
{
	TRY_NEW(client->on_readable,
	    event_new(client->base, client->fd, EV_READ | EV_PERSIST, on_readable, client));
	TRY(event_add(client->on_readable, NULL));
}

static void
be_client(struct event_base *base, const struct sockaddr_in *server, int type)
{
	struct client client = {.base = base, .server = *server, .type = type};

	put_query(&client.query, 1, "www.example.com", 1);
	open_client(&client);
	watch(&client);
	TRY_NEW(client.on_late, event_new(base, -1, 0, on_late, &client));
	ask(&client);
	torture_run(base, &client.replies, QUERIES);
	EXPECT(client.replies >= QUERIES);
	event_free(client.on_readable);
	event_free(client.on_late);
	torture_close(client.fd);
}

static int
open_udp(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd;

	faults_pause();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	EXPECT(bind(fd, (struct sockaddr *)address, size) == 0);
	EXPECT(getsockname(fd, (struct sockaddr *)address, &size) == 0);
	faults_resume();
	return fd;
}

static struct evdns_server_port *
open_tcp(struct event_base *base, struct sockaddr_in *address)
{
	struct evconnlistener *listener;
	struct evdns_server_port *port;
	socklen_t size = sizeof(*address);

	TRY_NEW(listener, evconnlistener_new_bind(base, NULL, NULL,
			      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_THREADSAFE,
			      -1, (struct sockaddr *)address, sizeof(*address)));
	TRY_NEW(port, evdns_add_server_port_with_listener(base, listener, 0, on_query, NULL));
	TRY(getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)address, &size));
	return port;
}

static void
serve(const struct configuration *configuration)
{
	struct sockaddr_in addresses[2] = {
	    {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
	    {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	struct event_base *base = torture_base(configuration);
	int fd = open_udp(&addresses[0]);
	struct evdns_server_port *udp, *tcp = open_tcp(base, &addresses[1]);

	TRY_NEW(udp, evdns_add_server_port_with_base(base, fd, 0, on_query, NULL));
	be_client(base, &addresses[0], SOCK_DGRAM);
	be_client(base, &addresses[1], SOCK_STREAM);
	evdns_close_server_port(udp);
	evdns_close_server_port(tcp);
	if (held)
		evdns_server_request_drop(held);
	held = NULL;
	event_base_free(base);
}

TEST_SECONDS(240);

TEST_RANGE(
    evdns_server_port__serves_whatever_fails, 0, LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	/* A client that has asked again has closed the connection of the first reply. */
	signal(SIGPIPE, SIG_IGN);
	torture(serve, &configuration);
}
