/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getaddrinfo that does not block: public functions.
 */
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <event2/util.h>

#include "base/private.h"
#include "dns/dns_addrinfo.h"

struct evdns_getaddrinfo_request *
evdns_getaddrinfo(struct evdns_base *dns_base, const char *nodename, const char *servname,
    const struct evutil_addrinfo *hints_in, evdns_getaddrinfo_cb cb, void *arg)
{
	struct dns_receiver receiver = {.callback = cb, .arg = arg};

	if (!cb) {
		lvn_log_misuse(__func__, "no callback");
		return NULL;
	}
	if (!dns_base)
		dns_base = evdns_get_global_base();
	if (!dns_base) {
		lvn_log_misuse(__func__, "no resolver");
		cb(EVUTIL_EAI_FAIL, NULL, arg);
		return NULL;
	}
	return lvn_dns_addrinfo_start(dns_base, nodename, servname, hints_in, &receiver);
}

void
evdns_getaddrinfo_cancel(struct evdns_getaddrinfo_request *req)
{
	if (req)
		lvn_dns_addrinfo_cancel(req);
	else
		lvn_log_misuse(__func__, "no request");
}
