/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP proxy: accepts connections on one port of this machine and forwards their bytes to
 * another port, with one rate limit for all of them together.
 *
 * usage: proxy LISTEN_PORT TARGET_PORT BYTES_PER_SECOND
 *
 * With LISTEN_PORT 0 it takes a free one; it prints the port that it listens on.  It buffers at
 * most about 64 KiB in each direction; after that it does not read until the other side has taken
 * most of them.  When one side has ended its output, and that was forwarded, both sides are
 * closed.  After SIGTERM it accepts no more clients, and ends with the last connection.
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

enum { OUTPUT_MOST = 65536, OUTPUT_LEAST = 16384 };

struct proxy {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *on_term;
	struct bufferevent_rate_limit_group *group;
	struct sockaddr_in target;
};

/* ---- A connection: two bufferevents, each of which is the argument of the other's callbacks ---- */

/* When the partner's output is full, reading stops until most of it has been sent. */
static void
on_read(struct bufferevent *bev, void *partner)
{
	bufferevent_read_buffer(bev, bufferevent_get_output(partner));
	if (evbuffer_get_length(bufferevent_get_output(partner)) < OUTPUT_MOST)
		return;
	bufferevent_disable(bev, EV_READ);
	bufferevent_setwatermark(partner, EV_WRITE, OUTPUT_LEAST, 0);
}

static void
on_sent(struct bufferevent *bev, void *partner)
{
	(void)bev;
	bufferevent_enable(partner, EV_READ);
}

static void
close_when_written(struct bufferevent *bev, void *partner)
{
	(void)partner;
	bufferevent_free(bev);
}

static void
close_on_event(struct bufferevent *bev, short what, void *partner)
{
	(void)what;
	(void)partner;
	bufferevent_free(bev);
}

/* This side has ended.  What it sent is still forwarded. */
static void
on_event(struct bufferevent *bev, short what, void *partner)
{
	if (what & BEV_EVENT_CONNECTED)
		return;
	on_read(bev, partner);
	bufferevent_free(bev);
	if (evbuffer_get_length(bufferevent_get_output(partner)) == 0) {
		bufferevent_free(partner);
		return;
	}
	bufferevent_disable(partner, EV_READ);
	bufferevent_setwatermark(partner, EV_WRITE, 0, 0);
	bufferevent_setcb(partner, NULL, close_when_written, close_on_event, NULL);
}

static void
on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int size, void *arg)
{
	struct proxy *proxy = arg;
	struct bufferevent *client, *server;

	(void)listener;
	(void)address;
	(void)size;
	client = bufferevent_socket_new(proxy->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client) {
		evutil_closesocket(fd);
		return;
	}
	server = bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!server) {
		bufferevent_free(client);
		return;
	}
	bufferevent_setcb(client, on_read, on_sent, on_event, server);
	bufferevent_setcb(server, on_read, on_sent, on_event, client);
	if (bufferevent_add_to_rate_limit_group(client, proxy->group) != 0 ||
	    bufferevent_enable(client, EV_READ) != 0 || bufferevent_enable(server, EV_READ) != 0 ||
	    bufferevent_socket_connect(
		server, (struct sockaddr *)&proxy->target, sizeof(proxy->target)) != 0) {
		bufferevent_free(client);
		bufferevent_free(server);
	}
}

static void
on_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	(void)arg;
	fprintf(stderr, "accept: %s\n", strerror(errno));
}

/* ---- The program ---- */

/* Stops what keeps the loop running; the connections that are left go on. */
static void
on_signal(evutil_socket_t signo, short what, void *arg)
{
	struct proxy *proxy = arg;

	(void)signo;
	(void)what;
	event_del(proxy->on_term);
	evconnlistener_disable(proxy->listener);
}

static struct sockaddr_in
local_port(const char *text)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((unsigned short)atoi(text));
	return address;
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
serve(struct proxy *proxy, const struct sockaddr_in *address)
{
	int result = -1;

	proxy->listener = evconnlistener_new_bind(proxy->base, on_connection, proxy,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (const struct sockaddr *)address,
	    sizeof(*address));
	proxy->on_term = evsignal_new(proxy->base, SIGTERM, on_signal, proxy);
	if (proxy->listener)
		evconnlistener_set_error_cb(proxy->listener, on_error);
	if (proxy->listener && proxy->on_term && event_add(proxy->on_term, NULL) == 0 &&
	    print_port(proxy->listener) == 0)
		result = event_base_dispatch(proxy->base);
	if (result < 0)
		fprintf(stderr, "proxy: %s\n", strerror(errno));
	if (proxy->on_term)
		event_free(proxy->on_term);
	if (proxy->listener)
		evconnlistener_free(proxy->listener);
	return result;
}

int
main(int argc, char **argv)
{
	struct proxy proxy = {0};
	struct ev_token_bucket_cfg *limit;
	struct sockaddr_in address;
	size_t rate;
	int result = -1;

	if (argc != 4) {
		fprintf(stderr, "usage: %s LISTEN_PORT TARGET_PORT BYTES_PER_SECOND\n", argv[0]);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	address = local_port(argv[1]);
	proxy.target = local_port(argv[2]);
	rate = strtoul(argv[3], NULL, 10);
	limit = ev_token_bucket_cfg_new(rate, rate, rate, rate, NULL);
	if (!limit) {
		fprintf(stderr, "%s: not a rate\n", argv[3]);
		return 2;
	}
	proxy.base = event_base_new();
	if (proxy.base)
		proxy.group = bufferevent_rate_limit_group_new(proxy.base, limit);
	if (proxy.group) {
		result = serve(&proxy, &address);
		bufferevent_rate_limit_group_free(proxy.group);
	}
	if (proxy.base)
		event_base_free(proxy.base);
	ev_token_bucket_cfg_free(limit);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
