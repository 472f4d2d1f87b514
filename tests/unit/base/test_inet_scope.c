/* SPDX-License-Identifier: BSD-3-Clause */
#include <net/if.h>
#include <string.h>

#include "base/inet_scope.h"
#include "support/suite.h"

static const uint8_t link_local[16] = {0xfe, 0x80, [15] = 1};

/* Every Linux has a loopback interface; its index is 1 in every network namespace. */
static const struct {
	const char *scope;
	unsigned index;
} scopes[] = {{"", 0}, {"%", 0}, {"%lo", 1}, {"%1", 1}, {"%77", 77}, {"%010", 10}, {"% 2", 2},
    {"%4294967297", 1}, {"%-1", 4294967295}};

TEST_RANGE(lvn_inet_scope_read_6__name_or_index, 0, (int)(sizeof(scopes) / sizeof(scopes[0])))
{
	char text[64] = "fe80::1";
	uint8_t address[16] = {0};
	unsigned index = 99;

	memcpy(text + 7, scopes[_i].scope, strlen(scopes[_i].scope) + 1);

	ck_assert(lvn_inet_scope_read_6(text, address, &index));

	ck_assert_uint_eq(index, scopes[_i].index);
	ck_assert_mem_eq(address, link_local, sizeof(address));
}

TEST(lvn_inet_scope_read_6__unknown_interface)
{
	static const char *const texts[] = {"fe80::1%no-such-if", "fe80::1%1x", "fe80::1%0x1",
	    "fe80::1%lo%lo", "fe80::1% ", "fe80::1%+"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t address[16] = {0};
		unsigned index = 99;

		ck_assert(!lvn_inet_scope_read_6(texts[i], address, &index));
		ck_assert_uint_eq(index, 0);
		ck_assert_uint_eq(address[0], 0);
	}
}

TEST(lvn_inet_scope_read_6__wrong_address)
{
	uint8_t address[16];
	unsigned index = 99;

	ck_assert(!lvn_inet_scope_read_6("1.2.3.4%lo", address, &index));
	ck_assert_uint_eq(index, 1);
	ck_assert(!lvn_inet_scope_read_6("%lo", address, &index));
	ck_assert(!lvn_inet_scope_read_6("", address, &index));
	ck_assert_uint_eq(index, 0);
}
