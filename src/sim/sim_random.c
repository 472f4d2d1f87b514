/* SPDX-License-Identifier: BSD-3-Clause */
#include "sim/sim_random.h"

static uint64_t
splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t
rotate_left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

void
lvn_sim_random_init(struct sim_random *random, uint64_t seed)
{
	/* Four numbers of splitmix64 in a row are never all 0. */
	for (int i = 0; i < 4; i++)
		random->state[i] = splitmix64(&seed);
}

uint64_t
lvn_sim_random_next(struct sim_random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t
lvn_sim_random_below(struct sim_random *random, uint64_t bound)
{
	/* Numbers below 2^64 mod bound would make the small remainders likelier: draw again. */
	uint64_t unfair = (0 - bound) % bound;
	uint64_t number;

	do
		number = lvn_sim_random_next(random);
	while (number < unfair);
	return number % bound;
}

int64_t
lvn_sim_random_between(struct sim_random *random, int64_t low, int64_t high)
{
	uint64_t width = (uint64_t)high - (uint64_t)low;

	if (width == UINT64_MAX)
		return (int64_t)lvn_sim_random_next(random);
	if (width == 0)
		return low;
	return (int64_t)((uint64_t)low + lvn_sim_random_below(random, width + 1));
}

bool
lvn_sim_random_chance(struct sim_random *random, unsigned permille)
{
	return permille > 0 && lvn_sim_random_below(random, 1000) < permille;
}
