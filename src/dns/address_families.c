/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/address_families.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/platform.h"
#include "base/sockaddr.h"

#if LVN_HAVE_GETIFADDRS
#include <ifaddrs.h>
#endif

/* 127.0.0.0/8, 169.254.0.0/16 and 0.0.0.0 */
static bool
counts_4(const struct sockaddr_in *address)
{
	uint32_t number = ntohl(address->sin_addr.s_addr);

	return number >> 24 != 127 && number >> 16 != 0xa9fe && number != 0;
}

static bool
counts_6(const struct sockaddr_in6 *address)
{
	return !IN6_IS_ADDR_LOOPBACK(&address->sin6_addr) &&
	       !IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&address->sin6_addr) &&
	       !IN6_IS_ADDR_MULTICAST(&address->sin6_addr);
}

unsigned
lvn_address_families_of(const struct sockaddr *address)
{
	union inet_sockaddr copy;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&copy.v4, address, sizeof(copy.v4));
		return counts_4(&copy.v4) ? ADDRESS_FAMILY_4 : 0;
	case AF_INET6:
		memcpy(&copy.v6, address, sizeof(copy.v6));
		return counts_6(&copy.v6) ? ADDRESS_FAMILY_6 : 0;
	default:
		return 0;
	}
}

unsigned
lvn_address_families_find(struct io_world *world)
{
	unsigned found = 0;

#if LVN_HAVE_GETIFADDRS
	struct ifaddrs *list;

	if (!world && getifaddrs(&list) == 0) {
		for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
			if (at->ifa_addr)
				found |= lvn_address_families_of(at->ifa_addr);
		}
		freeifaddrs(list);
	}
#else
	(void)world;
#endif
	return found ? found : ADDRESS_FAMILY_ALL;
}
