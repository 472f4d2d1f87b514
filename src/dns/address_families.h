/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which families of addresses this host has, for AI_ADDRCONFIG (RFC 3493 6.1): those of an
 * interface that are neither of loopback nor of a link alone.
 */
#ifndef LVN_DNS_ADDRESS_FAMILIES_H
#define LVN_DNS_ADDRESS_FAMILIES_H

#include <stdbool.h>

struct io_world;
struct sockaddr;

enum address_family_bits {
	ADDRESS_FAMILY_4 = 1,
	ADDRESS_FAMILY_6 = 2,
	ADDRESS_FAMILY_ALL = 3,
};

/*
 * Both where it cannot be found out, in a simulated world, and where there is neither: then
 * nothing would be reachable, and everything may be asked for.  Looks at all interfaces: keep the
 * result for a while.
 */
unsigned lvn_address_families_find(struct io_world *world);

/* The bit of an address, 0 for one that does not count. */
unsigned lvn_address_families_of(const struct sockaddr *address);

#endif
