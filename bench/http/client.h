/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A client by blocking sockets, as a process of its own: it sends on all connections, and then
 * waits for all replies.  All replies to one request have the same size, which the first one of
 * each connection shows.
 */
#ifndef BENCH_HTTP_CLIENT_H
#define BENCH_HTTP_CLIENT_H

#include <netinet/in.h>
#include <stddef.h>

#include "support/bench.h"

struct http_load {
	const char *head; /* of the request */
	size_t body_size; /* behind it */
	int connections;
	int depth; /* requests sent at once on each connection */
};

/* A request for a path, with so many fields; lasts until the program ends. */
char *http_make_head(const char *method, const char *path, int fields, size_t body_size);

/* Before the client is started: it counts what it has received. */
void http_progress_open(void);
long http_progress(void);

/* The size of the first reply that comes. */
size_t http_receive_first(int fd);

/* For ever; for loopback_start. */
void http_be_client(const struct sockaddr_in *address, const void *load);
/* The same but for one request on each connection, after the last has its reply, and no more. */
void http_be_idle_client(const struct sockaddr_in *address, const void *load);

#endif
