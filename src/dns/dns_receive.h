/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What follows a message from a server: the exchange that it replies to ends, or asks again in
 * another way, or asks another server.
 */
#ifndef LVN_DNS_DNS_RECEIVE_H
#define LVN_DNS_DNS_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/dns_network_fields.h"

/* is_cut: the datagram was longer.  The socket may be closed afterwards. */
void lvn_dns_receive_by_udp(
    struct dns_socket *socket, const uint8_t *message, size_t size, bool is_cut);
/* The connection may be closed afterwards. */
void lvn_dns_receive_by_tcp(struct dns_connection *connection, const uint8_t *message, size_t size);

#endif
