/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most cases of a resolver begin and end with: `dns` in the configuration under test, and a
 * name server in the simulated world.  For one test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_DNS_CASE_H
#define LEVIN_TESTS_SUPPORT_DNS_CASE_H

#include <event2/dns.h>

#include "support/backends.h"
#include "support/dns_peer.h"
#include "support/suite.h"

static struct event_base *base;
static struct evdns_base *dns; /* a case that has freed it sets it to NULL */
static struct dns_peer peer;

/* Without a resolver. */
static inline void
set_up_peer(int i)
{
	base = base_on(backend_under_test(i));
	dns_peer_open(&peer, base, "192.0.2.1:53", dns_peer_by_name);
	dns = NULL;
}

/* A resolver that asks the peer. */
static inline void
use_peer(int flags)
{
	dns = evdns_base_new(base, flags);
	ck_assert_ptr_nonnull(dns);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, peer.address), 0);
}

static inline void
set_up(int i)
{
	set_up_peer(i);
	use_peer(0);
}

static inline void
tear_down(void)
{
	if (dns)
		evdns_base_free(dns, 0);
	dns_run(base, 1);
	dns_peer_close(&peer);
	event_base_free(base);
}

#endif
