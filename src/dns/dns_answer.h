/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a reply says about one question, in one block of memory: for callbacks and for the
 * cache.  Records whose owner is neither the name of the question nor one of its aliases do
 * not count.
 */
#ifndef LVN_DNS_DNS_ANSWER_H
#define LVN_DNS_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "dns/dns_message.h"

/* Beside the rcodes, which have 12 bits: the name exists, without a record of the type. */
#define LVN_DNS_STATUS_NODATA 0x1000

/* Aliases followed from the name of the question. */
#define LVN_DNS_ALIASES_MAX 16

/*
 * Invariants:
 *   1. status is 0 and count > 0; or status is an rcode or LVN_DNS_STATUS_NODATA, and count is 0
 *   2. data begin with `count` records: addresses of 4 and 16 bytes of A and AAAA one after the
 *      other, other data each behind its size in two bytes, with names not compressed
 *   3. then come the bytes of the canonical name, if there was an alias
 */
struct dns_answer {
	unsigned references;
	uint32_t ttl; /* in seconds; 0: not for a cache */
	uint16_t status;
	uint16_t type;
	uint16_t count;
	uint8_t canonical_size; /* 0 without an alias */
	bool authentic;         /* the AD bit of the reply */
	uint32_t records_size;
	uint8_t data[];
};

/*
 * Reads a whole reply.  The question's type is one of records, not ANY or a transfer.  The TC
 * bit is the caller's matter: what is there must be whole records.  Returns 0 and an answer with
 * one reference; -EBADMSG when the message is malformed, is not a reply or has another question,
 * or when the aliases of the name form a loop or are too many; -ENOMEM.
 *
 * TTL: the lowest of the records and aliases (RFC 2181 5.2); for NXDOMAIN and NODATA also that
 * of the zone's SOA record and its MINIMUM (RFC 2308 5), 0 without one; 0 for other errors.
 */
LVN_NODISCARD int lvn_dns_answer_read(const void *message, size_t size,
    const struct dns_question *question, struct dns_answer **answer_out);

/*
 * An answer of `count` addresses for DNS_TYPE_A or DNS_TYPE_AAAA; canonical may be NULL.  NULL
 * when memory is short or `count` is 0 or above 65,535.
 */
LVN_NODISCARD struct dns_answer *lvn_dns_answer_of_addresses(uint16_t type, uint32_t ttl,
    const void *addresses, size_t count, const struct dns_name *canonical);
/* An answer without records.  NULL when memory is short. */
LVN_NODISCARD struct dns_answer *lvn_dns_answer_of_failure(
    uint16_t type, uint16_t status, uint32_t ttl);

/* Not synchronised: the caller holds the lock of what the answer belongs to. */
struct dns_answer *lvn_dns_answer_ref(struct dns_answer *answer);
/* Accepts NULL. */
void lvn_dns_answer_unref(struct dns_answer *answer);

/* The bytes of the block. */
size_t lvn_dns_answer_memory(const struct dns_answer *answer);

/* Addresses of 4 or 16 bytes, `count` of them; NULL for other types and without records. */
const uint8_t *lvn_dns_answer_addresses(const struct dns_answer *answer);
/*
 * The data of the record after `previous`, of the first one if that is NULL, with names not
 * compressed; NULL at the end.
 */
const uint8_t *lvn_dns_answer_next(
    const struct dns_answer *answer, const uint8_t *previous, size_t *size_out);
/* The name that the last alias points to; false without an alias. */
bool lvn_dns_answer_canonical(const struct dns_answer *answer, struct dns_name *name_out);

#endif
