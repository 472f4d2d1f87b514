/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows a change in a network: exchanges that waited begin, what is in the outbox is sent,
 * and the loop's timer and events are set.
 */
#ifndef LVN_DNS_DNS_SCHEDULE_H
#define LVN_DNS_DNS_SCHEDULE_H

#include <stdint.h>

#include "dns/dns_network_fields.h"

/* Reads the clock. */
void lvn_dns_schedule_set_now(struct dns_network *network);
/* An exchange asks its first server. */
void lvn_dns_schedule_begin(struct dns_exchange *exchange);
/* Lets exchanges that wait ask, as far as there are slots, and sends everything. */
void lvn_dns_schedule_send(struct dns_network *network);
/* Sets the timer, and which sockets are watched. */
void lvn_dns_schedule_arm(struct dns_network *network);
/* Both; nothing within a callback of the loop, at whose end both are done. */
void lvn_dns_schedule_settle(struct dns_network *network);

#endif
