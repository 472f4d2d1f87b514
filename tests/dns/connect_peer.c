/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: connect_peer SERVER NAME...
 *
 * Connects to each name in turn, at listeners of its own on 127.0.0.1 and ::1, with a resolver
 * that asks the name server at SERVER ("127.0.0.1:5353"), and prints what comes of it; then its
 * addresses by evdns_getaddrinfo, and those that evdns_base_resolve_ipv4 finds.  There is no
 * connection to a name behind "=".
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct event_base *base;
static bool is_done;

static void
run(void)
{
	while (!is_done)
		event_base_loop(base, EVLOOP_ONCE);
	is_done = false;
}

static void
greet(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int size,
    void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	if (send(fd, "hello\n", 6, 0) != 6)
		exit(2);
	evutil_closesocket(fd);
}

static void
on_read(struct bufferevent *bev, void *name)
{
	char *line = evbuffer_readln(bufferevent_get_input(bev), NULL, EVBUFFER_EOL_LF);

	if (!line)
		return;
	printf("%s: connected, %s\n", (char *)name, line);
	free(line);
	is_done = true;
}

static void
on_event(struct bufferevent *bev, short what, void *name)
{
	int error = bufferevent_socket_get_dns_error(bev);

	if (what == BEV_EVENT_CONNECTED)
		return;
	printf("%s: %s\n", (char *)name,
	    error ? evutil_gai_strerror(error)
		  : evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	is_done = true;
}

static void
connect_to(struct evdns_base *dns, char *name, int port)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	bufferevent_setcb(bev, on_read, NULL, on_event, name);
	bufferevent_enable(bev, EV_READ);
	if (bufferevent_socket_connect_hostname(bev, dns, AF_UNSPEC, name, port) < 0)
		exit(2);
	run();
	bufferevent_free(bev);
}

static void
on_list(int error, struct evutil_addrinfo *list, void *name)
{
	int count = 0;

	for (struct evutil_addrinfo *at = list; at; at = at->ai_next)
		count++;
	if (error)
		printf("%s: %s\n", (char *)name, evutil_gai_strerror(error));
	else
		printf("%s: %d addresses, %s\n", (char *)name, count,
		    list->ai_canonname ? list->ai_canonname : "no name");
	if (list)
		evutil_freeaddrinfo(list);
	is_done = true;
}

static void
on_answer(int result, char type, int count, int ttl, void *addresses, void *name)
{
	(void)type;
	(void)ttl;
	(void)addresses;
	printf("%s: %s, %d\n", (char *)name, evdns_err_to_string(result), count);
	is_done = true;
}

static void
look_up(struct evdns_base *dns, char *name)
{
	struct evutil_addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = EVUTIL_AI_CANONNAME};

	evdns_getaddrinfo(dns, name, "80", &hints, on_list, name);
	run();
	evdns_base_resolve_ipv4(dns, name, 0, on_answer, name);
	run();
}

/* NULL where there is no IPv6. */
static struct evconnlistener *
listen_at(struct sockaddr *address, int size)
{
	return evconnlistener_new_bind(base, greet, NULL, LEV_OPT_CLOSE_ON_FREE, -1, address, size);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	ev_socklen_t size = sizeof(v4);
	struct evconnlistener *listeners[2];
	struct evdns_base *dns;

	base = event_base_new();
	dns = evdns_base_new(base, 0);
	if (argc < 3 || evdns_base_nameserver_ip_add(dns, argv[1]) != 0)
		return 2;
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listeners[0] = listen_at((struct sockaddr *)&v4, sizeof(v4));
	if (!listeners[0] ||
	    getsockname(evconnlistener_get_fd(listeners[0]), (struct sockaddr *)&v4, &size) < 0)
		return 2;
	v6.sin6_port = v4.sin_port;
	listeners[1] = listen_at((struct sockaddr *)&v6, sizeof(v6));
	for (int i = 2; i < argc; i++) {
		char *name = argv[i] + (*argv[i] == '=');

		if (name == argv[i])
			connect_to(dns, name, ntohs(v4.sin_port));
		look_up(dns, name);
	}
	evconnlistener_free(listeners[0]);
	evconnlistener_free(listeners[1]);
	evdns_base_free(dns, 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
	return 0;
}
