/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ports of both kinds are: a callback, requests that the program has not ended, and the end.
 * server_udp.c and server_tcp.c add their sockets.
 *
 * Once a port is closed, no callback starts.  Its socket stays while there are requests, whose
 * replies are still sent.  Its memory stays until the loop has finalized its events, so that a
 * callback that runs meanwhile on the loop's thread finds it.
 */
#ifndef LVN_DNS_SERVER_PORT_H
#define LVN_DNS_SERVER_PORT_H

#include <event2/dns.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "dns/server_query.h"
#include "dns/server_request.h"

struct event_base;

/* What the kinds of ports do.  Each function is called with the lock held unless it says more. */
struct server_port_ops {
	/*
	 * Without the lock.  Sends the reply of a request that is not ended yet.  Returns 0, also
	 * when it waits in a queue; or -errno.
	 */
	int (*send)(struct evdns_server_port *port, struct server_request *request, unsigned rcode);
	/* The request is not the connection's any more.  NULL: nothing to do. */
	void (*detach_locked)(struct evdns_server_port *port, struct server_request *request);
	/* Nothing may be received from now on. */
	void (*stop_locked)(struct evdns_server_port *port);
	/* Closes what requests needed: there is none now.  NULL: nothing to do. */
	void (*close_locked)(struct evdns_server_port *port);
	/* Without the lock, which it frees with all the rest. */
	void (*free)(struct evdns_server_port *port);
	/* Returns 0 or -EINVAL.  NULL: there are no options. */
	int (*set_option_locked)(
	    struct evdns_server_port *port, enum evdns_server_option option, size_t value);
};

/*
 * Everything below the lock is protected by it.
 *
 * Invariants:
 *   1. references has one for the program until the port is closed, one for the loop until the
 *      events are finalized, and one for each request
 *   2. request_count is the number of requests that are not ended
 */
struct evdns_server_port {
	const struct server_port_ops *ops;
	evdns_request_callback_fn_type callback;
	void *arg;
	struct lock *lock;
	unsigned references;
	unsigned request_count;
	bool closed;
};

/* References for the program and the loop.  Returns 0 or -ENOMEM. */
LVN_NODISCARD int lvn_server_port_init(struct evdns_server_port *port,
    const struct server_port_ops *ops, evdns_request_callback_fn_type callback, void *arg);
void lvn_server_port_clear(struct evdns_server_port *port);

/* Calls the program with a request, without the lock. */
void lvn_server_port_deliver_locked(struct evdns_server_port *port, struct server_request *request);

/* Releases the lock and drops a reference.  The port may be gone then. */
void lvn_server_port_leave_locked(struct evdns_server_port *port);

/* Returns 0, or -EINVAL where there is no such option. */
LVN_NODISCARD int lvn_server_port_set_option(
    struct evdns_server_port *port, enum evdns_server_option option, size_t value);

void lvn_server_port_close(struct evdns_server_port *port);

/* Frees a request that was answered or dropped.  Takes the lock of its port. */
void lvn_server_port_end_request(struct server_request *request);

#endif
