/* SPDX-License-Identifier: BSD-3-Clause */
/* Random bytes: what can be said of them without knowing them. */
#include "kit.h"

enum { SIZE = 4096, GUARD = 16 };

static void
fill(size_t size)
{
	static unsigned char first[SIZE + GUARD], second[SIZE + GUARD];
	unsigned seen[256] = {0};
	int different = 0, beyond = 0;

	memset(first, 0xaa, sizeof(first));
	evutil_secure_rng_get_bytes(first, size);
	evutil_secure_rng_get_bytes(second, size);
	for (size_t i = 0; i < size; i++)
		different += !seen[first[i]]++;
	for (size_t i = size; i < sizeof(first); i++)
		beyond += first[i] != 0xaa;
	say("%d bytes: twice the same %d, beyond the end %d", (int)size,
	    size >= 16 && !memcmp(first, second, size), beyond);
	if (size == SIZE)
		say("    every value occurs: %d", different == 256);
}

int
main(void)
{
	static const size_t sizes[] = {0, 1, 16, 255, 256, 257, 1024, SIZE};

	say("init: %d, again: %d", evutil_secure_rng_init(), evutil_secure_rng_init());
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		fill(sizes[i]);
	evutil_secure_rng_add_bytes("entropy", 7);
	evutil_secure_rng_add_bytes("", 0);
	fill(SIZE);
	return 0;
}
