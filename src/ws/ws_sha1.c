/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_sha1.h"

#include <string.h>

enum { BLOCK = 64, LENGTH = 8, WORDS = 5, ROUNDS = 80 };

static uint32_t
rotate(uint32_t word, unsigned by)
{
	return word << by | word >> (32 - by);
}

/* The function and the constant of a round: FIPS 180-4, 4.1.1 and 4.2.1. */
static uint32_t
mix(unsigned round, const uint32_t w[WORDS])
{
	uint32_t b = w[1], c = w[2], d = w[3];

	if (round < 20)
		return ((b & c) ^ (~b & d)) + 0x5a827999;
	if (round < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (round < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void
prepare(uint32_t schedule[ROUNDS], const uint8_t block[BLOCK])
{
	for (unsigned i = 0; i < 16; i++)
		schedule[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
			      (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (unsigned i = 16; i < ROUNDS; i++)
		schedule[i] = rotate(
		    schedule[i - 3] ^ schedule[i - 8] ^ schedule[i - 14] ^ schedule[i - 16], 1);
}

static void
add_block(uint32_t hash[WORDS], const uint8_t block[BLOCK])
{
	uint32_t schedule[ROUNDS], w[WORDS];

	prepare(schedule, block);
	memcpy(w, hash, sizeof(w));
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t next = rotate(w[0], 5) + mix(i, w) + w[4] + schedule[i];

		w[4] = w[3];
		w[3] = w[2];
		w[2] = rotate(w[1], 30);
		w[1] = w[0];
		w[0] = next;
	}
	for (unsigned i = 0; i < WORDS; i++)
		hash[i] += w[i];
}

/* What is left of the data, a bit, and the length: in one block or two. */
static void
add_end(uint32_t hash[WORDS], const uint8_t *rest, size_t left, uint64_t size)
{
	uint8_t blocks[2 * BLOCK] = {0};
	size_t end = left + 1 + LENGTH > BLOCK ? 2 * BLOCK : BLOCK;

	if (left > 0)
		memcpy(blocks, rest, left);
	blocks[left] = 0x80;
	for (unsigned i = 0; i < LENGTH; i++)
		blocks[end - 1 - i] = (uint8_t)(size * 8 >> (8 * i));
	add_block(hash, blocks);
	if (end > BLOCK)
		add_block(hash, blocks + BLOCK);
}

void
lvn_ws_sha1(uint8_t digest_out[LVN_WS_SHA1_SIZE], const void *data, size_t size)
{
	uint32_t hash[WORDS] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	const uint8_t *at = data;
	size_t left = size;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		add_block(hash, at);
	add_end(hash, at, left, size);
	for (unsigned i = 0; i < LVN_WS_SHA1_SIZE; i++)
		digest_out[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}
