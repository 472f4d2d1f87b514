/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* TCP and UDP over loopback: listening, connecting, refused, data, urgent data, half-closed, reset. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "kit.h"

static struct event_base *base;

static int
tcp_socket(void)
{
	return kit_fixed(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

/* One look with an event of the given bits. */
static void
look(const char *name, int fd, short events)
{
	struct event *ev = event_new(base, fd, events, report, (void *)name);

	if (!(event_base_get_features(base) & EV_FEATURE_EARLY_CLOSE))
		events &= (short)~EV_CLOSED;
	event_assign(ev, base, fd, events, report, (void *)name);
	event_add(ev, NULL);
	kit_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	event_free(ev);
}

/* Waits for real until the kernel has got so far. */
static void
settle(int fd, short events)
{
	struct event_base *own = event_base_new();
	struct event *ev =
	    event_new(own, fd, events, event_base_get_method(own) ? report : NULL, "settled");

	virtual_time_enable(false);
	event_add(ev, NULL);
	event_base_loop(own, EVLOOP_ONCE);
	virtual_time_enable(true);
	event_free(ev);
	event_base_free(own);
}

static void
bind_to_loopback(int fd, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);

	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)address, size) < 0)
		say("bind: %s", strerror(errno));
	getsockname(fd, (struct sockaddr *)address, &size);
}

int
main(void)
{
	struct sockaddr_in address, nowhere;
	struct linger at_once = {1, 0};
	int listener, client, server, refused, packets;

	base = kit_base();
	listener = tcp_socket();
	bind_to_loopback(listener, &address);
	look("unbound socket", tcp_socket(), EV_READ | EV_WRITE);
	listen(listener, 5);
	look("listener", listener, EV_READ | EV_WRITE);
	client = tcp_socket();
	if (connect(client, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno != EINPROGRESS)
		say("connect: %s", strerror(errno));
	settle(listener, EV_READ);
	look("listener", listener, EV_READ | EV_WRITE);
	server = kit_fixed(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
	look("client", client, EV_READ | EV_WRITE | EV_CLOSED);
	look("server", server, EV_READ | EV_WRITE | EV_CLOSED);
	kit_put(client, "hello");
	settle(server, EV_READ);
	look("server", server, EV_READ | EV_WRITE | EV_CLOSED);
	say("read %d", kit_drain(server));
	if (send(client, "!", 1, MSG_OOB) != 1)
		say("no urgent data");
	say("read %d", kit_drain(server));
	look("urgent data", server, EV_READ);
	kit_put(client, "bye");
	shutdown(client, SHUT_WR);
	settle(server, EV_READ);
	look("half closed", server, EV_READ | EV_CLOSED);
	say("read %d", kit_drain(server));
	look("half closed, empty", server, EV_READ | EV_WRITE | EV_CLOSED);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(server);
	settle(client, EV_READ);
	look("reset", client, EV_READ);
	look("reset", client, EV_WRITE);
	look("reset", client, EV_READ | EV_WRITE | EV_CLOSED);
	refused = tcp_socket();
	server = tcp_socket();
	bind_to_loopback(server, &nowhere);
	connect(refused, (struct sockaddr *)&nowhere, sizeof(nowhere));
	settle(refused, EV_WRITE);
	look("refused", refused, EV_READ | EV_WRITE | EV_CLOSED);
	look("refused", refused, EV_READ);
	packets = kit_fixed(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	bind_to_loopback(packets, &address);
	look("udp", packets, EV_READ | EV_WRITE);
	sendto(packets, "", 0, 0, (struct sockaddr *)&address, sizeof(address));
	settle(packets, EV_READ);
	look("udp, empty packet", packets, EV_READ | EV_WRITE);
	event_base_free(base);
	return 0;
}
