/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers by question until they expire: positive ones, negative ones (RFC 2308) and failures
 * (RFC 9520).  Bounded; the least recently used ones go first.  Knows no clock: the time is
 * handed in, in nanoseconds of the monotonic clock.  The lock of the DNS base protects it.
 */
#ifndef LVN_DNS_DNS_CACHE_H
#define LVN_DNS_DNS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

struct dns_answer;
struct dns_name;
struct dns_question;

struct dns_cache_limits {
	size_t entries;
	size_t bytes;              /* of entries with their answers */
	uint32_t max_ttl;          /* in seconds, of answers with records */
	uint32_t max_negative_ttl; /* of NXDOMAIN and NODATA */
	uint32_t failure_ttl;      /* of other answers; 0: they are not kept */
};

struct dns_cache_statistics {
	size_t entries;
	size_t bytes;
	uint64_t hits;
	uint64_t misses;
	uint64_t expired;
	uint64_t evicted; /* before they had expired, to make space */
};

struct dns_cache;

/* The key is random.  `limits` may be NULL for the usual ones.  NULL when memory is short. */
struct dns_cache *lvn_dns_cache_new(
    const uint8_t key[LVN_SIPHASH_KEY_SIZE], const struct dns_cache_limits *limits);
/* Accepts NULL. */
void lvn_dns_cache_free(struct dns_cache *cache);

/*
 * The answer to a question, and the whole seconds for which it is still good; NULL if there is
 * none.  NXDOMAIN is the answer for all types of a name, so answer->type may be another one.
 * The answer is the cache's: a caller that needs it beyond its next call takes a reference.
 */
struct dns_answer *lvn_dns_cache_find(struct dns_cache *cache, const struct dns_question *question,
    int64_t now_ns, uint32_t *ttl_out);

/*
 * Counts a question for the statistics: lvn_dns_cache_find, which may be called more than once for
 * it, does not.
 */
void lvn_dns_cache_count(struct dns_cache *cache, bool is_hit);

/*
 * Puts an answer, with a reference of its own, in place of what there was.  One that is good for
 * no time at all is not kept.  Returns 0; or -ENOMEM, and there is no answer to the question.
 */
int lvn_dns_cache_put(struct dns_cache *cache, const struct dns_question *question,
    struct dns_answer *answer, int64_t now_ns);

/* Forgets the answers for all types of a name. */
void lvn_dns_cache_remove(struct dns_cache *cache, const struct dns_name *name);

/* Forgets everything: the name servers are others now. */
void lvn_dns_cache_clear(struct dns_cache *cache);

void lvn_dns_cache_get_statistics(
    const struct dns_cache *cache, struct dns_cache_statistics *statistics_out);

#endif
