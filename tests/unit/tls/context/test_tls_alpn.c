/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/context/tls_alpn.h"

#include <errno.h>
#include <string.h>

#include "base/compiler.h"
#include "base/memory.h"
#include "support/suite.h"

TEST(tls_alpn_encode__puts_lengths_before_names)
{
	static const unsigned char expected[] = "\002h2\010http/1.1";
	unsigned char *list;
	size_t size;

	ck_assert_int_eq(lvn_tls_alpn_encode("h2,http/1.1", &list, &size), 0);

	ck_assert_uint_eq(size, sizeof(expected) - 1);
	ck_assert_mem_eq(list, expected, size);
	lvn_free(list);
}

static const char *const bad[] = {"", ",", "h2,", ",h2", "h2,,http/1.1", "h2, http/1.1"};

TEST_RANGE(tls_alpn_encode__refuses_empty_names_and_blanks, 0, (int)LVN_COUNT_OF(bad))
{
	unsigned char *list;
	size_t size;

	ck_assert_int_eq(lvn_tls_alpn_encode(bad[_i], &list, &size), -EINVAL);
}

TEST(tls_alpn_encode__takes_names_of_255_bytes)
{
	char name[257] = "";
	unsigned char *list;
	size_t size;

	memset(name, 'a', 255);
	ck_assert_int_eq(lvn_tls_alpn_encode(name, &list, &size), 0);
	ck_assert_uint_eq(size, 256);
	ck_assert_int_eq(list[0], 255);
	lvn_free(list);
	name[255] = 'a';
	ck_assert_int_eq(lvn_tls_alpn_encode(name, &list, &size), -EINVAL);
}

TEST(tls_alpn_encode__refuses_more_than_an_extension_holds)
{
	static char names[65536];
	unsigned char *list;
	size_t size;

	for (size_t i = 0; i < sizeof(names) - 1; i++)
		names[i] = i % 100 == 99 ? ',' : 'a';
	names[65532] = '\0';
	ck_assert_int_eq(lvn_tls_alpn_encode(names, &list, &size), 0);
	ck_assert_uint_eq(size, 65533);
	lvn_free(list);
	names[65532] = 'a';
	names[65533] = '\0';
	ck_assert_int_eq(lvn_tls_alpn_encode(names, &list, &size), -EINVAL);
}
