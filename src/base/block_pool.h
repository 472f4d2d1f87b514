/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pool of memory blocks for each thread.  A block that is put into the pool is taken from
 * there when the thread next needs one of that size.  A pool is bounded, and is emptied when
 * its thread ends or when its loop has had nothing to do for a while.
 *
 * Nothing is kept where the application gave its own functions for memory, and where
 * allocations are made to fail.  The address sanitizer sees a block in the pool as poisoned.
 */
#ifndef LVN_BASE_BLOCK_POOL_H
#define LVN_BASE_BLOCK_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Slot n is for blocks of LVN_BLOCK_MIN << n bytes. */
#define LVN_BLOCK_SLOTS 8
#define LVN_BLOCK_MIN   ((size_t)1024)
#define LVN_BLOCK_MAX   (LVN_BLOCK_MIN << (LVN_BLOCK_SLOTS - 1))

/* Returns the slot for blocks of at least `size` bytes, which is at most LVN_BLOCK_MAX. */
LVN_HOT_INLINE unsigned
lvn_block_slot(size_t size)
{
	return lvn_bit_width((size - 1) / LVN_BLOCK_MIN);
}

/*
 * Takes a block out of the calling thread's pool, with the content that it had but for a
 * pointer at its beginning.  Returns NULL if there is none.
 */
void *lvn_block_take(unsigned slot);

/* Puts a block from lvn_alloc into the calling thread's pool; frees it if that is full. */
void lvn_block_put(void *block, unsigned slot);

/* Whether the calling thread's pool is empty. */
bool lvn_block_pool_is_empty(void);

/* Frees the blocks in the calling thread's pool. */
void lvn_block_pool_clear(void);

#endif
