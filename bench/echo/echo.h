/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An echo server on the loop under test, in the way in which programs of that loop do it: with
 * bufferevents, with libuv's streams, or with reads and writes in a callback.
 */
#ifndef BENCH_ECHO_ECHO_H
#define BENCH_ECHO_ECHO_H

#include "engines/engine.h"

struct echo_server {
	struct engine engine;
	long bytes;        /* that were echoed */
	long bytes_wanted; /* the loop is told to stop then */
};

static inline void
echo_count(struct echo_server *server, long bytes)
{
	server->bytes += bytes;
	if (server->bytes >= server->bytes_wanted)
		engine_stop(&server->engine);
}

/* Each header has: struct echo_connection, and echo_add(connection, server, fd). */
#if defined(ENGINE_LIBEVENT)
#include "echo/libevent.h"
#elif defined(ENGINE_LIBUV)
#include "echo/libuv.h"
#else
#include "echo/callback.h"
#endif

#endif
