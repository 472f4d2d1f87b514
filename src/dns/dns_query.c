/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_query.h"

#include "base/assert.h"

/* RFC 8467 4.1: for queries. */
#define PADDING_BLOCK 128

_Static_assert(LVN_DNS_QUERY_PADDED_MAX % PADDING_BLOCK == 0, "whole blocks");

static int
write_edns(struct dns_writer *writer, const struct dns_query *query)
{
	lvn_dns_edns_begin(writer, query->udp_size, query->dnssec_ok, 0);
	if (query->cookie)
		lvn_dns_edns_add_cookie(writer, query->cookie);
	if (query->is_padded)
		lvn_dns_edns_add_padding(writer, PADDING_BLOCK);
	return lvn_dns_edns_end(writer);
}

size_t
lvn_dns_query_write(const struct dns_query *query, uint8_t *message_out, size_t capacity)
{
	struct dns_writer writer;
	int rc = 0;

	lvn_dns_message_begin(&writer, message_out, capacity, query->id, query->flags);
	lvn_dns_message_put_question(&writer, query->question, query->question_size);
	if (query->udp_size > 0)
		rc = write_edns(&writer, query);
	LVN_ASSERT(rc == 0 && !writer.out.overrun);
	return lvn_dns_message_size(&writer);
}
