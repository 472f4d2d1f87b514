/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends: all */
/* Listeners: constructors, options of sockets, callbacks that change them, addresses. */
#include <arpa/inet.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/un.h>

#include "kit.h"

static struct event_base *base;

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	const char *name = arg;

	say("%s: family %d, size %d,%s%s", name, address->sa_family, size,
	    fcntl(fd, F_GETFL) & O_NONBLOCK ? " non-blocking" : "",
	    fcntl(fd, F_GETFD) & FD_CLOEXEC ? " close-on-exec" : "");
	close(fd);
	if (strcmp(name, "disables") == 0)
		say("disable: %d", evconnlistener_disable(listener));
	else if (strcmp(name, "frees") == 0)
		evconnlistener_free(listener);
	else if (strcmp(name, "changes") == 0)
		evconnlistener_set_cb(listener, on_connection, "changed");
	else if (strcmp(name, "takes away") == 0)
		evconnlistener_set_cb(listener, NULL, NULL);
}

static int
option(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	return getsockopt(fd, level, name, &value, &size) < 0 ? -errno : value;
}

static void
construct(const char *name, unsigned flags, const struct sockaddr *address, int size)
{
	struct evconnlistener *listener =
	    evconnlistener_new_bind(base, on_connection, "x", flags, -1, address, size);
	int fd;

	if (!listener) {
		say("%s, flags %u: %s", name, flags, strerror(errno));
		return;
	}
	fd = evconnlistener_get_fd(listener);
	say("%s, flags %u: keepalive %d, address %d, port %d, deferred %d, only %d, fd %d, fl %d",
	    name, flags, option(fd, SOL_SOCKET, SO_KEEPALIVE), option(fd, SOL_SOCKET, SO_REUSEADDR),
	    option(fd, SOL_SOCKET, SO_REUSEPORT), option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT),
	    option(fd, IPPROTO_IPV6, IPV6_V6ONLY), fcntl(fd, F_GETFD),
	    !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	say("events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	say("base is %s", evconnlistener_get_base(listener) == base ? "the base" : "another");
	evconnlistener_free(listener);
	say("events %d, still open: %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED),
	    fcntl(fd, F_GETFD) >= 0);
	if (!(flags & LEV_OPT_CLOSE_ON_FREE))
		close(fd);
}

static void
all_constructors(void)
{
	struct sockaddr_in four = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	int local_size = (int)offsetof(struct sockaddr_un, sun_path) + 20;

	snprintf(local.sun_path + 1, 60, "listener%ld", (long)getpid());
	for (unsigned bit = 1; bit <= LEV_OPT_BIND_IPV6ONLY; bit <<= 1) {
		unsigned flags = bit == 1 ? 0 : bit;

		construct("IPv4", flags, (struct sockaddr *)&four, sizeof(four));
		construct("IPv6", flags, (struct sockaddr *)&six, sizeof(six));
		/* The reference asks the kernel for these on Unix sockets too, and newer ones refuse. */
		if (!(flags & (LEV_OPT_REUSEABLE_PORT | LEV_OPT_DEFERRED_ACCEPT)))
			construct("Unix", flags, (struct sockaddr *)&local, local_size);
	}
	construct("all", 0xff, (struct sockaddr *)&four, sizeof(four));
	construct("short address", 0, (struct sockaddr *)&four, 4);
	construct("no address", 0, NULL, 0);
	say("backlog 0: %d", evconnlistener_new_bind(base, on_connection, "x", 0, 0,
				 (struct sockaddr *)&four, sizeof(four)) != NULL);
}

static void
failing_constructors(void)
{
	struct evconnlistener *listener;
	int ends[2];

	kit_pipe(ends);
	for (int backlog = -1; backlog <= 5; backlog += 6) {
		listener = evconnlistener_new(
		    base, on_connection, "x", LEV_OPT_CLOSE_ON_FREE, backlog, ends[0]);
		say("pipe, backlog %d: %d %s, still open: %d", backlog, listener != NULL,
		    strerror(errno), fcntl(ends[0], F_GETFD) >= 0);
	}
	listener = evconnlistener_new(base, on_connection, "x", LEV_OPT_CLOSE_ON_FREE, 5, -1);
	say("no descriptor: %d %s", listener != NULL, strerror(errno));
	kit_close_descriptors();
}

static void
connect_three(struct evconnlistener *listener, int clients[3])
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
	for (int i = 0; i < 3; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(clients[i], (struct sockaddr *)&address, size) < 0)
			say("connect: %s", strerror(errno));
	}
}

static void
play(const char *name, unsigned flags)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct evconnlistener *listener = evconnlistener_new_bind(base, on_connection, (void *)name,
	    flags | LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address));
	const char *mark = strcmp(name, "takes away") == 0 ? "~ " : "";
	int clients[3];
	char byte;

	say("== %s, events %d", name, event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	connect_three(listener, clients);
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	say("%sevents %d", mark, event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	for (int i = 0; i < 3; i++) {
		ssize_t got;

		errno = 0;
		got = recv(clients[i], &byte, 1, MSG_DONTWAIT);
		if (strcmp(name, "frees") != 0)
			say("%sclient %d: %d %s", mark, i, (int)got, strerror(errno));
		close(clients[i]);
	}
	if (strcmp(name, "frees") == 0)
		return;
	say("enable %d", evconnlistener_enable(listener));
	say("disable %d %d", evconnlistener_disable(listener), evconnlistener_disable(listener));
	say("events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	evconnlistener_free(listener);
}

static void
without_callback(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct evconnlistener *listener = evconnlistener_new_bind(base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address, sizeof(address));

	say("== without a callback, events %d",
	    event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	say("enable %d", evconnlistener_enable(listener));
	say("events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	evconnlistener_set_cb(listener, on_connection, "x");
	say("with one, events %d", event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED));
	evconnlistener_free(listener);
}

static void
unix_addresses(void)
{
	struct sockaddr_un server = {.sun_family = AF_UNIX};
	struct sockaddr_un client = {.sun_family = AF_UNIX};
	struct evconnlistener *listener;
	int fds[3];

	say("== Unix sockets");
	snprintf(server.sun_path + 1, 60, "server%ld", (long)getpid());
	snprintf(client.sun_path + 1, 60, "client%ld", (long)getpid());
	listener = evconnlistener_new_bind(base, on_connection, "unix", LEV_OPT_CLOSE_ON_FREE, -1,
	    (struct sockaddr *)&server, sizeof(server));
	for (int i = 0; i < 3; i++) {
		socklen_t size = i == 1 ? sizeof(client) : 20;

		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (i > 0 && bind(fds[i], (struct sockaddr *)&client, size) < 0)
			say("bind: %s", strerror(errno));
		if (connect(fds[i], (struct sockaddr *)&server, sizeof(server)) < 0)
			say("connect: %s", strerror(errno));
		event_base_loop(base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	evconnlistener_free(listener);
}

int
main(void)
{
	base = kit_base();
	all_constructors();
	failing_constructors();
	play("plain", 0);
	play("blocking", LEV_OPT_LEAVE_SOCKETS_BLOCKING);
	play("inherited not", LEV_OPT_CLOSE_ON_EXEC);
	play("both", LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_LEAVE_SOCKETS_BLOCKING);
	play("disables", LEV_OPT_DISABLED);
	play("disables", LEV_OPT_THREADSAFE);
	play("frees", LEV_OPT_THREADSAFE);
	play("changes", 0);
	play("takes away", 0);
	without_callback();
	unix_addresses();
	event_base_free(base);
	return 0;
}
