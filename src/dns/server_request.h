/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A query that a server port hands to the program, with the reply in the making: a struct
 * evdns_server_request and what belongs to it, in one allocation.  The program owns it until it is
 * ended; it refers to its port, and to its connection if it came by TCP.
 */
#ifndef LVN_DNS_SERVER_REQUEST_H
#define LVN_DNS_SERVER_REQUEST_H

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"
#include "dns/dns_reply.h"
#include "dns/server_query.h"

struct server_connection;

struct server_request {
	struct evdns_server_request shown; /* what the program sees */
	struct evdns_server_port *port;
	struct server_connection *connection; /* NULL: UDP */
	struct dns_reply reply;
	struct dns_reply_head head;
	uint16_t limit; /* of a reply by UDP */
	unsigned address_size;
	struct sockaddr_storage address; /* of the client */
	uint8_t space[];                 /* questions, query, first records */
};

/* Returns NULL if memory is short.  The bytes of the query are copied. */
LVN_NODISCARD struct server_request *lvn_server_request_new(
    const struct server_query *query, const struct sockaddr *address, unsigned address_size);
/* Whatever it refers to stays. */
void lvn_server_request_free(struct server_request *request);

/* The one behind what the program has. */
struct server_request *lvn_server_request_of(struct evdns_server_request *shown);

/* The reply needs at most so many bytes, if nothing is left out; at most 65535. */
size_t lvn_server_request_bound(const struct server_request *request);

/* Writes the reply with this response code, 0 to 15.  Returns its size, at most `limit`. */
size_t lvn_server_request_write(
    const struct server_request *request, unsigned rcode, void *message, size_t limit);

#endif
