/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chat server: sends each line that a client writes to all the others, with the number of the
 * client in front.
 *
 * usage: line_chat [PORT]
 *
 * It listens on this machine only, on a free port if none is given, and prints the port.
 * SIGTERM ends it.
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

/* A client that exceeds one of these is disconnected. */
#define LINE_MAX_SIZE   1000
#define OUTPUT_MAX_SIZE 100000

struct client {
	struct bufferevent *stream;
	int number;
	struct client *next;
};

static struct client *clients;
static int client_count;

/* ---- Clients ---- */

static void
disconnect(struct client *client)
{
	struct client **link = &clients;

	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	bufferevent_free(client->stream);
	free(client);
}

static void
send_to_others(const struct client *speaker, const char *line)
{
	struct client *next;

	for (struct client *client = clients; client; client = next) {
		struct evbuffer *output = bufferevent_get_output(client->stream);

		next = client->next;
		if (client == speaker)
			continue;
		if (evbuffer_add_printf(output, "%d: %s\n", speaker->number, line) < 0 ||
		    evbuffer_get_length(output) > OUTPUT_MAX_SIZE)
			disconnect(client);
	}
}

static void
on_received(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct client *client = arg;
	char *line;

	while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
		send_to_others(client, line);
		free(line);
	}
	if (evbuffer_get_length(input) > LINE_MAX_SIZE)
		disconnect(client);
}

static void
on_event(struct bufferevent *stream, short what, void *client)
{
	(void)stream;
	(void)what;
	disconnect(client);
}

static void
on_accepted(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	struct client *client = calloc(1, sizeof(*client));

	(void)address;
	(void)size;
	(void)arg;
	if (client)
		client->stream = bufferevent_socket_new(
		    evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->stream) {
		evutil_closesocket(fd);
		free(client);
		return;
	}
	client->number = ++client_count;
	client->next = clients;
	clients = client;
	bufferevent_setcb(client->stream, on_received, NULL, on_event, client);
	if (bufferevent_enable(client->stream, EV_READ) != 0 ||
	    evbuffer_add_printf(
		bufferevent_get_output(client->stream), "you are %d\n", client->number) < 0)
		disconnect(client);
}

/* ---- The server ---- */

static void
on_signal(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopbreak(base);
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

static int
serve(struct event_base *base, unsigned short port)
{
	struct sockaddr_in address;
	struct evconnlistener *listener;
	struct event *on_term = evsignal_new(base, SIGTERM, on_signal, base);
	int result = -1;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	listener = evconnlistener_new_bind(base, on_accepted, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (struct sockaddr *)&address,
	    sizeof(address));
	if (listener && on_term && event_add(on_term, NULL) == 0 && print_port(listener) == 0)
		result = event_base_dispatch(base);
	if (result < 0)
		fprintf(stderr, "line_chat: %s\n", strerror(errno));
	while (clients)
		disconnect(clients);
	if (listener)
		evconnlistener_free(listener);
	if (on_term)
		event_free(on_term);
	return result;
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();
	int result;

	if (!base)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	result = serve(base, argc > 1 ? (unsigned short)atoi(argv[1]) : 0);
	event_base_free(base);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
