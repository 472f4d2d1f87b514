/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cookies of RFC 7873 with one server: a reply that has ours is no forgery of somebody who cannot
 * read what we send.
 */
#ifndef LVN_DNS_DNS_COOKIES_H
#define LVN_DNS_DNS_COOKIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/sockaddr.h"
#include "dns/dns_edns.h"

struct dns_random;
struct io_world;

/*
 * Zeroed: none yet.
 *
 * Invariants:
 *   1. cookie.client is ours for the local address, if has_client
 *   2. the server is known to have cookies while cookie.server_size > 0
 */
struct dns_cookies {
	struct dns_cookie cookie;
	bool has_client;
	union inet_sockaddr local;
};

enum dns_cookies_verdict {
	DNS_COOKIES_RIGHT,   /* ours came back */
	DNS_COOKIES_ABSENT,  /* none, from a server that is not known to have them */
	DNS_COOKIES_MISSING, /* none, from a server that has them */
	DNS_COOKIES_WRONG    /* another one than ours, or none that can be read */
};

/*
 * The cookie to send from a local address; ours is another one when that changes, so that servers
 * cannot follow a host from network to network.  NULL without random bytes.
 */
const struct dns_cookie *lvn_dns_cookies_prepare(struct dns_cookies *cookies,
    const union inet_sockaddr *local, struct dns_random *random, struct io_world *world);

enum dns_cookies_verdict lvn_dns_cookies_check(
    const struct dns_cookies *cookies, const struct dns_edns *edns);
/* Takes what the server says from a reply that is right. */
void lvn_dns_cookies_learn(struct dns_cookies *cookies, const struct dns_edns *edns);
/* The server has no cookies any more. */
void lvn_dns_cookies_forget(struct dns_cookies *cookies);

#endif
