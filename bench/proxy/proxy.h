/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Passing on what comes from one socket to another one: with two bufferevents, or with read and
 * write.  No more than PROXY_KEPT_MOST bytes wait inside.
 */
#ifndef BENCH_PROXY_PROXY_H
#define BENCH_PROXY_PROXY_H

#include "engines/engine.h"

enum { PROXY_KEPT_MOST = 256 * 1024, PROXY_KEPT_LEAST = 64 * 1024, PROXY_READ = 128 * 1024 };

struct proxy {
	struct engine engine;
	long bytes;        /* that came */
	long bytes_wanted; /* the loop is told to stop then */
};

static inline void
proxy_count(struct proxy *proxy, long bytes)
{
	proxy->bytes += bytes;
	if (proxy->bytes >= proxy->bytes_wanted)
		engine_stop(&proxy->engine);
}

/* Each header has: struct proxy_way, and proxy_add(way, proxy, from, to). */
#if defined(ENGINE_LIBEVENT)
#include "proxy/libevent.h"
#else
#include "proxy/raw.h"
#endif

#endif
