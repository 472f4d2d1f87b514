/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers that look random and are the same in every run, so that every engine
 * is given the same work (xorshift64*).
 */
#ifndef BENCH_SUPPORT_RANDOM_H
#define BENCH_SUPPORT_RANDOM_H

#include <stdint.h>

struct random_source {
	uint64_t state; /* never 0 */
};

static inline uint64_t
random_next(struct random_source *source)
{
	uint64_t x = source->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	source->state = x;
	return x * UINT64_C(2685821657736338717);
}

/* A number from 0 to limit - 1. */
static inline uint64_t
random_below(struct random_source *source, uint64_t limit)
{
	return (random_next(source) >> 16) % limit;
}

#endif
