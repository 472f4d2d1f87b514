/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nanoseconds, which the resolver counts in, and the times of the event loop.
 */
#ifndef LVN_DNS_DNS_TIME_H
#define LVN_DNS_DNS_TIME_H

#include <event2/event.h>
#include <stdint.h>

#define LVN_DNS_US INT64_C(1000)
#define LVN_DNS_S  INT64_C(1000000000)

static inline int64_t
lvn_dns_now_ns(struct event_base *base)
{
	struct timeval now;

	event_gettime_monotonic(base, &now);
	return now.tv_sec * LVN_DNS_S + now.tv_usec * LVN_DNS_US;
}

/* For a timer, which must not be early: rounded up.  None of a moment that has passed. */
static inline struct timeval
lvn_dns_timeval_from_ns(int64_t ns)
{
	int64_t us = ns > 0 ? ns / LVN_DNS_US + (ns % LVN_DNS_US != 0) : 0;

	return (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
}

#endif
