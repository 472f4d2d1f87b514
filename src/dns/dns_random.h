/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random bytes for ids, ports, letters and cookies: many are taken from the kernel at once, and
 * each is used once.
 */
#ifndef LVN_DNS_DNS_RANDOM_H
#define LVN_DNS_DNS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct io_world;

/* What getrandom fills without being interrupted. */
#define LVN_DNS_RANDOM_CAPACITY 256

/* Zeroed: empty. */
struct dns_random {
	size_t left; /* at the end of `bytes` */
	uint8_t bytes[LVN_DNS_RANDOM_CAPACITY];
};

/* Writes `size` bytes, at most LVN_DNS_RANDOM_CAPACITY.  0, or the -errno of the kernel. */
LVN_NODISCARD int lvn_dns_random_take(
    struct dns_random *random, struct io_world *world, void *data, size_t size);

#endif
