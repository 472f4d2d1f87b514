/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a random program takes its choices from: bytes that a fuzzer makes, or a seed.
 */
#ifndef LEVIN_TESTS_FUZZ_CHOICES_H
#define LEVIN_TESTS_FUZZ_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choices {
	const uint8_t *bytes; /* NULL: from the seed */
	size_t left;
	uint64_t state;
};

static inline struct choices
choices_from_bytes(const uint8_t *bytes, size_t size)
{
	return (struct choices){bytes, size, 0};
}

static inline struct choices
choices_from_seed(uint64_t seed)
{
	return (struct choices){NULL, 0, seed};
}

/* 0 ... bound - 1; bound is at most 256.  0 once the bytes are used up. */
static inline unsigned
choose(struct choices *choices, unsigned bound)
{
	uint64_t z;

	if (choices->bytes) {
		if (choices->left == 0)
			return 0;
		choices->left--;
		return *choices->bytes++ % bound;
	}
	z = choices->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) >> 16) % bound;
}

/* Once in `bound` times.  Never once the bytes are used up. */
static inline bool
choose_rarely(struct choices *choices, unsigned bound)
{
	return choose(choices, bound) == 1;
}

#endif
