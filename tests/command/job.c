/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: job [PORT]
 *
 * Counts a hundred events and ends; with a port, counts connections until it is ended by SIGTERM.
 * Says whether Levin is below.
 */
#include <dlfcn.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (--*(int *)arg > 0)
		return;
	printf("100 events\n");
}

static int
count_events(struct event_base *base)
{
	int left = 100;

	for (int i = 0; i < 100; i++)
		event_base_once(base, -1, EV_TIMEOUT, on_event, &left, NULL);
	return event_base_dispatch(base) < 0;
}

/* The peer reads one byte. */
static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	send(fd, "x", 1, MSG_NOSIGNAL);
	evutil_closesocket(fd);
}

static int
serve(struct event_base *base, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!evconnlistener_new_bind(base, on_connection, NULL, LEV_OPT_REUSEABLE, 16,
		(struct sockaddr *)&address, sizeof(address)))
		return 1;
	return event_base_dispatch(base) < 0;
}

int
main(int argc, char **argv)
{
	struct event_base *base = event_base_new();

	printf("on %s\n", dlsym(RTLD_DEFAULT, "levin_version") ? "Levin" : "libevent");
	fflush(stdout);
	if (argc > 1 && strcmp(argv[1], "fail") == 0) {
		fprintf(stderr, "told to fail\n");
		return 3;
	}
	return argc > 1 ? serve(base, atoi(argv[1])) : count_events(base);
}
