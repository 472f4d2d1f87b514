/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/dns_special.h"

#include <stddef.h>

#include "base/compiler.h"
#include "dns/dns_name.h"

static const struct {
	struct dns_name zone;
	enum dns_special special;
} zones[] = {
    {{11, "\11localhost"}, DNS_LOOPBACK}, /* RFC 6761 6.3 */
    {{9, "\7invalid"}, DNS_NONEXISTENT},  /* RFC 6761 6.4 */
    {{7, "\5onion"}, DNS_NONEXISTENT},    /* RFC 7686 2 */
};

enum dns_special
lvn_dns_special_of(const struct dns_name *name)
{
	for (size_t i = 0; i < LVN_COUNT_OF(zones); i++) {
		if (lvn_dns_name_is_below(name, &zones[i].zone))
			return zones[i].special;
	}
	return DNS_ORDINARY;
}
