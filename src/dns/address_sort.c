/* SPDX-License-Identifier: BSD-3-Clause */
#include "dns/address_sort.h"

#include <stdint.h>
#include <string.h>

#include "base/private.h"

#define BYTES 16

/* RFC 6724 3.1: the numbers are those of RFC 4291 2.7. */
enum scope { LINK_LOCAL = 0x2, SITE_LOCAL = 0x5, GLOBAL = 0xe };

/* Of an address, the rest is the number of the interface: how much counts for rule 9. */
#define NETWORK_BITS 64

/* RFC 6724 2.1, the longest prefix first. */
static const struct policy {
	uint8_t prefix[BYTES];
	unsigned bits;
	uint8_t precedence;
	uint8_t label;
} policies[] = {
    {{[15] = 1}, 128, 50, 0},         /* ::1 */
    {{[10] = 0xff, 0xff}, 96, 35, 4}, /* ::ffff:0:0/96, which is IPv4 */
    {{0}, 96, 1, 3},                  /* ::/96 */
    {{0x20, 0x01}, 32, 5, 5},         /* 2001::/32, Teredo */
    {{0x20, 0x02}, 16, 30, 2},        /* 2002::/16, 6to4 */
    {{0x3f, 0xfe}, 16, 1, 12},        /* 3ffe::/16 */
    {{0xfe, 0xc0}, 10, 1, 11},        /* fec0::/10 */
    {{0xfc}, 7, 3, 13},               /* fc00::/7 */
    {{0}, 0, 40, 1},                  /* ::/0 */
};

/* An address as the rules see it: IPv4 is mapped. */
struct view {
	uint8_t bytes[BYTES];
	enum scope scope;
	const struct policy *policy;
};

struct candidate {
	union inet_sockaddr address;
	struct view destination;
	struct view source;
	bool has_source; /* else it cannot be reached */
	bool is_v6;
};

static unsigned
common_bits(const uint8_t left[BYTES], const uint8_t right[BYTES])
{
	unsigned bits = 0;

	while (bits < 8 * BYTES && ((left[bits / 8] ^ right[bits / 8]) & (0x80 >> bits % 8)) == 0)
		bits++;
	return bits;
}

static const struct policy *
find_policy(const uint8_t bytes[BYTES])
{
	const struct policy *policy = policies;

	while (common_bits(bytes, policy->prefix) < policy->bits)
		policy++;
	return policy;
}

static enum scope
scope_of_4(const uint8_t address[4])
{
	bool is_local = address[0] == 127 || (address[0] == 169 && address[1] == 254);

	return is_local ? LINK_LOCAL : GLOBAL;
}

static enum scope
scope_of_6(const uint8_t address[BYTES])
{
	static const uint8_t loopback[BYTES] = {[15] = 1};

	if (address[0] == 0xff)
		return (enum scope)(address[1] & 0x0f);
	if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80)
		return LINK_LOCAL;
	if (address[0] == 0xfe && (address[1] & 0xc0) == 0xc0)
		return SITE_LOCAL;
	return memcmp(address, loopback, BYTES) == 0 ? LINK_LOCAL : GLOBAL;
}

static void
view_address(const union inet_sockaddr *address, struct view *view)
{
	if (address->any.sa_family == AF_INET6) {
		memcpy(view->bytes, &address->v6.sin6_addr, BYTES);
		view->scope = scope_of_6(view->bytes);
	} else {
		memset(view->bytes, 0, BYTES);
		view->bytes[10] = view->bytes[11] = 0xff;
		memcpy(view->bytes + 12, &address->v4.sin_addr, 4);
		view->scope = scope_of_4(view->bytes + 12);
	}
	view->policy = find_policy(view->bytes);
}

/* 1 for the left one, -1 for the right one, 0 for neither. */
static int
prefer(bool left, bool right)
{
	return (int)left - (int)right;
}

static int
near(const struct candidate *candidate)
{
	unsigned bits = common_bits(candidate->destination.bytes, candidate->source.bytes);

	return (int)(bits < NETWORK_BITS ? bits : NETWORK_BITS);
}

/*
 * RFC 6724 6, by its rules.  Whether an address is deprecated, a home address or behind a
 * tunnel (3, 4, 7) is not known.
 */
static int
compare(const struct candidate *left, const struct candidate *right)
{
	const struct view *a = &left->destination;
	const struct view *b = &right->destination;
	int order = prefer(left->has_source, right->has_source); /* 1 */

	if (order == 0 && left->has_source) {
		order =
		    prefer(a->scope == left->source.scope, b->scope == right->source.scope); /* 2 */
		if (order == 0)
			order = prefer(a->policy->label == left->source.policy->label,
			    b->policy->label == right->source.policy->label); /* 5 */
	}
	if (order == 0)
		order = (int)a->policy->precedence - (int)b->policy->precedence; /* 6 */
	if (order == 0)
		order = (int)b->scope - (int)a->scope; /* 8 */
	if (order == 0 && left->has_source && left->is_v6 && right->is_v6)
		order = near(left) - near(right); /* 9 */
	return order;
}

static void
insert(struct candidate *candidates, size_t count, const struct candidate *candidate)
{
	while (count > 0 && compare(candidate, &candidates[count - 1]) > 0) {
		candidates[count] = candidates[count - 1];
		count--;
	}
	candidates[count] = *candidate;
}

void
lvn_address_sort_by(
    address_source_fn *find_source, void *context, union inet_sockaddr *addresses, size_t count)
{
	struct candidate candidates[LVN_ADDRESS_SORT_MAX];
	size_t sorted = count < LVN_ADDRESS_SORT_MAX ? count : LVN_ADDRESS_SORT_MAX;

	if (sorted < 2)
		return;
	for (size_t i = 0; i < sorted; i++) {
		struct candidate candidate = {.address = addresses[i]};
		union inet_sockaddr source;

		candidate.is_v6 = addresses[i].any.sa_family == AF_INET6;
		view_address(&addresses[i], &candidate.destination);
		candidate.has_source = find_source(context, &addresses[i], &source);
		if (candidate.has_source)
			view_address(&source, &candidate.source);
		insert(candidates, i, &candidate);
	}
	for (size_t i = 0; i < sorted; i++)
		addresses[i] = candidates[i].address;
}

/* ---- The kernel's choice ------------------------------------------------------------ */

/* A datagram socket is not connected to port 0 everywhere. */
static unsigned
set_some_port(union inet_sockaddr *address)
{
	if (address->any.sa_family == AF_INET6) {
		address->v6.sin6_port = htons(53);
		return sizeof(address->v6);
	}
	address->v4.sin_port = htons(53);
	return sizeof(address->v4);
}

static bool
ask_kernel(void *world, const union inet_sockaddr *destination, union inet_sockaddr *source_out)
{
	union inet_sockaddr peer = *destination;
	unsigned peer_size = set_some_port(&peer);
	unsigned size = sizeof(*source_out);
	int fd = lvn_io_socket(world, destination->any.sa_family, SOCK_DGRAM, 0, 0);
	bool found;

	if (fd < 0)
		return false;
	found = lvn_io_connect(fd, &peer.any, peer_size) == 0 &&
		lvn_io_getsockname(fd, &source_out->any, &size) == 0;
	lvn_io_close(fd);
	return found;
}

void
lvn_address_sort(struct io_world *world, union inet_sockaddr *addresses, size_t count)
{
	lvn_address_sort_by(ask_kernel, world, addresses, count);
}
