/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/siphash.h"

struct siphash {
	uint64_t v0, v1, v2, v3;
};

/* The lowest byte first.  Of 8 bytes, which compilers read with one load. */
static uint64_t
read_word(const uint8_t *bytes)
{
	return (uint64_t)bytes[7] << 56 | (uint64_t)bytes[6] << 48 | (uint64_t)bytes[5] << 40 |
	       (uint64_t)bytes[4] << 32 | (uint64_t)bytes[3] << 24 | (uint64_t)bytes[2] << 16 |
	       (uint64_t)bytes[1] << 8 | bytes[0];
}

static uint64_t
read_rest(const uint8_t *bytes, size_t size)
{
	uint64_t word = 0;

	while (size > 0)
		word = word << 8 | bytes[--size];
	return word;
}

static uint64_t
rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static void
mix(struct siphash *state, unsigned rounds)
{
	while (rounds-- > 0) {
		state->v0 += state->v1;
		state->v2 += state->v3;
		state->v1 = rotate(state->v1, 13) ^ state->v0;
		state->v3 = rotate(state->v3, 16) ^ state->v2;
		state->v0 = rotate(state->v0, 32) + state->v3;
		state->v2 += state->v1;
		state->v1 = rotate(state->v1, 17) ^ state->v2;
		state->v3 = rotate(state->v3, 21) ^ state->v0;
		state->v2 = rotate(state->v2, 32);
	}
}

static void
take(struct siphash *state, uint64_t word)
{
	state->v3 ^= word;
	mix(state, 2);
	state->v0 ^= word;
}

uint64_t
lvn_siphash(const void *data, size_t size, const uint8_t key[LVN_SIPHASH_KEY_SIZE])
{
	const uint8_t *at = data;
	uint64_t low = read_word(key), high = read_word(key + 8);
	struct siphash state = {
	    low ^ UINT64_C(0x736f6d6570736575),
	    high ^ UINT64_C(0x646f72616e646f6d),
	    low ^ UINT64_C(0x6c7967656e657261),
	    high ^ UINT64_C(0x7465646279746573),
	};
	size_t left;

	for (left = size; left >= 8; left -= 8, at += 8)
		take(&state, read_word(at));
	take(&state, (uint64_t)(size & 0xff) << 56 | read_rest(at, left));
	state.v2 ^= 0xff;
	mix(&state, 4);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}
