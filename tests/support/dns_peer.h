/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name servers for suites of the public DNS functions, in the simulated world: each replies to
 * datagrams at an address of its own, as a function of the test says, and counts.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_PEER_H
#define LEVIN_TESTS_SUPPORT_DNS_PEER_H

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>

#include "differential/dns_script.h"
#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* Fills a reply; leaves it empty for none. */
typedef void dns_peer_fn(const struct script_query *query, struct script_message *reply);

/* Queries that are remembered. */
#define DNS_PEER_NAMES 64

struct dns_peer {
	dns_peer_fn *reply;
	const char *address;
	evutil_socket_t fd;
	struct event *ev;
	int queries;
	char names[DNS_PEER_NAMES][300]; /* of the queries, "A name" */
};

/* A server at an address such as "192.0.2.1:53", in the loop of the base. */
void dns_peer_open(
    struct dns_peer *peer, struct event_base *base, const char *address, dns_peer_fn *reply);
void dns_peer_close(struct dns_peer *peer);

/*
 * The usual server.  The first label of a name says how it replies: what for A, a dash, what for
 * AAAA.  A digit is a number of addresses, "n" none, "x" that the name does not exist, "s", "r",
 * "i", "f" other errors, "q" is silence, "c" an alias.
 */
void dns_peer_by_name(const struct script_query *query, struct script_message *reply);
/* None. */
void dns_peer_silent(const struct script_query *query, struct script_message *reply);

/* ---- What callbacks have received ---- */

struct dns_seen {
	int calls;
	int result; /* of the last call */
	int type;
	int count;
	int ttl;
	char text[1024];     /* addresses, or a name, with blanks between them */
	char canonical[300]; /* of getaddrinfo, or of a call with DNS_CNAME */
};

/* Callbacks, whose argument is a struct dns_seen. */
void dns_see(int result, char type, int count, int ttl, void *addresses, void *arg);
void dns_see_list(int error, struct evutil_addrinfo *list, void *arg);

/* Runs the loop until the callback was called, at most 1000 s; the case fails if it was not. */
void dns_await(struct event_base *base, struct dns_seen *seen);
/* Runs the loop for so long. */
void dns_run(struct event_base *base, int ms);

#endif
