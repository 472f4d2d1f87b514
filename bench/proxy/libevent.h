/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A proxy of two bufferevents: what one has read becomes the output of the other, and with that
 * full nothing is read until most of it has gone.
 */
#ifndef BENCH_PROXY_LIBEVENT_H
#define BENCH_PROXY_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

struct proxy_way {
	struct proxy *proxy;
	struct bufferevent *from;
	struct bufferevent *to;
};

static void
proxy_on_read(struct bufferevent *from, void *arg)
{
	struct proxy_way *way = arg;
	struct evbuffer *output = bufferevent_get_output(way->to);
	struct evbuffer *input = bufferevent_get_input(from);
	long size = (long)evbuffer_get_length(input);

	if (evbuffer_add_buffer(output, input) < 0)
		bench_fail("evbuffer_add_buffer");
	if (evbuffer_get_length(output) >= PROXY_KEPT_MOST)
		bufferevent_disable(from, EV_READ);
	proxy_count(way->proxy, size);
}

static void
proxy_on_room(struct bufferevent *to, void *arg)
{
	struct proxy_way *way = arg;

	(void)to;
	if (!(bufferevent_get_enabled(way->from) & EV_READ))
		bench_must(bufferevent_enable(way->from, EV_READ), "bufferevent_enable");
}

static inline struct bufferevent *
proxy_open_stream(struct proxy *proxy, int fd)
{
	struct bufferevent *stream = bufferevent_socket_new(
	    proxy->engine.base, fd, engine_has_locks ? BEV_OPT_THREADSAFE : 0);

	if (!stream)
		bench_fail("bufferevent_socket_new");
	return stream;
}

static inline void
proxy_add(struct proxy_way *way, struct proxy *proxy, int from, int to)
{
	way->proxy = proxy;
	way->from = proxy_open_stream(proxy, from);
	way->to = proxy_open_stream(proxy, to);
	bufferevent_setcb(way->from, proxy_on_read, NULL, NULL, way);
	bufferevent_setcb(way->to, NULL, proxy_on_room, NULL, way);
	bufferevent_setwatermark(way->to, EV_WRITE, PROXY_KEPT_LEAST, 0);
	bench_must(bufferevent_enable(way->from, EV_READ), "bufferevent_enable");
}

#endif
