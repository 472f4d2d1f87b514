/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_ids.h"

#include "base/memory.h"

void
lvn_dns_ids_init(struct dns_ids *ids)
{
	*ids = (struct dns_ids){
	    .buckets = ids->first_buckets, .bucket_count = LVN_DNS_IDS_FIRST_BUCKETS};
}

void
lvn_dns_ids_clear(struct dns_ids *ids)
{
	if (ids->buckets != ids->first_buckets)
		lvn_free(ids->buckets);
}

static struct dns_id **
bucket_of(const struct dns_ids *ids, uint16_t number)
{
	return &ids->buckets[number & (ids->bucket_count - 1)];
}

static void
insert(struct dns_ids *ids, struct dns_id *id)
{
	struct dns_id **bucket = bucket_of(ids, id->number);

	id->next = *bucket;
	*bucket = id;
}

struct dns_id *
lvn_dns_ids_find(const struct dns_ids *ids, uint16_t number)
{
	struct dns_id *id = *bucket_of(ids, number);

	while (id && id->number != number)
		id = id->next;
	return id;
}

/* Without memory the chains become longer. */
static void
grow(struct dns_ids *ids)
{
	struct dns_ids larger = {.bucket_count = 4 * ids->bucket_count, .count = ids->count};

	larger.buckets = lvn_calloc(larger.bucket_count, sizeof(*larger.buckets));
	if (!larger.buckets)
		return;
	for (size_t i = 0; i < ids->bucket_count; i++) {
		struct dns_id *next;

		for (struct dns_id *id = ids->buckets[i]; id; id = next) {
			next = id->next;
			insert(&larger, id);
		}
	}
	lvn_dns_ids_clear(ids);
	ids->buckets = larger.buckets;
	ids->bucket_count = larger.bucket_count;
}

void
lvn_dns_ids_use(struct dns_ids *ids, struct dns_id *id, uint16_t number)
{
	if (ids->count >= ids->bucket_count)
		grow(ids);
	while (lvn_dns_ids_find(ids, number))
		number++;
	id->number = number;
	id->is_used = true;
	insert(ids, id);
	ids->count++;
}

void
lvn_dns_ids_release(struct dns_ids *ids, struct dns_id *id)
{
	struct dns_id **link = bucket_of(ids, id->number);

	if (!id->is_used)
		return;
	while (*link != id)
		link = &(*link)->next;
	*link = id->next;
	id->is_used = false;
	ids->count--;
}
