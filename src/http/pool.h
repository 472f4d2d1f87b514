/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a client by origin, those that are idle among them, and who waits for one.
 * Knows nothing about requests.  Nothing calls out but lvn_http_pool_serve, dials that end, and
 * connections.
 */
#ifndef LVN_HTTP_POOL_H
#define LVN_HTTP_POOL_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "http/client.h"
#include "http/dial.h"

struct http_pool;

/*
 * Wants a connection, or has one.
 *
 * Invariants:
 *   1. it is in the queue of its origin if and only if `link` is set
 *   2. `connection` is set from on_dialing, or on_connected without that, to on_failed,
 *      lvn_http_pool_release or lvn_http_pool_leave
 */
struct http_waiter {
	struct http_origin *origin;
	struct http_waiter *next; /* in the queue, and the link that points here */
	struct http_waiter **link;
	struct http_pool_connection *connection;
	bool wants_new; /* not one that was idle */

	void (*on_dialing)(struct http_waiter *waiter); /* these two free nothing */
	void (*on_tls)(struct http_waiter *waiter);
	/* These may do anything. */
	void (*on_connected)(struct http_waiter *waiter);
	void (*on_failed)(
	    struct http_waiter *waiter, enum levin_http_fetch_end end, const char *reason);
};

/* Invariant: it is in the idle list of its origin if and only if it has a client and no waiter. */
struct http_pool_connection {
	struct http_pool *pool;
	struct http_origin *origin;
	struct http_pool_connection *next;      /* of the origin */
	struct http_pool_connection *next_idle; /* of the origin, the last one used first */
	struct http_dial dial;
	struct http_client *client; /* once it is connected */
	struct http_waiter *waiter;
	struct event idle_timer;
	uint64_t idle_number; /* rises from one that becomes idle to the next */
	bool was_used;
	bool is_closed;
};

/* Invariant: it is in at most one of the pool's lists `changed` and `blocked`, as `is_listed` says. */
struct http_origin {
	struct http_origin *next; /* of the pool */
	struct http_origin *next_listed;
	bool is_listed;
	struct http_route route;
	char *host; /* of the route */
	char *unix_path;
	unsigned count;
	struct http_pool_connection *connections;
	struct http_pool_connection *idle;
	struct http_waiter *waiting;
	struct http_waiter **waiting_end;
};

struct http_origin_list {
	struct http_origin *first;
	struct http_origin **end;
};

struct http_pool_limits {
	unsigned per_origin;
	unsigned in_all;
	unsigned waiting;
	struct timeval idle; /* zero: for ever */
};

struct http_pool {
	struct event_base *base;
	struct evdns_base *dns;
	const struct levin_http_client_tls *tls; /* NULL: none */
	struct event *wake;                      /* its callback calls lvn_http_pool_serve */
	struct http_pool_limits limits;
	bool is_cleared;

	struct http_origin *origins;
	struct http_origin_list changed; /* to be looked at */
	struct http_origin_list blocked; /* by the limit of connections in all */

	unsigned count;
	unsigned idle_count;
	unsigned waiting_count;
	uint64_t opened;
	uint64_t reused;
	uint64_t idle_number;
};

/* `wake` belongs to the pool. */
void lvn_http_pool_init(struct http_pool *pool, struct event *wake);
/* Closes all connections.  There must be no waiters. */
void lvn_http_pool_clear(struct http_pool *pool);

/* Into the queue, in front of the others or behind them.  Returns 0, -ENOMEM or -ENOBUFS. */
LVN_NODISCARD int lvn_http_pool_wait(struct http_pool *pool, struct http_waiter *waiter,
    const struct http_route *route, bool in_front);
/* Does not wait any more; a connection that it has is closed. */
void lvn_http_pool_leave(struct http_pool *pool, struct http_waiter *waiter);
/* Others may use its connection, if it is still open. */
void lvn_http_pool_release(struct http_pool *pool, struct http_waiter *waiter);

/* Gives connections to those who wait. */
void lvn_http_pool_serve(struct http_pool *pool);

#endif
