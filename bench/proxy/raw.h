/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A proxy by hand: reads into one array and writes from it at once; what is not taken waits
 * there, and nothing is read meanwhile.
 */
#ifndef BENCH_PROXY_RAW_H
#define BENCH_PROXY_RAW_H

#include <errno.h>
#include <unistd.h>

struct proxy_way {
	struct proxy *proxy;
	struct reader reader;
	struct duplex writer;
	int from;
	int to;
	size_t at;
	size_t left; /* bytes from `at` that wait to be written */
	char room[PROXY_READ];
};

static inline void
proxy_write(struct proxy_way *way)
{
	ssize_t sent = write(way->to, way->room + way->at, way->left);

	if (sent < 0 && errno != EAGAIN)
		bench_fail("write");
	if (sent > 0) {
		way->at += (size_t)sent;
		way->left -= (size_t)sent;
	}
}

ON_READY(proxy_on_readable)
{
	struct proxy_way *way = arg;
	ssize_t size = read(way->from, way->room, sizeof(way->room));

	if (size <= 0)
		return;
	way->at = 0;
	way->left = (size_t)size;
	proxy_write(way);
	if (way->left > 0) {
		reader_stop(&way->reader);
		duplex_write_on(&way->writer);
	}
	proxy_count(way->proxy, (long)size);
}

ON_READY(proxy_on_writable)
{
	struct proxy_way *way = arg;

	proxy_write(way);
	if (way->left > 0)
		return;
	duplex_write_off(&way->writer);
	reader_start(&way->reader);
}

/* The other side sends nothing. */
ON_READY(proxy_on_answer)
{
	(void)arg;
	bench_fail("the other side has gone");
}

static inline void
proxy_add(struct proxy_way *way, struct proxy *proxy, int from, int to)
{
	way->proxy = proxy;
	way->from = from;
	way->to = to;
	way->left = 0;
	reader_init(&way->reader, &proxy->engine, from, proxy_on_readable, way);
	duplex_init(&way->writer, &proxy->engine, to, proxy_on_answer, proxy_on_writable, way);
	reader_start(&way->reader);
}

#endif
