/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reply to a query: its records, which are added in any order, and the message made of them.
 * Knows no sockets.
 */
#ifndef LVN_DNS_DNS_REPLY_H
#define LVN_DNS_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_message.h"

/* What is added: a name as the record's data, or bytes. */
struct dns_reply_record {
	enum dns_section section; /* not DNS_SECTION_QUESTION */
	const struct dns_name *owner;
	uint16_t type;
	uint16_t dns_class;
	uint32_t ttl;
	const struct dns_name *name; /* NULL: bytes */
	const uint8_t *bytes;
	size_t size;  /* of the bytes, in each record */
	size_t count; /* of records that differ in their bytes alone, which follow each other */
};

/*
 * Invariants:
 *   1. bytes[0] to bytes[size - 1] are records in the order of adding, each a struct fixed and
 *      what it counts
 *   2. bytes is the space that _init was given, or was allocated: is_allocated
 *   3. counts has the records of each section
 */
struct dns_reply {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
	uint16_t counts[DNS_SECTION_COUNT];
	bool is_allocated;
	bool has_opt; /* an OPT record of the program's own */
};

/* The first records are kept in `space`, which must outlive the reply; more are allocated. */
void lvn_dns_reply_init(struct dns_reply *reply, void *space, size_t capacity);
void lvn_dns_reply_clear(struct dns_reply *reply);

/*
 * Adds copies of the names and bytes.  Returns 0; -EINVAL for a section that there is not, or more
 * than 65535 bytes; -EMSGSIZE for more records than can be counted; -ENOMEM.  On failure nothing
 * has changed.
 */
LVN_NODISCARD int lvn_dns_reply_add(struct dns_reply *reply, const struct dns_reply_record *record);

/* At least the bytes that the records take in a message. */
size_t lvn_dns_reply_bound(const struct dns_reply *reply);

/* What a message has beside the records. */
struct dns_reply_head {
	uint16_t id;
	uint16_t flags;       /* with the lower bits of the response code */
	const uint8_t *query; /* header and questions of the query; the questions are repeated */
	size_t query_size;
	bool has_edns; /* the query had an OPT record: the reply gets one (RFC 6891 6.1.1) */
	bool dnssec_ok;
	uint16_t udp_size; /* of its OPT record: how large queries may be */
};

/*
 * Writes the message, of at most `limit` bytes, 512 or more.  Records that do not fit are left out
 * whole, with all that follow; the TC flag is set then, except where nothing but additional records
 * to an answer are missing (RFC 2181 9).  Returns its size.
 */
size_t lvn_dns_reply_write(
    const struct dns_reply *reply, const struct dns_reply_head *head, void *message, size_t limit);

#endif
