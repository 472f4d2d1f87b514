/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One TCP client of a server port: queries in, each behind its length (RFC 1035 4.2.2), replies
 * out, in any order.  A client that sends queries faster than it takes replies, or than the program
 * ends requests, is not read from meanwhile.
 *
 * Callbacks of the stream run without its lock.  A connection that they close is freed as soon as
 * the program has none of its requests.  When the port is closed, by any thread, a callback may be
 * about to run: connections are buried until the loop has finalized the port's event.  Those with
 * requests keep their socket, for replies that are sent without the loop.
 */
#ifndef LVN_DNS_SERVER_CONNECTION_H
#define LVN_DNS_SERVER_CONNECTION_H

#include <event2/util.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/compiler.h"
#include "dns/dns_ring.h"
#include "dns/server_port.h"

struct bufferevent;
struct event_base;

/*
 * What the connections of a port share.  All of it is protected by the port's lock.
 *
 * Invariants:
 *   1. the connections with a stream are in `open`, the one that was active last at the end, and
 *      open_count says how many
 *   2. those without a stream are in `buried`, or in no ring: then the program has requests, or
 *      input is being processed
 */
struct server_connections {
	struct evdns_server_port *port;
	struct event_base *base;
	struct dns_ring open;
	struct dns_ring buried;
	size_t open_count;
};

struct server_connection {
	struct dns_ring link;
	struct server_connections *all;
	struct bufferevent *stream; /* NULL: closed, or its port is */
	int last_fd;                /* without a stream: the socket for last replies, or -1 */
	unsigned request_count;     /* that the program has not ended */
	bool has_ended;             /* the client sends nothing more */
	bool is_paused;             /* not read from */
	bool is_processing;         /* its input; the program may be in its callback */
	bool is_buried;
	struct timeval active_at; /* when the last query came or the last request was ended */
	struct sockaddr_storage address;
	unsigned address_size;
};

/* Takes a socket.  Returns 0 or -ENOMEM; then the socket is still the caller's. */
LVN_NODISCARD int lvn_server_connection_open_locked(
    struct server_connections *all, int fd, const struct sockaddr *address, unsigned address_size);

/* On the loop's thread: closes it and drops what is unsent. */
void lvn_server_connection_close_locked(struct server_connection *connection);

/* Sends the reply of a request.  Returns 0 or -errno: -ENOTCONN if the client has gone. */
LVN_NODISCARD int lvn_server_connection_send_locked(
    struct server_connection *connection, const struct server_request *request, unsigned rcode);

/* A request of it was ended, by any thread. */
void lvn_server_connection_detach_locked(struct server_connection *connection);

/* Makes it the one that was active last. */
void lvn_server_connection_touch_locked(struct server_connection *connection);

/* No request waits and everything is sent. */
bool lvn_server_connection_is_idle_locked(const struct server_connection *connection);

/* The port is closed: nothing is received from now on.  Without requests they are closed. */
void lvn_server_connection_stop_all_locked(struct server_connections *all);
/* On the loop's thread, some time after that: no callback runs. */
void lvn_server_connection_finalize_all_locked(struct server_connections *all);

#endif
