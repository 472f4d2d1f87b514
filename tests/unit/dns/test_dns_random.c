/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_random.h"

#include <errno.h>
#include <string.h>

#include "base/random.h"
#include "support/suite.h"

TEST(lvn_dns_random_take__every_byte_once)
{
	struct dns_random random = {0};
	uint8_t taken[64];
	unsigned counts[256] = {0};

	for (int i = 0; i < 4000; i++) {
		ck_assert_int_eq(lvn_dns_random_take(&random, NULL, taken, 1 + (size_t)i % 64), 0);
		counts[taken[0]]++;
	}

	/* Sixteen times each, give or take: more than fifty is as likely as a fault of memory. */
	for (int i = 0; i < 256; i++)
		ck_assert_uint_lt(counts[i], 50);
}

TEST(lvn_dns_random_take__forgets_what_was_taken)
{
	static const uint8_t zeros[LVN_DNS_RANDOM_CAPACITY] = {0};
	struct dns_random random = {0};
	uint8_t taken[100];

	ck_assert_int_eq(lvn_dns_random_take(&random, NULL, taken, sizeof(taken)), 0);
	ck_assert_uint_eq(random.left, sizeof(random.bytes) - sizeof(taken));
	ck_assert_mem_eq(random.bytes, zeros, sizeof(taken));
	ck_assert_mem_ne(random.bytes + sizeof(taken), zeros, sizeof(taken));
	ck_assert_mem_ne(taken, zeros, sizeof(taken));
	/* Too few are left for another hundred twice: new ones come. */
	ck_assert_int_eq(lvn_dns_random_take(&random, NULL, taken, sizeof(taken)), 0);
	ck_assert_int_eq(lvn_dns_random_take(&random, NULL, taken, sizeof(taken)), 0);
	ck_assert_uint_eq(random.left, sizeof(random.bytes) - sizeof(taken));
}
