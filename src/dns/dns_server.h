/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of one name server: where it is, how fast it replies, whether it fails, and
 * which extensions of the protocol it has.  Knows no sockets and no clock.
 */
#ifndef LVN_DNS_DNS_SERVER_H
#define LVN_DNS_DNS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "base/sockaddr.h"
#include "dns/dns_cookies.h"

struct dns_options;

/* A server's timeout is its own after so many replies. */
#define LVN_DNS_SERVER_SAMPLES 3

/*
 * Invariants:
 *   1. latency_ns is what the first `samples` replies and those since have taken; 0 without any
 *   2. has_failed is set when failures reaches max_timeouts, and cleared with failures
 */
struct dns_server {
	union inet_sockaddr address; /* with its port */
	unsigned address_size;
	unsigned number; /* among those of its network, in the order of adding */

	int64_t latency_ns;
	unsigned samples;  /* up to LVN_DNS_SERVER_SAMPLES */
	unsigned failures; /* in a row */
	bool has_failed;
	int64_t replied_ns; /* the last time */
	int64_t
	    probe_ns; /* not before, a server that is not known to work is asked beside others */
	int64_t pause_ns; /* from that time to the next */

	/* Until these times it is not asked with what it does not bear. */
	int64_t no_edns_ns; /* replied FORMERR or NOTIMP to EDNS */
	int64_t no_case_ns; /* returned a name in another case */
	struct dns_cookies cookies;

	/* Statistics. */
	uint64_t sent; /* questions, by UDP and by TCP */
	uint64_t replies;
	uint64_t timeouts;
	uint64_t errors; /* of the system: refused, unreachable */
};

/* Why a server has failed a question. */
enum dns_failure {
	DNS_FAILURE_TIMEOUT,
	DNS_FAILURE_SYSTEM, /* counts at once: the server has failed */
	DNS_FAILURE_RCODE   /* while another server had a better reply */
};

/*
 * A reply that took so long, negative if that is not known; a good one, or an error that says
 * nothing about the name.  Returns whether the server had failed, and has not any more.
 */
bool lvn_dns_server_note_reply(
    struct dns_server *server, bool is_good, int64_t now_ns, int64_t took_ns);
/* Returns whether the server has failed now, and had not before. */
bool lvn_dns_server_note_failure(struct dns_server *server, const struct dns_options *options,
    enum dns_failure failure, int64_t now_ns);
/* The server is asked beside another one. */
void lvn_dns_server_note_probe(
    struct dns_server *server, const struct dns_options *options, int64_t now_ns);

/*
 * How long to wait for a reply to a question that was sent `rounds` times before: the timeout
 * that the program has set; else five times the latency, or 2 s while that is not known, and
 * twice as long in each round, from 250 ms to 5 s.
 */
int64_t lvn_dns_server_timeout(
    const struct dns_server *server, const struct dns_options *options, unsigned rounds);

/* "Bad response 5 (refused)". */
const char *lvn_dns_server_rcode_text(unsigned rcode);

/* Capacity for "[address%scope]:port". */
#define LVN_DNS_SERVER_TEXT_CAPACITY 80
/* Writes "192.0.2.1:53" or "[2001:db8::1]:53". */
void lvn_dns_server_print(
    const struct dns_server *server, char text_out[LVN_DNS_SERVER_TEXT_CAPACITY]);

#endif
