/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The UDP sockets to one server.  Each is connected, so that the kernel drops what comes from
 * elsewhere and reports refusals, and has a port that the kernel has chosen at random.
 *
 * A few are in use at a time; which one sends is chosen at random.  One that has sent a number of
 * questions, or is old, is retired: another one takes its place, and it is closed when no reply
 * is expected any more.  So a port serves few questions (RFC 5452 9.2), and a question does
 * not cost a socket.
 */
#ifndef LVN_DNS_DNS_UDP_H
#define LVN_DNS_DNS_UDP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/sockaddr.h"
#include "dns/dns_ring.h"

struct dns_options;
struct dns_server;

/* Sockets to one server that send, and that are open in all. */
#define LVN_DNS_UDP_ACTIVE   4
#define LVN_DNS_UDP_OPEN_MAX 16
/* Questions that a socket sends, and its age, before it is retired. */
#define LVN_DNS_UDP_USES_MAX 128
#define LVN_DNS_UDP_AGE_NS   INT64_C(10000000000)

/* Where sockets are made, for all servers of a network. */
struct dns_udp_context {
	struct event_base *base;
	const struct dns_options *options;
	event_callback_fn on_readable; /* its argument is the socket */
	void *owner;
	struct dns_ring graveyard; /* closed sockets, until lvn_dns_udp_bury */
	bool is_listening;         /* whether sockets are watched */
};

/*
 * Invariants:
 *   1. fd is not negative while the socket is open, and udp is valid then
 *   2. an open socket is in udp->sockets; a closed one that has no users is in the graveyard
 *   3. a retired socket that is open has users
 */
struct dns_socket {
	struct dns_ring link;
	struct dns_udp_context *context;
	struct dns_udp *udp;
	struct event *readable;
	int fd;
	union inet_sockaddr local; /* its address, for cookies */
	unsigned users;            /* exchanges that expect a reply */
	unsigned uses;             /* questions sent */
	int64_t opened_ns;
	bool is_retired;
};

struct dns_udp {
	struct dns_udp_context *context;
	struct dns_server *server;
	unsigned bind_to_size; /* of the options, when the server was added */
	union inet_sockaddr bind_to;
	struct dns_ring sockets; /* all open ones */
	unsigned open_count;
	struct dns_socket *active[LVN_DNS_UDP_ACTIVE]; /* NULL: not opened yet */
};

void lvn_dns_udp_init(
    struct dns_udp *udp, struct dns_udp_context *context, struct dns_server *server);
/* Closes all sockets. */
void lvn_dns_udp_clear(struct dns_udp *udp);

/*
 * The socket for the next question, by a random number, opened if need be.  Returns 0 or -errno;
 * an error that lvn_dns_udp_is_local is no fault of the server.
 */
LVN_NODISCARD int lvn_dns_udp_choose(
    struct dns_udp *udp, unsigned random, int64_t now_ns, struct dns_socket **socket_out);
/* Whether memory, descriptors, ports or space in a queue are short. */
bool lvn_dns_udp_is_local(int error);

/* A reply is expected from the socket; no longer. */
void lvn_dns_udp_use(struct dns_socket *socket);
void lvn_dns_udp_release(struct dns_socket *socket);

/* The kernel has no more use for the socket: no exchange may wait for a reply from it alone. */
void lvn_dns_udp_close(struct dns_socket *socket);

/* Watches the sockets, or stops to. */
void lvn_dns_udp_listen(struct dns_udp *udp, bool is_listening);

/* Frees closed sockets.  On the loop's thread, and not from within on_readable. */
void lvn_dns_udp_bury(struct dns_udp_context *context);

#endif
