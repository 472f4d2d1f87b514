/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Draining a server: its last requests, and its end.  drain.c has what the beginning needs of
 * connections; this half is for those who end them.
 */
#ifndef LVN_HTTP_DRAIN_H
#define LVN_HTTP_DRAIN_H

#include <stdbool.h>

struct evhttp;

/* Whether the server is being drained. */
bool lvn_http_drain_is_on(const struct evhttp *server);
/* A connection has ended: reports the end of the last one, from the loop. */
void lvn_http_drain_check(struct evhttp *server);
/* The server is freed: nothing is reported any more. */
void lvn_http_drain_cancel(struct evhttp *server);

#endif
