/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * The DNS functions at once, for programs written for libevent 1.4.
 */
#ifndef EVENT1_EVDNS_H_INCLUDED_
#define EVENT1_EVDNS_H_INCLUDED_

#include <event.h>
#include <event2/dns.h>
#include <event2/dns_compat.h>
#include <event2/dns_struct.h>

#endif /* EVENT1_EVDNS_H_INCLUDED_ */
