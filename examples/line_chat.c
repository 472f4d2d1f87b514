/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chat: what one client says in a line, all others hear, with the speaker's number before it.
 *
 * usage: line_chat [PORT]      prints the port it listens on
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

/* Whoever sends more without ending the line, or does not take so much, has to go. */
#define LINE_MAX_SIZE   1000
#define OUTPUT_MAX_SIZE 100000

struct guest {
	struct bufferevent *stream;
	int number;
	struct guest *next;
};

static struct guest *guests;
static int guest_count;

static void
leave(struct guest *leaving)
{
	struct guest **link = &guests;

	while (*link != leaving)
		link = &(*link)->next;
	*link = leaving->next;
	bufferevent_free(leaving->stream);
	free(leaving);
}

static void
say_to_others(const struct guest *speaker, const char *line)
{
	struct guest *next;

	for (struct guest *guest = guests; guest; guest = next) {
		struct evbuffer *output = bufferevent_get_output(guest->stream);

		next = guest->next;
		if (guest == speaker)
			continue;
		if (evbuffer_add_printf(output, "%d: %s\n", speaker->number, line) < 0 ||
		    evbuffer_get_length(output) > OUTPUT_MAX_SIZE)
			leave(guest);
	}
}

static void
on_received(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct guest *guest = arg;
	char *line;

	while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_CRLF)) != NULL) {
		say_to_others(guest, line);
		free(line);
	}
	if (evbuffer_get_length(input) > LINE_MAX_SIZE)
		leave(guest);
}

static void
on_event(struct bufferevent *stream, short what, void *guest)
{
	(void)stream;
	(void)what;
	leave(guest);
}

static void
welcome(struct event_base *base, evutil_socket_t fd)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (guest && evutil_make_socket_nonblocking(fd) == 0)
		guest->stream = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!guest || !guest->stream) {
		evutil_closesocket(fd);
		free(guest);
		return;
	}
	guest->number = ++guest_count;
	guest->next = guests;
	guests = guest;
	bufferevent_setcb(guest->stream, on_received, NULL, on_event, guest);
	bufferevent_enable(guest->stream, EV_READ);
	evbuffer_add_printf(bufferevent_get_output(guest->stream), "you are %d\n", guest->number);
}

static void
on_connection(evutil_socket_t listener, short what, void *base)
{
	evutil_socket_t fd = accept(listener, NULL, NULL);

	(void)what;
	if (fd >= 0)
		welcome(base, fd);
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
		perror("line_chat");
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
