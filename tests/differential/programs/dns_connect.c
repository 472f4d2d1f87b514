/* SPDX-License-Identifier: BSD-3-Clause */
/* bufferevent_socket_connect_hostname with a resolver: events, errors, the moment of calls. */
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netdb.h>

#include "dns_kit.h"

/* A label of 64 letters. */
#define LONG_LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static struct event_base *base;
static struct evdns_base *dns;
static struct dns_server server;
static int port;
static bool inside, over;

static void
reply(const struct script_query *query, struct script_message *message)
{
	if (query->name[0] == 'q')
		return;
	script_begin(message, query, query->name[0] == 'x' ? 3 : 0);
	if (query->name[0] == 'a' && query->type == TYPE_A)
		script_add(message, SECTION_ANSWER, NULL, TYPE_A, 0, "\177\0\0\1", 4);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	(void)listener;
	(void)address;
	(void)size;
	(void)arg;
	close(fd);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	say("  event 0x%x%s, dns error %d", (unsigned)what, inside ? " inside the call" : "",
	    bufferevent_socket_get_dns_error(bev));
	over = true;
}

static void
connect_to(const char *name, int family, int to, int options)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE | options);
	int result;

	say("connect to %s, family %d%s", name, family, to == port ? "" : ", no listener");
	bufferevent_setcb(bev, NULL, NULL, on_event, NULL);
	inside = true;
	over = false;
	result = bufferevent_socket_connect_hostname(bev, dns, family, name, to);
	inside = false;
	say("  returned %d, descriptor %s", result, bufferevent_getfd(bev) < 0 ? "none" : "there");
	while (!over && result == 0)
		event_base_loop(base, EVLOOP_ONCE);
	bufferevent_free(bev);
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
free_meanwhile(bool resolver)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	say("free the %s meanwhile", resolver ? "resolver" : "bufferevent");
	over = false;
	bufferevent_setcb(bev, NULL, NULL, on_event, NULL);
	bufferevent_socket_connect_hostname(bev, dns, AF_UNSPEC, "q.test", port);
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (!resolver)
		bufferevent_free(bev);
	else
		evdns_base_free(dns, 1);
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	if (resolver)
		bufferevent_free(bev);
	for (int i = 0; i < 5; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

int
main(void)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	struct evconnlistener *listener;

	base = kit_base();
	dns = evdns_base_new(base, 0);
	evdns_base_set_option(dns, "timeout", "1");
	evdns_base_set_option(dns, "attempts", "1");
	dns_serve(&server, base, "server", reply);
	dns_use(dns, &server);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = evconnlistener_new_bind(base, on_connection, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 8, (struct sockaddr *)&address,
	    sizeof(address));
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
	port = ntohs(address.sin_port);
	for (int i = 0; i < 3; i++) {
		connect_to("a.test", families[i], port, 0);
		connect_to("n.test", families[i], port, 0);
		connect_to("x.test", families[i], port, 0);
		connect_to("q.test", families[i], port, 0);
		connect_to("127.0.0.1", families[i] == AF_INET6 ? AF_INET : families[i], port, 0);
		connect_to(LONG_LABEL, families[i], port, 0);
	}
	connect_to("a.test", AF_UNSPEC, port, BEV_OPT_DEFER_CALLBACKS);
	connect_to(LONG_LABEL, AF_UNSPEC, port, BEV_OPT_DEFER_CALLBACKS);
	evconnlistener_free(listener);
	connect_to("a.test", AF_INET, 1, 0);
	free_meanwhile(false);
	free_meanwhile(true);
	dns_stop(&server);
	event_base_free(base);
	return 0;
}
