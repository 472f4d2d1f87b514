/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Choices of a random program in a simulated world: from the fuzzer's bytes, and from the seed of
 * the simulation once they are used up.
 */
#ifndef LEVIN_TESTS_FUZZ_SIM_CHOICES_H
#define LEVIN_TESTS_FUZZ_SIM_CHOICES_H

#include <levin/sim.h>
#include <stddef.h>

#include "fuzz/choices.h"

/* 0 ... bound - 1. */
static inline size_t
choose_in(struct levin_sim *sim, struct choices *choices, size_t bound)
{
	size_t value = 0;

	if (choices->left == 0)
		return (size_t)levin_sim_random(sim, bound);
	for (size_t most = bound - 1; most > 0; most >>= 8)
		value = value << 8 | choose(choices, 256);
	return value % bound;
}

#endif
