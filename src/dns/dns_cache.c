/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_cache.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "dns/dns_answer.h"

#define SECOND_NS     ((int64_t)1000000000)
#define FIRST_BUCKETS 64
/* Of an entry: its answer is that the name does not exist. */
#define EVERY_TYPE 0

struct entry {
	struct entry *next; /* in the bucket */
	struct entry *newer;
	struct entry *older;
	struct dns_answer *answer;
	int64_t expires_ns;
	uint32_t hash;
	uint16_t type;
	uint16_t dns_class;
	uint8_t name_size;
	uint8_t name[];
};

/*
 * Invariants:
 *   1. an entry is in buckets[hash & bucket_mask], and in the list from newest to oldest
 *   2. no two entries answer one question
 *   3. the statistics' entries and bytes are those of the list, and not above the limits
 */
struct dns_cache {
	struct dns_cache_limits limits;
	struct dns_cache_statistics statistics;
	uint8_t key[LVN_SIPHASH_KEY_SIZE];
	struct entry *newest;
	struct entry *oldest;
	struct entry **buckets; /* NULL before the first entry */
	size_t bucket_mask;
};

static const struct dns_cache_limits usual_limits = {
    .entries = 4096,
    .bytes = 1024 * 1024,
    .max_ttl = 3600,
    .max_negative_ttl = 3600, /* RFC 2308 5: one to three hours */
    .failure_ttl = 1,         /* RFC 9520 3.2: at least a second */
};

struct dns_cache *
lvn_dns_cache_new(const uint8_t key[LVN_SIPHASH_KEY_SIZE], const struct dns_cache_limits *limits)
{
	struct dns_cache *cache = lvn_calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	memcpy(cache->key, key, sizeof(cache->key));
	cache->limits = limits ? *limits : usual_limits;
	return cache;
}

void
lvn_dns_cache_free(struct dns_cache *cache)
{
	if (!cache)
		return;
	lvn_dns_cache_clear(cache);
	lvn_free(cache);
}

/* ---- The list, the latest use first ------------------------------------------------- */

static void
unlink_entry(struct dns_cache *cache, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void
link_as_newest(struct dns_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	*(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
	cache->newest = entry;
}

/* ---- Buckets ------------------------------------------------------------------------ */

static struct entry **
bucket_of(const struct dns_cache *cache, uint32_t hash)
{
	return &cache->buckets[hash & cache->bucket_mask];
}

/* Twice as many, or the first ones.  Without memory the chains grow longer instead. */
static void
add_buckets(struct dns_cache *cache)
{
	size_t count = cache->buckets ? 2 * (cache->bucket_mask + 1) : FIRST_BUCKETS;
	struct entry **buckets = lvn_calloc(count, sizeof(struct entry *));

	if (!buckets)
		return;
	lvn_free(cache->buckets);
	cache->buckets = buckets;
	cache->bucket_mask = count - 1;
	for (struct entry *entry = cache->newest; entry; entry = entry->older) {
		struct entry **bucket = bucket_of(cache, entry->hash);

		entry->next = *bucket;
		*bucket = entry;
	}
}

/* ---- Entries ------------------------------------------------------------------------ */

static size_t
size_of(const struct dns_answer *answer, size_t name_size)
{
	return offsetof(struct entry, name) + name_size + lvn_dns_answer_memory(answer);
}

static void
drop(struct dns_cache *cache, struct entry *entry)
{
	struct entry **link = bucket_of(cache, entry->hash);

	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	unlink_entry(cache, entry);
	cache->statistics.entries--;
	cache->statistics.bytes -= size_of(entry->answer, entry->name_size);
	lvn_dns_answer_unref(entry->answer);
	lvn_free(entry);
}

static uint32_t
hash_of(const struct dns_cache *cache, const struct dns_name *name)
{
	return (uint32_t)lvn_dns_name_hash(name, cache->key);
}

static bool
has_name(const struct entry *entry, uint32_t hash, const struct dns_name *name)
{
	return entry->hash == hash && lvn_dns_name_equal_wire(name, entry->name, entry->name_size);
}

static bool
replies_to(const struct entry *entry, const struct dns_question *question)
{
	return entry->dns_class == question->dns_class &&
	       (entry->type == question->type || entry->type == EVERY_TYPE);
}

static struct entry *
find(const struct dns_cache *cache, const struct dns_question *question)
{
	uint32_t hash = hash_of(cache, &question->name);
	struct entry *entry = cache->buckets ? *bucket_of(cache, hash) : NULL;

	while (entry && !(has_name(entry, hash, &question->name) && replies_to(entry, question)))
		entry = entry->next;
	return entry;
}

/* ---- Finding and forgetting --------------------------------------------------------- */

struct dns_answer *
lvn_dns_cache_find(
    struct dns_cache *cache, const struct dns_question *question, int64_t now_ns, uint32_t *ttl_out)
{
	struct entry *entry = find(cache, question);

	if (entry && entry->expires_ns <= now_ns) {
		cache->statistics.expired++;
		drop(cache, entry);
		entry = NULL;
	}
	if (!entry)
		return NULL;
	unlink_entry(cache, entry);
	link_as_newest(cache, entry);
	*ttl_out = (uint32_t)((entry->expires_ns - now_ns) / SECOND_NS);
	return entry->answer;
}

void
lvn_dns_cache_count(struct dns_cache *cache, bool is_hit)
{
	if (is_hit)
		cache->statistics.hits++;
	else
		cache->statistics.misses++;
}

void
lvn_dns_cache_remove(struct dns_cache *cache, const struct dns_name *name)
{
	uint32_t hash = hash_of(cache, name);
	struct entry *entry = cache->buckets ? *bucket_of(cache, hash) : NULL;

	while (entry) {
		struct entry *next = entry->next;

		if (has_name(entry, hash, name))
			drop(cache, entry);
		entry = next;
	}
}

void
lvn_dns_cache_clear(struct dns_cache *cache)
{
	while (cache->oldest)
		drop(cache, cache->oldest);
	lvn_free(cache->buckets);
	cache->buckets = NULL;
}

void
lvn_dns_cache_get_statistics(
    const struct dns_cache *cache, struct dns_cache_statistics *statistics_out)
{
	*statistics_out = cache->statistics;
}

/* ---- Keeping ------------------------------------------------------------------------ */

static uint32_t
at_most(uint32_t ttl, uint32_t most)
{
	return ttl < most ? ttl : most;
}

/* In seconds. */
static uint32_t
lifetime_of(const struct dns_cache *cache, const struct dns_answer *answer)
{
	if (answer->status == DNS_RCODE_NOERROR)
		return at_most(answer->ttl, cache->limits.max_ttl);
	if (answer->status == DNS_RCODE_NXDOMAIN || answer->status == LVN_DNS_STATUS_NODATA)
		return at_most(answer->ttl, cache->limits.max_negative_ttl);
	return cache->limits.failure_ttl;
}

static void
make_space(struct dns_cache *cache, size_t size, int64_t now_ns)
{
	while (cache->oldest && (cache->statistics.entries >= cache->limits.entries ||
				    cache->statistics.bytes > cache->limits.bytes - size)) {
		if (cache->oldest->expires_ns <= now_ns)
			cache->statistics.expired++;
		else
			cache->statistics.evicted++;
		drop(cache, cache->oldest);
	}
}

static int
add(struct dns_cache *cache, const struct dns_question *question, struct dns_answer *answer,
    int64_t expires_ns)
{
	size_t name_size = question->name.size;
	struct entry *entry = lvn_alloc(offsetof(struct entry, name) + name_size);

	if (!cache->buckets || cache->statistics.entries > cache->bucket_mask)
		add_buckets(cache);
	if (!entry || !cache->buckets) {
		lvn_free(entry);
		return -ENOMEM;
	}
	entry->answer = lvn_dns_answer_ref(answer);
	entry->expires_ns = expires_ns;
	entry->hash = hash_of(cache, &question->name);
	entry->type = answer->status == DNS_RCODE_NXDOMAIN ? EVERY_TYPE : question->type;
	entry->dns_class = question->dns_class;
	entry->name_size = question->name.size;
	memcpy(entry->name, question->name.wire, name_size);
	entry->next = *bucket_of(cache, entry->hash);
	*bucket_of(cache, entry->hash) = entry;
	link_as_newest(cache, entry);
	cache->statistics.entries++;
	cache->statistics.bytes += size_of(answer, name_size);
	return 0;
}

int
lvn_dns_cache_put(struct dns_cache *cache, const struct dns_question *question,
    struct dns_answer *answer, int64_t now_ns)
{
	uint32_t lifetime = lifetime_of(cache, answer);
	size_t size = size_of(answer, question->name.size);
	struct entry *old = find(cache, question);

	if (answer->status == DNS_RCODE_NXDOMAIN)
		lvn_dns_cache_remove(cache, &question->name);
	else if (old)
		drop(cache, old);
	if (lifetime == 0 || cache->limits.entries == 0 || size > cache->limits.bytes)
		return 0;
	make_space(cache, size, now_ns);
	return add(cache, question, answer, now_ns + lifetime * SECOND_NS);
}
