/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_base.h"

#include <event2/event.h>

#define NS_IN_S  INT64_C(1000000000)
#define NS_IN_US INT64_C(1000)

int64_t
lvn_dns_base_now_ns(const struct evdns_base *base)
{
	struct timeval now;

	event_gettime_monotonic(base->event_base, &now);
	return now.tv_sec * NS_IN_S + now.tv_usec * NS_IN_US;
}

void
lvn_dns_base_report_soon_locked(struct evdns_base *base)
{
	event_active(base->report, EV_TIMEOUT, 1);
}
