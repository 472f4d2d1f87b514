/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks of memory whose sizes are powers of two, kept by the thread that gives them up for
 * when it needs one of that size: a few of each, and none when the thread ends or its loop has
 * had nothing to do for a while.
 *
 * Keeps nothing where the application gave its own functions for memory, where allocations
 * are made to fail, and where a sanitizer wants to see each block freed.
 */
#ifndef LVN_BASE_BLOCK_POOL_H
#define LVN_BASE_BLOCK_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/memory.h"

/* Slot n is for blocks of LVN_BLOCK_MIN << n bytes. */
#define LVN_BLOCK_SLOTS 8
#define LVN_BLOCK_MIN   ((size_t)1024)
#define LVN_BLOCK_MAX   (LVN_BLOCK_MIN << (LVN_BLOCK_SLOTS - 1))

/*
 * Invariants:
 *   1. blocks of a slot are linked from first[slot], by a pointer at their beginning
 *   2. room[slot] more may be put there; 0 for all until the thread's end is heard of
 *   3. bounds[slot] is room[slot] plus how many are there
 */
struct block_pool {
	void *first[LVN_BLOCK_SLOTS];
	uint8_t room[LVN_BLOCK_SLOTS];
	uint8_t bounds[LVN_BLOCK_SLOTS];
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

void lvn_block_put_slowly(void *block, unsigned slot);

/* A block that was kept, which is as it was but for the link; NULL if there is none. */
LVN_HOT_INLINE void *
lvn_block_take(unsigned slot)
{
	struct block_pool *pool = &lvn_block_pool;
	void **block = (void **)pool->first[slot];

	if (LVN_UNLIKELY(!block || lvn_memory_keeps_nothing))
		return (void *)0;
	pool->first[slot] = *block;
	pool->room[slot]++;
	return block;
}

/* False if it cannot be kept without asking further. */
LVN_HOT_INLINE bool
lvn_block_keep(void *block, unsigned slot)
{
	struct block_pool *pool = &lvn_block_pool;

	if (LVN_UNLIKELY(pool->room[slot] == 0 || lvn_memory_keeps_nothing))
		return false;
	*(void **)block = pool->first[slot];
	pool->first[slot] = block;
	pool->room[slot]--;
	return true;
}

/* Keeps it or gives it back. */
LVN_HOT_INLINE void
lvn_block_put(void *block, unsigned slot)
{
	if (!lvn_block_keep(block, slot))
		lvn_block_put_slowly(block, slot);
}

/* Whether the calling thread keeps none. */
LVN_HOT_INLINE bool
lvn_block_pool_is_empty(void)
{
	const struct block_pool *pool = &lvn_block_pool;

	return memcmp(pool->room, pool->bounds, sizeof(pool->room)) == 0;
}

/* Gives back what the calling thread keeps. */
void lvn_block_pool_clear(void);

#endif
