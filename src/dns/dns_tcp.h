/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connection to one server, over TCP or over a stream that the program makes (TLS): messages
 * behind their lengths (RFC 1035 4.2.2), many at a time, with replies in any order (RFC 7766).
 *
 * It is made when the first message is to be sent, used for all that follow, and closed when
 * nothing is asked for a while, or by the server.
 */
#ifndef LVN_DNS_DNS_TCP_H
#define LVN_DNS_DNS_TCP_H

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_ring.h"
#include "dns/dns_udp.h"

struct bufferevent;
struct dns_connection;
struct evbuffer;

/* What streams must have. */
#define LVN_DNS_TCP_STREAM_OPTIONS                                              \
	(BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE | BEV_OPT_DEFER_CALLBACKS | \
	    BEV_OPT_UNLOCK_CALLBACKS)

/* Where connections are made, for all servers of a network. */
struct dns_tcp_context {
	struct event_base *base;
	const struct dns_options *options;
	/* Makes a stream that is not connected: dns_network_setup.  NULL: plain TCP. */
	struct bufferevent *(*new_stream)(
	    struct event_base *base, const struct sockaddr *server, unsigned size, void *arg);
	void *new_stream_arg;
	void *owner;
	/* Begin and end each callback of the loop.  After leave the connection may be gone. */
	bool (*enter)(void *owner);
	void (*leave)(void *owner);
	/* Either may close connections. */
	void (*on_message)(struct dns_connection *connection, const uint8_t *message, size_t size);
	/* It is closed already. */
	void (*on_closed)(struct dns_connection *connection, int error);
	struct dns_ring graveyard; /* closed connections, until lvn_dns_tcp_bury */
	/* Whether a connection without questions is watched, which keeps the loop alive. */
	bool watches_idle;
};

/*
 * Invariants:
 *   1. stream and tcp are valid while the connection is open, and it is tcp->connection then
 *   2. a closed connection is in the graveyard
 */
struct dns_connection {
	struct dns_ring link;
	struct dns_tcp_context *context;
	struct dns_tcp *tcp;
	struct bufferevent *stream;
	struct evbuffer *received; /* taken from the stream: the beginning of a message */
	struct dns_ring asked;     /* exchanges whose present try it is */
	int64_t replied_ns;        /* the last time to one of them; 0: never */
	bool is_watched;
	int64_t used_ns; /* the last time that something was sent */
};

struct dns_tcp {
	struct dns_tcp_context *context;
	struct dns_server *server;
	const struct dns_udp *udp;         /* has the local address */
	struct dns_connection *connection; /* NULL: none */
};

void lvn_dns_tcp_init(struct dns_tcp *tcp, struct dns_tcp_context *context,
    struct dns_server *server, const struct dns_udp *udp);

/*
 * Sends a message, and makes the connection if there is none.  Returns 0, or -errno and nothing
 * is sent; an error that lvn_dns_udp_is_local is no fault of the server.
 */
LVN_NODISCARD int lvn_dns_tcp_send(
    struct dns_tcp *tcp, const uint8_t *message, size_t size, int64_t now_ns);

/* Closes the connection, if there is one.  on_closed is not called. */
void lvn_dns_tcp_close(struct dns_tcp *tcp);

/* No reply is expected: an idle connection may be left unwatched, or closed. */
void lvn_dns_tcp_note_idle(struct dns_tcp *tcp);

/* Frees closed connections.  On the loop's thread, and not from within a callback. */
void lvn_dns_tcp_bury(struct dns_tcp_context *context);

#endif
