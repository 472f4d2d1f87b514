/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/address_families.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>

#include "base/sockaddr.h"
#include "support/suite.h"

static unsigned
families_of(const char *text)
{
	union inet_sockaddr address = {.any = {.sa_family = AF_INET6}};

	if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) != 1) {
		address = (union inet_sockaddr){.any = {.sa_family = AF_INET}};
		ck_assert_int_eq(inet_pton(AF_INET, text, &address.v4.sin_addr), 1);
	}
	return lvn_address_families_of(&address.any);
}

TEST(lvn_address_families_of__loopback_and_links_do_not_count)
{
	static const struct {
		const char *address;
		unsigned families;
	} cases[] = {
	    {"10.0.0.1", ADDRESS_FAMILY_4},
	    {"192.0.2.1", ADDRESS_FAMILY_4},
	    {"169.253.0.1", ADDRESS_FAMILY_4},
	    {"169.254.0.1", 0},
	    {"127.0.0.1", 0},
	    {"127.255.255.255", 0},
	    {"0.0.0.0", 0},
	    {"2001:db8::1", ADDRESS_FAMILY_6},
	    {"fd00::1", ADDRESS_FAMILY_6},
	    {"fe80::1", 0},
	    {"::1", 0},
	    {"::", 0},
	    {"ff02::1", 0},
	};
	struct sockaddr other = {.sa_family = AF_UNIX};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(families_of(cases[i].address), cases[i].families);
	ck_assert_uint_eq(lvn_address_families_of(&other), 0);
}

TEST(lvn_address_families_find__never_none)
{
	ck_assert_uint_ne(lvn_address_families_find(NULL), 0);
	/* Whatever the simulated world is. */
	ck_assert_uint_eq(
	    lvn_address_families_find((struct io_world *)(uintptr_t)1), ADDRESS_FAMILY_ALL);
}
