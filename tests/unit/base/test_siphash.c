/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "base/siphash.h"
#include "support/suite.h"

static const uint8_t counting[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Vectors of the authors: the key and the data count from 0. */
TEST(lvn_siphash__of_counting_bytes)
{
	ck_assert_uint_eq(lvn_siphash(counting, 0, counting), UINT64_C(0x726fdb47dd0e0e31));
	ck_assert_uint_eq(lvn_siphash(counting, 1, counting), UINT64_C(0x74f839c593dc67fd));
	ck_assert_uint_eq(lvn_siphash(counting, 8, counting), UINT64_C(0x93f5f5799a932462));
	ck_assert_uint_eq(lvn_siphash(counting, 15, counting), UINT64_C(0xa129ca6149be45e5));
}

/* RFC 9018, appendix A.1: client cookie, version, time and address. */
TEST(lvn_siphash__of_a_server_cookie)
{
	static const uint8_t secret[] = {0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f, 0x48, 0xe7,
	    0xdc, 0x84, 0x9e, 0x37, 0xbf, 0xcf};
	static const uint8_t data[] = {0x24, 0x64, 0xc4, 0xab, 0xcf, 0x10, 0xc9, 0x57, 0x01, 0x00,
	    0x00, 0x00, 0x5c, 0xf7, 0x9f, 0x11, 198, 51, 100, 100};

	/* The cookie has the lowest byte first: 1f8130c3eee29480. */
	ck_assert_uint_eq(lvn_siphash(data, sizeof(data), secret), UINT64_C(0x8094e2eec330811f));
}

TEST(lvn_siphash__of_the_same_bytes_at_any_address)
{
	uint8_t moved[sizeof(counting) + 1];

	memcpy(moved + 1, counting, sizeof(counting));

	ck_assert_uint_eq(
	    lvn_siphash(moved + 1, 13, counting), lvn_siphash(counting, 13, counting));
}

TEST(lvn_siphash__depends_on_each_bit_of_the_key)
{
	uint8_t key[LVN_SIPHASH_KEY_SIZE];

	for (size_t bit = 0; bit < 8 * sizeof(key); bit++) {
		memcpy(key, counting, sizeof(key));
		key[bit / 8] ^= (uint8_t)(1U << bit % 8);

		ck_assert_uint_ne(lvn_siphash("name", 4, key), lvn_siphash("name", 4, counting));
	}
}
