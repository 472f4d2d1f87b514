/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a server received: a query for the program, a query that is refused at once, or something
 * else.  Knows no sockets and allocates nothing.
 */
#ifndef LVN_DNS_SERVER_QUERY_H
#define LVN_DNS_SERVER_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_edns.h"
#include "dns/dns_message.h"

/* The size of a datagram that our OPT records announce: it passes every network whole. */
#define LVN_SERVER_UDP_SIZE 1232

/*
 * Bytes of the names in all questions of a query, without compression.  By pointers to one name, a
 * query of 64 KiB could ask for a hundred times as much memory.
 */
#define LVN_SERVER_NAMES_MAX 4096

/* A query whose bytes are still in the message. */
struct server_query {
	const uint8_t *message;
	size_t questions_end; /* size of the header and the questions */
	size_t names_size;    /* of all names of the questions: LVN_SERVER_NAMES_MAX at most */
	struct dns_header header;
	struct dns_edns edns;
};

/*
 * Reads a message as a query.  Returns 0; -EBADMSG for what is no query, and must not be answered;
 * or the response code (enum dns_rcode) with which the query is refused: FORMERR when it is
 * malformed, or has no question or too long ones, NOTIMP for another operation than QUERY (RFC 1035 4.1.1), BADVERS
 * for a later version of EDNS.
 */
LVN_NODISCARD int lvn_server_query_read(
    const void *message, size_t size, struct server_query *query_out);

/* The flags that a reply has from its query. */
uint16_t lvn_server_query_flags(const struct dns_header *header);

/* Enough for a refusal. */
#define LVN_SERVER_REFUSAL_CAPACITY (LVN_DNS_HEADER_SIZE + LVN_DNS_EDNS_SIZE)

/* Writes the reply without questions and records that refuses a query.  Returns its size. */
size_t lvn_server_query_refuse(
    const struct dns_header *header, uint16_t rcode, uint8_t out[LVN_SERVER_REFUSAL_CAPACITY]);

#endif
