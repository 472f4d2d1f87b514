/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_base.h"

#include <event2/event.h>

#include "dns/dns_time.h"

int64_t
lvn_dns_base_now_ns(const struct evdns_base *base)
{
	return lvn_dns_now_ns(base->event_base);
}

void
lvn_dns_base_report_soon_locked(struct evdns_base *base)
{
	event_active(base->report, EV_TIMEOUT, 1);
}
