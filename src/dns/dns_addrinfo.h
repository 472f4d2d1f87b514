/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getaddrinfo with a resolver: numeric hosts, hosts files, the cache and servers; for
 * evdns_getaddrinfo, and for bufferevents, which connect to names through the resolver hook.
 */
#ifndef LVN_DNS_DNS_ADDRINFO_H
#define LVN_DNS_DNS_ADDRINFO_H

#include <event2/dns.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/resolver_hook.h"

/* Who receives the result: one of the two functions is NULL. */
struct dns_receiver {
	evdns_getaddrinfo_cb callback; /* called once */
	resolver_done_fn *done;        /* as base/resolver_hook.h says */
	void *arg;
};

/*
 * Starts a lookup; `base` may be NULL, which is an error for the receiver.  Returns NULL if the
 * receiver was called for the last time.
 */
struct evdns_getaddrinfo_request *lvn_dns_addrinfo_start(struct evdns_base *base, const char *node,
    const char *service, const struct evutil_addrinfo *hints, const struct dns_receiver *receiver);

/* The receiver is called with EVUTIL_EAI_CANCEL, from the loop. */
void lvn_dns_addrinfo_cancel(struct evdns_getaddrinfo_request *handle);

struct address_list;
struct dns_name;

/*
 * Adds the addresses of this type that the cache has for a name; the canonical name is set if there
 * is an alias.  Returns whether the cache has an answer, with addresses or without, which is not counted.
 */
bool lvn_dns_addrinfo_add_cached_locked(struct evdns_base *base, const struct dns_name *name,
    uint16_t type, struct address_list *list, struct dns_name *canonical);

/* From now on, bufferevents of the process connect to names with resolvers. */
void lvn_dns_addrinfo_register(void);

#endif
