/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever a client sends comes back.  A connection that is silent for a minute, or that does
 * not take its answers, is closed.
 *
 * usage: echo_server [PORT]      prints the port it listens on
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So much may wait for a client: then nothing more is read from it until it has taken some. */
#define OUTPUT_MAX 65536

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
	/* Moves the bytes; nothing is copied. */
	evbuffer_add_buffer(output, bufferevent_get_input(client));
	if (evbuffer_get_length(output) > OUTPUT_MAX)
		bufferevent_disable(client, EV_READ);
}

static void
on_event(struct bufferevent *client, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(client);
}

static void
on_connection(evutil_socket_t listener, short what, void *base)
{
	const struct timeval minute = {60, 0};
	evutil_socket_t fd = accept(listener, NULL, NULL);
	struct bufferevent *client;

	(void)what;
	if (fd < 0)
		return;
	if (evutil_make_socket_nonblocking(fd) != 0) {
		evutil_closesocket(fd);
		return;
	}
	client = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client) {
		/* A constructor that fails has taken nothing over. */
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(client, on_received, on_sent, on_event, NULL);
	bufferevent_set_timeouts(client, &minute, &minute);
	bufferevent_enable(client, EV_READ);
}

static evutil_socket_t
listen_on(unsigned short port)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	if (fd < 0 || evutil_make_listen_socket_reuseable(fd) != 0 ||
	    evutil_make_socket_nonblocking(fd) != 0 ||
	    bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		perror("echo_server");
		exit(EXIT_FAILURE);
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

int
main(int argc, char **argv)
{
	evutil_socket_t fd = listen_on(argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
	struct event_base *base = event_base_new();
	struct event *listener;

	/* A client that goes away is an event, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	if (!base)
		return EXIT_FAILURE;
	listener = event_new(base, fd, EV_READ | EV_PERSIST, on_connection, base);
	if (!listener || event_add(listener, NULL) != 0)
		return EXIT_FAILURE;

	event_base_dispatch(base);

	event_free(listener);
	event_base_free(base);
	evutil_closesocket(fd);
	return EXIT_SUCCESS;
}
