/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which exchange has which message id.  An id belongs to one exchange of a network at a time.
 */
#ifndef LVN_DNS_DNS_IDS_H
#define LVN_DNS_DNS_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Embedded in what has the id. */
struct dns_id {
	struct dns_id *next; /* with the same low bits */
	uint16_t number;
	bool is_used;
};

#define LVN_DNS_IDS_FIRST_BUCKETS 64

/*
 * Invariants:
 *   1. buckets has a power of two of them, and one of number n is in buckets[n % bucket_count]
 *   2. no two have one number
 */
struct dns_ids {
	struct dns_id **buckets;
	size_t bucket_count;
	size_t count;
	struct dns_id *first_buckets[LVN_DNS_IDS_FIRST_BUCKETS];
};

void lvn_dns_ids_init(struct dns_ids *ids);
void lvn_dns_ids_clear(struct dns_ids *ids);

/* NULL if the number is free. */
struct dns_id *lvn_dns_ids_find(const struct dns_ids *ids, uint16_t number);
/* Takes the first free number from this one on; there must be one. */
void lvn_dns_ids_use(struct dns_ids *ids, struct dns_id *id, uint16_t number);
/* Also of one that is not used. */
void lvn_dns_ids_release(struct dns_ids *ids, struct dns_id *id);

#endif
