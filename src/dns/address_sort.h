/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The order in which the addresses of a host are tried: RFC 6724, with its default policy.
 * Rule 9 (the longest common prefix) is for IPv6 alone: in IPv4 it says nothing about distance.
 */
#ifndef LVN_DNS_ADDRESS_SORT_H
#define LVN_DNS_ADDRESS_SORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sockaddr.h"

struct io_world;

/* As many addresses are sorted; those behind them stay where they are. */
#define LVN_ADDRESS_SORT_MAX 64

/* The local address from which a destination would be reached; false if it cannot be. */
typedef bool address_source_fn(
    void *context, const union inet_sockaddr *destination, union inet_sockaddr *source_out);

/* Sorts the addresses, the best one first; those that are alike stay in their order. */
void lvn_address_sort_by(
    address_source_fn *find_source, void *context, union inet_sockaddr *addresses, size_t count);

/*
 * The same with the source that the kernel chooses for a datagram socket, to which nothing is
 * sent.  Where descriptors are short, the order is worse.
 */
void lvn_address_sort(struct io_world *world, union inet_sockaddr *addresses, size_t count);

#endif
