/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions that are sent together, with one system call for those of one socket.
 */
#ifndef LVN_DNS_DNS_OUTBOX_H
#define LVN_DNS_DNS_OUTBOX_H

#include <stdbool.h>

#include "dns/dns_network_fields.h"

/* A question that was not sent. */
struct dns_outbox_failure {
	struct dns_exchange *exchange;
	struct dns_upstream *upstream; /* of the try */
	int error;                     /* -errno */
};

bool lvn_dns_outbox_is_full(const struct dns_network *network);
/* The outbox must not be full, and nothing of the exchange be in it. */
void lvn_dns_outbox_put(struct dns_network *network, struct dns_exchange *exchange,
    struct dns_socket *socket, const struct dns_query *query);
/* Takes back what the exchange has in it, if anything. */
void lvn_dns_outbox_drop(struct dns_exchange *exchange);
/* Empties the outbox.  Returns how many were not sent. */
unsigned lvn_dns_outbox_send(
    struct dns_network *network, struct dns_outbox_failure failures_out[LVN_DNS_OUTBOX_CAPACITY]);

#endif
