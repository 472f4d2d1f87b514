/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fields of a network and of an exchange, for the files that they consist of.
 *
 * An exchange waits until it has one of max_inflight slots and there is a server.  Then it sends
 * its question, which is a try, to one server after the other; every server once is a round.  It
 * gives its slot back when a try has timed out, so that a name that no server replies for does
 * not keep others waiting.  Replies to earlier tries count as much as those to the last one.
 */
#ifndef LVN_DNS_DNS_NETWORK_FIELDS_H
#define LVN_DNS_DNS_NETWORK_FIELDS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_exchange.h"
#include "dns/dns_ids.h"
#include "dns/dns_network.h"
#include "dns/dns_query.h"
#include "dns/dns_random.h"
#include "dns/dns_ring.h"
#include "dns/dns_server.h"
#include "dns/dns_tcp.h"
#include "dns/dns_timers.h"
#include "dns/dns_udp.h"

/* Messages that are sent with one system call. */
#define LVN_DNS_OUTBOX_CAPACITY 32

/* A server with what leads to it.  Its place in the network is its number. */
struct dns_upstream {
	struct dns_server server;
	struct dns_network *network;
	struct dns_udp udp;
	struct dns_tcp tcp;
	struct dns_ring asked;          /* exchanges whose present try is to this server by UDP */
	struct dns_socket *next_socket; /* sends what comes until the outbox is sent; or NULL */
};

/* A message that is sent when the callback has done its work. */
struct dns_outgoing {
	struct dns_exchange *exchange; /* NULL: not to be sent any more */
	struct dns_socket *socket;
	size_t size;
	uint8_t message[LVN_DNS_QUERY_MAX];
};

/*
 * Invariants:
 *   1. servers[0] to servers[server_count - 1] are those of upstreams, with these numbers
 *   2. every exchange is in `waiting`, in `asked` of an upstream or of its connection, or in
 *      `others`; and has a timer
 *   3. inflight counts the exchanges with has_slot, probe_count those with is_probe
 *   4. between callbacks and calls the outbox is empty
 *   5. closed sockets are freed on the loop's thread, where no callback of ours is running then
 */
struct dns_network {
	struct dns_network_setup setup;
	struct event *timer;
	int64_t timer_ns;    /* when it is due; INT64_MAX: not set */
	int64_t now_ns;      /* at the beginning of the callback or call */
	bool is_in_callback; /* of the loop */
	bool has_outcomes;   /* exchanges have ended in this callback */
	bool is_suspended;
	bool is_closed; /* freed; the memory is still there */

	struct dns_server *servers[LVN_DNS_SERVERS_MAX];
	size_t server_count;

	struct dns_udp_context udp;
	struct dns_tcp_context tcp;
	uint8_t *received;    /* memory for a batch of datagrams; NULL before the first */
	size_t received_each; /* bytes for one datagram */
	unsigned received_count;

	struct dns_timers timers;
	struct dns_ids ids;
	struct dns_random random;
	struct dns_ring waiting;
	struct dns_ring others; /* pausing between rounds, or waiting for late replies */
	size_t exchange_count;
	size_t probe_count;
	size_t inflight;

	unsigned outbox_count;
	struct dns_outgoing outbox[LVN_DNS_OUTBOX_CAPACITY];
};

static inline struct dns_upstream *
lvn_dns_network_upstream(const struct dns_network *network, size_t number)
{
	return container_of(network->servers[number], struct dns_upstream, server);
}

enum dns_exchange_state {
	EXCHANGE_WAITING,   /* for a slot, a server, or that the network is resumed */
	EXCHANGE_ASKING,    /* a try is under way */
	EXCHANGE_PAUSING,   /* before the next try */
	EXCHANGE_LINGERING, /* all tries are made; late replies may come until the deadline */
	EXCHANGE_FAILED     /* no reply can come any more; ends with the loop's next turn */
};

/* What a reply by UDP lacked that shows that it is no forgery. */
enum dns_doubt { DOUBT_CASE = 1, DOUBT_COOKIE = 2 };

/* Where replies to an earlier try, or to the present one, come from. */
struct dns_try {
	struct dns_socket *socket; /* NULL: none */
	int64_t sent_ns;
};

/* Tries whose replies count; those before are forgotten. */
#define LVN_DNS_TRIES_KEPT 4

struct dns_exchange {
	struct dns_network *network;
	struct dns_ring link;
	struct dns_timer timer;
	struct dns_id id;
	dns_exchange_done_fn *done;
	void *arg;
	int64_t started_ns;
	int64_t deadline_ns;

	struct dns_upstream *upstream;            /* of the present try, or of the last one */
	int64_t sent_ns;                          /* the present try */
	int64_t try_end_ns;                       /* then it has timed out */
	struct dns_outgoing *outgoing;            /* its message, while in the outbox */
	struct dns_try tries[LVN_DNS_TRIES_KEPT]; /* the latest first */

	uint64_t tried;   /* servers, in this round */
	uint64_t replied; /* servers that have replied with an error */
	uint64_t asked_by_tcp;
	int error;           /* -errno of the last try that failed with the system; 0: none */
	uint16_t last_flags; /* of the last reply, an error or truncated; 0: none */
	uint16_t last_rcode;
	const struct dns_server *last_server; /* which it came from */
	uint16_t round;
	uint8_t state;
	uint8_t flags; /* DNS_EXCHANGE_ */
	bool is_probe;
	bool has_slot;
	bool has_been_silent; /* a try has timed out, whose reply may still come */
	bool has_waited;      /* time has passed in this round */
	bool is_without_edns;
	bool is_in_plain_case; /* as the program has it, or lower case */
	bool is_by_tcp;        /* the present try */
	bool wants_tcp;        /* the reply was truncated, or in doubt */
	bool is_without_cookies;
	uint8_t doubt; /* enum dns_doubt: why it is asked by TCP */
	uint8_t cookies_refused;
	uint16_t question_size;
	uint8_t question[]; /* as in the message */
};

#endif
