/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks of memory whose sizes are powers of two, kept by the thread that frees them for
 * its next allocation of that size: a few of each, and none when the thread ends.
 *
 * Keeps nothing where allocations are made to fail, and where a sanitizer wants to see
 * each block freed.
 */
#ifndef LVN_BASE_BLOCK_POOL_H
#define LVN_BASE_BLOCK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/memory.h"

/* Slot n is for blocks of LVN_BLOCK_MIN << n bytes. */
#define LVN_BLOCK_SLOTS 8
#define LVN_BLOCK_MIN   ((size_t)1024)
#define LVN_BLOCK_MAX   (LVN_BLOCK_MIN << (LVN_BLOCK_SLOTS - 1))

/*
 * Invariants:
 *   1. blocks of a slot are linked from first[slot], by their first bytes
 *   2. room[slot] more may be put there; 0 for all until the thread's end is heard of
 */
struct block_pool {
	void *first[LVN_BLOCK_SLOTS];
	uint8_t room[LVN_BLOCK_SLOTS];
};

LVN_HIDDEN extern LVN_THREAD_LOCAL struct block_pool lvn_block_pool
#if defined(__GNUC__) && defined(__PIC__)
    __attribute__((tls_model("initial-exec")))
#endif
    ;

/* The slot for blocks of at least `size` bytes, which is at most LVN_BLOCK_MAX. */
LVN_HOT_INLINE unsigned
lvn_block_slot(size_t size)
{
	unsigned slot = 0;

	while (size > LVN_BLOCK_MIN << slot)
		slot++;
	return slot;
}

LVN_NODISCARD void *lvn_block_take_slowly(unsigned slot);
void lvn_block_put_slowly(void *block, unsigned slot);

/* Not zeroed.  NULL if memory is short. */
LVN_HOT_INLINE void *
lvn_block_take(unsigned slot)
{
	struct block_pool *pool = &lvn_block_pool;
	void **block = (void **)pool->first[slot];

	if (LVN_UNLIKELY(!block || lvn_memory_is_faulty))
		return lvn_block_take_slowly(slot);
	pool->first[slot] = *block;
	pool->room[slot]++;
	return block;
}

LVN_HOT_INLINE void
lvn_block_put(void *block, unsigned slot)
{
	struct block_pool *pool = &lvn_block_pool;

	if (LVN_UNLIKELY(pool->room[slot] == 0 || lvn_memory_is_faulty)) {
		lvn_block_put_slowly(block, slot);
		return;
	}
	*(void **)block = pool->first[slot];
	pool->first[slot] = block;
	pool->room[slot]--;
}

/* Gives back what the calling thread keeps. */
void lvn_block_pool_clear(void);

#endif
