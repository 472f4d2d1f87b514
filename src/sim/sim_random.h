/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chance from a seed: the same seed gives the same numbers on every machine
 * (xoshiro256**, its state filled by splitmix64).  Not for secrets.
 */
#ifndef LVN_SIM_SIM_RANDOM_H
#define LVN_SIM_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Invariant: not all of state is 0. */
struct sim_random {
	uint64_t state[4];
};

void lvn_sim_random_init(struct sim_random *random, uint64_t seed);

uint64_t lvn_sim_random_next(struct sim_random *random);

/* 0 ... bound - 1, each equally likely.  bound must not be 0. */
uint64_t lvn_sim_random_below(struct sim_random *random, uint64_t bound);

/* low ... high, both possible, each equally likely.  low must not be above high. */
int64_t lvn_sim_random_between(struct sim_random *random, int64_t low, int64_t high);

/* True `permille` times in a thousand.  0 draws no number: what never happens costs nothing. */
bool lvn_sim_random_chance(struct sim_random *random, unsigned permille);

#endif
