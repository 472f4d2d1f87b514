/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a resolver, and how callbacks of the program are called.
 *
 * Requests that are over wait in a ring until the loop calls their callbacks, one after the
 * other, without the lock.  So every callback may free anything, the resolver included: its
 * memory goes with that of its network, in a later turn of the loop or with the event base.
 */
#ifndef LVN_DNS_DNS_RESOLVER_H
#define LVN_DNS_DNS_RESOLVER_H

#include <stdbool.h>

struct evdns_base;
struct event_base;

/* NULL without memory or random bytes, or if there is no event base. */
struct evdns_base *lvn_dns_resolver_new(
    struct event_base *event_base, bool is_idle_without_questions, bool has_cache);

/* Ends all requests, with callbacks if `fails`. */
void lvn_dns_resolver_free(struct evdns_base *base, bool fails);

#endif
