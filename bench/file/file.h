/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sending a file over a socket again and again, by the kernel: with a bufferevent, or with
 * sendfile.
 */
#ifndef BENCH_FILE_FILE_H
#define BENCH_FILE_FILE_H

#include "engines/engine.h"

struct file_server {
	struct engine engine;
	int file;
	size_t file_size;
	long sent;   /* whole files */
	long wanted; /* the loop is told to stop then */
};

/* A file has been sent.  Whether another one is wanted. */
static inline bool
file_count(struct file_server *server)
{
	if (++server->sent < server->wanted)
		return true;
	engine_stop(&server->engine);
	return false;
}

/*
 * Each header has: struct file_connection, file_add(connection, server, fd), which sends
 * nothing yet, and file_send(connection), which sends files as long as some are wanted.
 */
#if defined(ENGINE_LIBEVENT)
#include "file/libevent.h"
#else
#include "file/raw.h"
#endif

#endif
