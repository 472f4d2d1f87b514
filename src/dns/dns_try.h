/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One try of an exchange after the other: which server is asked and how, and what follows when
 * it cannot be asked, refuses, or says nothing.  No function here ends an exchange.
 */
#ifndef LVN_DNS_DNS_TRY_H
#define LVN_DNS_DNS_TRY_H

#include "dns/dns_network_fields.h"

/*
 * Asks the next server; or pauses before the next round; or, after the last round, waits for late
 * replies or for its end.  The exchange has a timer in any case.
 */
void lvn_dns_try_next(struct dns_exchange *exchange);
/* Asks the server of the present try once more, for instance by TCP. */
void lvn_dns_try_again(struct dns_exchange *exchange);
/* The same with another id, where a reply to what was sent so far would pass for one to this. */
void lvn_dns_try_anew(struct dns_exchange *exchange);
/* The time of the present try is over: asks the next server, unless the deadline has come. */
void lvn_dns_try_end(struct dns_exchange *exchange);
/* The system says that the server cannot be reached: all that ask it by UDP try the next one. */
void lvn_dns_try_refused(struct dns_upstream *upstream, int error);

/* A connection was closed: all that ask by it go on. */
void lvn_dns_try_closed(struct dns_connection *connection, int error);

/* Sends what is in the outbox. */
void lvn_dns_try_flush(struct dns_network *network);

/* The present try and earlier ones are over: no reply to them counts.  Keeps the slot. */
void lvn_dns_try_forget(struct dns_exchange *exchange);
/* Gives the slot back, if it has one. */
void lvn_dns_try_leave_slot(struct dns_exchange *exchange);

/* Whether streams are all that the network asks by. */
bool lvn_dns_try_is_by_tcp_alone(const struct dns_network *network);

/* Notes the failure, and logs if the server has failed by it. */
void lvn_dns_try_blame(struct dns_upstream *upstream, enum dns_failure failure, const char *reason);

#endif
