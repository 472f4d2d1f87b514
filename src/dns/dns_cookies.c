/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_cookies.h"

#include <errno.h>
#include <string.h>

#include "dns/dns_random.h"

const struct dns_cookie *
lvn_dns_cookies_prepare(struct dns_cookies *cookies, const union inet_sockaddr *local,
    struct dns_random *random, struct io_world *world)
{
	if (cookies->has_client &&
	    lvn_sockaddr_compare(&cookies->local.any, &local->any, false) == 0)
		return &cookies->cookie;
	*cookies = (struct dns_cookies){.has_client = false};
	if (lvn_dns_random_take(
		random, world, cookies->cookie.client, sizeof(cookies->cookie.client)) < 0)
		return NULL;
	cookies->local = *local;
	cookies->has_client = true;
	return &cookies->cookie;
}

enum dns_cookies_verdict
lvn_dns_cookies_check(const struct dns_cookies *cookies, const struct dns_edns *edns)
{
	struct dns_cookie cookie;
	int rc = edns->present ? lvn_dns_edns_cookie(edns, &cookie) : -ENOENT;

	if (rc == -ENOENT)
		return cookies->cookie.server_size > 0 ? DNS_COOKIES_MISSING : DNS_COOKIES_ABSENT;
	if (rc < 0 || !cookies->has_client ||
	    memcmp(cookie.client, cookies->cookie.client, sizeof(cookie.client)) != 0)
		return DNS_COOKIES_WRONG;
	return DNS_COOKIES_RIGHT;
}

void
lvn_dns_cookies_learn(struct dns_cookies *cookies, const struct dns_edns *edns)
{
	struct dns_cookie cookie;

	if (lvn_dns_edns_cookie(edns, &cookie) < 0 || cookie.server_size == 0)
		return;
	cookies->cookie.server_size = cookie.server_size;
	memcpy(cookies->cookie.server, cookie.server, cookie.server_size);
}

void
lvn_dns_cookies_forget(struct dns_cookies *cookies)
{
	cookies->cookie.server_size = 0;
}
