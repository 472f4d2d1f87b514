/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server: sends back what each client sends.  It closes a connection that is silent for
 * a minute, or whose client does not take its bytes for so long.
 *
 * usage: echo_server [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.  After
 * SIGTERM or SIGINT it accepts no more clients, and ends when the last one has left.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* With this many bytes waiting for a client, nothing more is read from it. */
#define OUTPUT_MAX 65536

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *on_term;
	struct event *on_int;
};

/* ---- A client ---- */

static void
on_sent(struct bufferevent *client, void *arg)
{
	(void)arg;
	bufferevent_enable(client, EV_READ);
}

static void
on_received(struct bufferevent *client, void *arg)
{
	struct evbuffer *output = bufferevent_get_output(client);

	(void)arg;
	/* Moves the bytes without copying them.  It fails only if the output is frozen. */
	if (evbuffer_add_buffer(output, bufferevent_get_input(client)) != 0)
		bufferevent_free(client);
	else if (evbuffer_get_length(output) > OUTPUT_MAX)
		bufferevent_disable(client, EV_READ);
}

static void
on_all_sent(struct bufferevent *client, void *arg)
{
	(void)arg;
	bufferevent_free(client);
}

/* The client has ended its output, failed, or timed out. */
static void
on_event(struct bufferevent *client, short what, void *arg)
{
	/* A client that sends nothing more may still read what waits for it. */
	if (what & BEV_EVENT_EOF && evbuffer_get_length(bufferevent_get_output(client)) > 0)
		bufferevent_setcb(client, NULL, on_all_sent, on_event, arg);
	else
		bufferevent_free(client);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	const struct timeval minute = {60, 0};
	struct bufferevent *client =
	    bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)address;
	(void)size;
	(void)arg;
	if (!client) {
		/* The constructor has failed: the socket is still ours. */
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(client, on_received, on_sent, on_event, NULL);
	if (bufferevent_set_timeouts(client, &minute, &minute) != 0 ||
	    bufferevent_enable(client, EV_READ) != 0)
		bufferevent_free(client);
}

/* ---- The server ---- */

static void
on_accept_failed(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	/* The listener waits a little and tries again. */
	fprintf(stderr, "accept: %s\n", strerror(errno));
}

/* Stops what keeps the loop running; the connections that are left go on. */
static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct server *server = arg;

	(void)signo;
	(void)what;
	event_del(server->on_term);
	event_del(server->on_int);
	evconnlistener_disable(server->listener);
}

static int
open_server(struct server *server, unsigned short port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	server->base = event_base_new();
	if (!server->base)
		return -1;
	server->listener = evconnlistener_new_bind(server->base, on_accepted, server,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (struct sockaddr *)&address,
	    sizeof(address));
	server->on_term = evsignal_new(server->base, SIGTERM, on_signal, server);
	server->on_int = evsignal_new(server->base, SIGINT, on_signal, server);
	if (!server->listener || !server->on_term || !server->on_int ||
	    event_add(server->on_term, NULL) != 0 || event_add(server->on_int, NULL) != 0)
		return -1;
	evconnlistener_set_error_cb(server->listener, on_accept_failed);
	return 0;
}

static void
close_server(struct server *server)
{
	if (server->on_int)
		event_free(server->on_int);
	if (server->on_term)
		event_free(server->on_term);
	if (server->listener)
		evconnlistener_free(server->listener);
	if (server->base)
		event_base_free(server->base);
}

static int
print_port(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size) != 0)
		return -1;
	printf("%d\n", ntohs(address.sin_port));
	return fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct server server = {NULL, NULL, NULL, NULL};
	int status = EXIT_SUCCESS;

	/* A peer that has gone is an error of its connection, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	if (open_server(&server, argc > 1 ? (unsigned short)atoi(argv[1]) : 0) != 0 ||
	    print_port(server.listener) != 0 || event_base_dispatch(server.base) < 0) {
		fprintf(stderr, "echo_server: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	close_server(&server);
	return status;
}
