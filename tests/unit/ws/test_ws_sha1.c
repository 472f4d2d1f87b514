/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_sha1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static void
expect_digest(const char *digest, const void *data, size_t size)
{
	uint8_t bytes[LVN_WS_SHA1_SIZE];
	char text[2 * LVN_WS_SHA1_SIZE + 1];

	lvn_ws_sha1(bytes, data, size);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	ck_assert_str_eq(text, digest);
}

/* RFC 3174 7.3, and the examples of FIPS 180. */
TEST(sha1__vectors_of_the_standards)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	expect_digest("a9993e364706816aba3e25717850c26c9cd0d89d", "abc", 3);
	expect_digest("da39a3ee5e6b4b0d3255bfef95601890afd80709", "", 0);
	expect_digest(
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1", two_blocks, sizeof(two_blocks) - 1);
}

TEST(sha1__a_million_times_a)
{
	enum { SIZE = 1000000 };
	char *data = malloc(SIZE);

	ck_assert_ptr_nonnull(data);
	memset(data, 'a', SIZE);
	expect_digest("34aa973cd4c4daa4f61eeb2bdbad27316534016f", data, SIZE);
	free(data);
}

/* Around the sizes where the length needs a block of its own. */
TEST(sha1__sizes_around_a_block)
{
	static const struct {
		size_t size;
		const char *digest;
	} cases[] = {
	    {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
	    {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
	    {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
	    {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
	    {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
	    {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
	    {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
	    {128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
	};
	char data[128];

	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_digest(cases[i].digest, data, cases[i].size);
}
