/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/compiler.h"
#include "dns/dns_special.h"
#include "support/dns_kit.h"
#include "support/suite.h"

static const struct {
	const char *name;
	enum dns_special special;
} names[] = {{"localhost", DNS_LOOPBACK}, {"LocalHost.", DNS_LOOPBACK},
    {"a.b.localhost", DNS_LOOPBACK}, {"localhost.localdomain", DNS_ORDINARY},
    {"mylocalhost", DNS_ORDINARY}, {"invalid", DNS_NONEXISTENT}, {"a.INVALID", DNS_NONEXISTENT},
    {"invalid.a", DNS_ORDINARY}, {"onion", DNS_NONEXISTENT}, {"x.onion", DNS_NONEXISTENT},
    {"onion.example", DNS_ORDINARY}, {"printer.local", DNS_ORDINARY}, {".", DNS_ORDINARY},
    {"example", DNS_ORDINARY}};

TEST_RANGE(lvn_dns_special_of__names, 0, (int)LVN_COUNT_OF(names))
{
	struct dns_name name = name_of(names[_i].name);

	ck_assert_int_eq(lvn_dns_special_of(&name), names[_i].special);
}
