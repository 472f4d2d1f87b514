/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The message that asks a question.
 */
#ifndef LVN_DNS_DNS_QUERY_H
#define LVN_DNS_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_edns.h"
#include "dns/dns_message.h"

/* A question as it is in a message: the longest name, type and class. */
#define LVN_DNS_QUERY_QUESTION_MAX (LVN_DNS_NAME_MAX + 4)
#define LVN_DNS_QUERY_MAX                                                           \
	(LVN_DNS_HEADER_SIZE + LVN_DNS_QUERY_QUESTION_MAX + LVN_DNS_EDNS_SIZE + 4 + \
	    LVN_DNS_CLIENT_COOKIE_SIZE + LVN_DNS_SERVER_COOKIE_MAX)
/* With padding: a multiple of 128. */
#define LVN_DNS_QUERY_PADDED_MAX 384

struct dns_query {
	const uint8_t *question;
	size_t question_size;
	uint16_t id;
	uint16_t flags;    /* enum dns_flags */
	uint16_t udp_size; /* what can be received, for EDNS; 0: without EDNS */
	bool dnssec_ok;
	bool is_padded;                  /* with EDNS, so that its size says nothing of the name */
	const struct dns_cookie *cookie; /* NULL: none */
};

/*
 * Returns the size of the message.  The capacity is LVN_DNS_QUERY_MAX at least, or
 * LVN_DNS_QUERY_PADDED_MAX.  With the flags of a reply and without EDNS it is a reply without
 * records, where the one that came is not at hand any more.
 */
size_t lvn_dns_query_write(const struct dns_query *query, uint8_t *message_out, size_t capacity);

#endif
