/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/bytes.h"

#include <string.h>

#include "base/platform.h"

#if LVN_HAVE_MEMMEM

const void *
lvn_bytes_find(const void *bytes, size_t size, const void *what, size_t what_size)
{
	return memmem(bytes, size, what, what_size);
}

#else

/* Odd, so that no byte of a window is lost from its sum, which is taken modulo 2^64. */
#define RADIX UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
sum_of(const uint8_t *at, size_t size)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = sum * RADIX + at[i];
	return sum;
}

/* Rabin and Karp: windows are compared where their sums are equal. */
const void *
lvn_bytes_find(const void *bytes, size_t size, const void *what, size_t what_size)
{
	const uint8_t *at = bytes;
	uint64_t wanted, sum, highest = 1;

	if (what_size == 0 || what_size > size)
		return what_size == 0 ? bytes : NULL;
	wanted = sum_of(what, what_size);
	sum = sum_of(at, what_size);
	for (size_t i = 1; i < what_size; i++)
		highest *= RADIX;
	for (const uint8_t *last = at + (size - what_size);; at++) {
		if (sum == wanted && memcmp(at, what, what_size) == 0)
			return at;
		if (at == last)
			return NULL;
		sum = (sum - at[0] * highest) * RADIX + at[what_size];
	}
}

#endif
