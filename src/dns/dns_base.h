/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The resolver of a program, struct evdns_base: the fields that its files share.
 * dns_resolver.h makes one.
 */
#ifndef LVN_DNS_DNS_BASE_H
#define LVN_DNS_DNS_BASE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/siphash.h"
#include "dns/dns_options.h"
#include "dns/dns_ring.h"
#include "dns/dns_time.h"
#include "dns/dns_watch.h"

struct bufferevent;
struct dns_cache;
struct dns_hosts;
struct dns_network;
struct dns_request;
struct dns_suffixes;
struct io_world;
struct lock;
struct sockaddr;

/* A hosts file that was loaded. */
struct dns_hosts_file {
	struct dns_hosts_file *next;
	struct dns_hosts *hosts; /* NULL: could not be read */
};

/*
 * The lock protects everything below it.  Invariants:
 *   1. a request is in `requests` while its callback is not due, then in `reports`
 *   2. `report` is active, or a callback of the network is running, whenever `reports` is not
 *      empty
 *   3. `skew` is pending if and only if `skewed` is not empty and the resolver is not freed
 */
struct evdns_base {
	struct event_base *event_base;
	struct io_world *world;
	struct lock *lock;

	struct dns_network *network;
	struct dns_options options;
	struct dns_cache *cache; /* NULL: off */
	bool is_freed;           /* by the program */
	/* Streams of the program, instead of UDP and TCP; or NULL. */
	struct bufferevent *(*new_stream)(struct event_base *base, const struct sockaddr *server,
	    int size, int options, void *arg);
	void *new_stream_arg;

	struct dns_suffixes *suffixes;
	bool has_own_suffixes; /* the program has set them, or ndots */
	struct dns_watch resolv_conf_watch;
	unsigned resolv_conf_parts;          /* DNS_OPTION_ bits: what was read of it */
	struct dns_hosts_file *hosts;        /* in the order of loading */
	struct dns_hosts_file *system_hosts; /* that of /etc/hosts among them; or NULL */
	struct dns_watch hosts_watch;
	uint8_t key[LVN_SIPHASH_KEY_SIZE]; /* of hashes; random */

	unsigned families; /* that this host has addresses of */
	int64_t families_end_ns;

	struct dns_ring requests;
	struct dns_ring reports;
	struct event *report;
	struct dns_ring skewed; /* those that wait for their second family, the first one first */
	struct event *skew;
};

static inline int64_t
lvn_dns_base_now_ns(const struct evdns_base *base)
{
	return lvn_dns_now_ns(base->event_base);
}

/* Calls the callbacks of requests in `reports` from the loop.  Any thread. */
static inline void
lvn_dns_base_report_soon_locked(struct evdns_base *base)
{
	event_active(base->report, EV_TIMEOUT, 1);
}

#endif
