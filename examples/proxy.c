/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP proxy: takes connections on one port of this machine and passes their bytes on to
 * another, with a limit of so many bytes in a second for all of them together.
 *
 * usage: proxy LISTEN_PORT TARGET_PORT BYTES_PER_SECOND
 *
 * With port 0 it takes a free one; it prints the port that it listens on.  What one side sends
 * faster than the other takes stays in that side's socket: no more than 64 KiB are kept here.
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

enum { KEPT_MOST = 65536, KEPT_LEAST = 16384 };

struct proxy {
	struct event_base *base;
	struct bufferevent_rate_limit_group *group;
	struct sockaddr_in target;
};

/* ---- One connection: two bufferevents, each the other's argument ---- */

/* With the other's output full nothing is read until most of it has gone. */
static void
on_read(struct bufferevent *bev, void *partner)
{
	bufferevent_read_buffer(bev, bufferevent_get_output(partner));
	if (evbuffer_get_length(bufferevent_get_output(partner)) < KEPT_MOST)
		return;
	bufferevent_disable(bev, EV_READ);
	bufferevent_setwatermark(partner, EV_WRITE, KEPT_LEAST, 0);
}

static void
on_room(struct bufferevent *bev, void *partner)
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
hear_end(struct bufferevent *bev, short what, void *partner)
{
	(void)what;
	(void)partner;
	bufferevent_free(bev);
}

/* What has been read from this one still goes to the other. */
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
	bufferevent_setcb(partner, NULL, close_when_written, hear_end, NULL);
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
	server = bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !server) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	bufferevent_setcb(client, on_read, on_room, on_event, server);
	bufferevent_setcb(server, on_read, on_room, on_event, client);
	bufferevent_add_to_rate_limit_group(client, proxy->group);
	bufferevent_enable(client, EV_READ);
	bufferevent_enable(server, EV_READ);
	if (bufferevent_socket_connect(
		server, (struct sockaddr *)&proxy->target, sizeof(proxy->target)) < 0) {
		fprintf(stderr, "connect: %s\n", strerror(errno));
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

static void
on_signal(evutil_socket_t signo, short what, void *base)
{
	(void)signo;
	(void)what;
	event_base_loopbreak(base);
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

static void
print_port(struct evconnlistener *listener)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&address, &size);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct proxy proxy;
	struct sockaddr_in address;
	struct ev_token_bucket_cfg *limit;
	struct evconnlistener *listener;
	struct event *ending;
	size_t rate;

	if (argc != 4) {
		fprintf(stderr, "usage: %s LISTEN_PORT TARGET_PORT BYTES_PER_SECOND\n", argv[0]);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	address = local_port(argv[1]);
	proxy.target = local_port(argv[2]);
	rate = strtoul(argv[3], NULL, 10);
	proxy.base = event_base_new();
	limit = ev_token_bucket_cfg_new(rate, rate, rate, rate, NULL);
	if (!proxy.base || !limit) {
		fprintf(stderr, "the rate is out of range\n");
		return 2;
	}
	proxy.group = bufferevent_rate_limit_group_new(proxy.base, limit);
	listener = evconnlistener_new_bind(proxy.base, on_connection, &proxy,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1, (struct sockaddr *)&address,
	    sizeof(address));
	if (!proxy.group || !listener) {
		fprintf(stderr, "listen: %s\n", strerror(errno));
		return 1;
	}
	evconnlistener_set_error_cb(listener, on_error);
	ending = evsignal_new(proxy.base, SIGTERM, on_signal, proxy.base);
	event_add(ending, NULL);
	print_port(listener);

	event_base_dispatch(proxy.base);

	event_free(ending);
	evconnlistener_free(listener);
	bufferevent_rate_limit_group_free(proxy.group);
	ev_token_bucket_cfg_free(limit);
	event_base_free(proxy.base);
	return 0;
}
