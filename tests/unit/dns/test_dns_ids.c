/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_ids.h"

#include "base/memory.h"
#include "support/suite.h"

enum { ALL = 65536 };

static struct dns_ids ids;
static struct dns_id all[ALL];

static void
set_up(void)
{
	lvn_dns_ids_init(&ids);
}

static void
tear_down(void)
{
	lvn_dns_ids_clear(&ids);
}

TEST_FIXTURE(set_up, tear_down);

TEST(lvn_dns_ids_find__those_that_are_used)
{
	lvn_dns_ids_use(&ids, &all[0], 7);
	lvn_dns_ids_use(&ids, &all[1], 7 + LVN_DNS_IDS_FIRST_BUCKETS);

	ck_assert_ptr_eq(lvn_dns_ids_find(&ids, 7), &all[0]);
	ck_assert_ptr_eq(lvn_dns_ids_find(&ids, 7 + LVN_DNS_IDS_FIRST_BUCKETS), &all[1]);
	ck_assert_ptr_null(lvn_dns_ids_find(&ids, 8));
	lvn_dns_ids_release(&ids, &all[0]);
	lvn_dns_ids_release(&ids, &all[0]);
	ck_assert_ptr_null(lvn_dns_ids_find(&ids, 7));
	ck_assert_ptr_eq(lvn_dns_ids_find(&ids, 7 + LVN_DNS_IDS_FIRST_BUCKETS), &all[1]);
	ck_assert_uint_eq(ids.count, 1);
}

static void
use_all(void)
{
	for (unsigned i = 0; i < ALL; i++)
		lvn_dns_ids_use(&ids, &all[i], (uint16_t)(i * 40503));
	for (unsigned i = 0; i < ALL; i++)
		ck_assert_ptr_eq(lvn_dns_ids_find(&ids, (uint16_t)(i * 40503)), &all[i]);
	ck_assert_uint_eq(ids.count, ALL);
	for (unsigned i = 0; i < ALL; i += 2)
		lvn_dns_ids_release(&ids, &all[i]);
	for (unsigned i = 0; i < ALL; i++)
		ck_assert_ptr_eq(
		    lvn_dns_ids_find(&ids, (uint16_t)(i * 40503)), i % 2 ? &all[i] : NULL);
}

TEST(lvn_dns_ids_use__all)
{
	use_all();
	ck_assert_uint_gt(ids.bucket_count, LVN_DNS_IDS_FIRST_BUCKETS);
}

static bool
refuse_memory(void *context)
{
	(void)context;
	return true;
}

TEST(lvn_dns_ids_use__without_memory)
{
	lvn_memory_set_fault(refuse_memory, NULL);
	for (unsigned i = 0; i < 2000; i++)
		lvn_dns_ids_use(&ids, &all[i], (uint16_t)i);
	lvn_memory_set_fault(NULL, NULL);

	ck_assert_uint_eq(ids.bucket_count, LVN_DNS_IDS_FIRST_BUCKETS);
	for (unsigned i = 0; i < 2000; i++)
		ck_assert_ptr_eq(lvn_dns_ids_find(&ids, (uint16_t)i), &all[i]);
}
