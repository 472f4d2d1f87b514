/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/server_query.h"

#include <errno.h>

#include "base/private.h"

/* Returns false if they are malformed or too long, or there is none. */
static bool
measure_questions(struct dns_reader *reader, struct server_query *query)
{
	unsigned count = query->header.counts[DNS_SECTION_QUESTION];
	struct dns_question question;

	query->names_size = 0;
	for (unsigned i = 0; i < count; i++) {
		if (!lvn_dns_message_read_question(reader, &question))
			return false;
		query->names_size += question.name.size;
		if (query->names_size > LVN_SERVER_NAMES_MAX)
			return false;
	}
	query->questions_end = (size_t)(reader->in.at - reader->message);
	return count > 0;
}

int
lvn_server_query_read(const void *message, size_t size, struct server_query *query_out)
{
	struct dns_header *header = &query_out->header;
	struct dns_reader reader;

	query_out->message = message;
	if (lvn_dns_message_open(&reader, message, size, header) < 0 ||
	    (header->flags & DNS_FLAG_RESPONSE))
		return -EBADMSG;
	if (header->flags & DNS_OPCODE_MASK)
		return DNS_RCODE_NOTIMP;
	if (!measure_questions(&reader, query_out) ||
	    lvn_dns_edns_find(message, size, &query_out->edns) < 0)
		return DNS_RCODE_FORMERR;
	return query_out->edns.present && query_out->edns.version > 0 ? DNS_RCODE_BADVERS : 0;
}

uint16_t
lvn_server_query_flags(const struct dns_header *header)
{
	enum { COPIED = DNS_OPCODE_MASK | DNS_FLAG_RECURSION_DESIRED | DNS_FLAG_CHECKING_DISABLED };

	return (uint16_t)((header->flags & COPIED) | DNS_FLAG_RESPONSE);
}

size_t
lvn_server_query_refuse(
    const struct dns_header *header, uint16_t rcode, uint8_t out[LVN_SERVER_REFUSAL_CAPACITY])
{
	uint16_t flags = (uint16_t)(lvn_server_query_flags(header) | (rcode & DNS_RCODE_MASK));
	struct dns_writer writer;
	int rc = 0;

	lvn_dns_message_begin(&writer, out, LVN_SERVER_REFUSAL_CAPACITY, header->id, flags);
	if (rcode > DNS_RCODE_MASK) {
		lvn_dns_edns_begin(&writer, LVN_SERVER_UDP_SIZE, false, (uint8_t)(rcode >> 4));
		rc = lvn_dns_edns_end(&writer);
	}
	LVN_ASSERT(rc == 0);
	return lvn_dns_message_size(&writer);
}
