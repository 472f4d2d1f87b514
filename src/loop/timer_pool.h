/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks of memory of one size, kept for use again.
 *
 * A block is never given back while it may be wanted soon: what trim frees was not used
 * since the trim before.
 */
#ifndef LVN_LOOP_TIMER_POOL_H
#define LVN_LOOP_TIMER_POOL_H

#include <stddef.h>

/*
 * Invariants:
 *   1. `spare` blocks are linked from `first`
 *   2. least_spare is the smallest value of `spare` since the last trim
 */
struct timer_pool {
	void *first;
	size_t block_size; /* at least that of a pointer */
	size_t spare;
	size_t least_spare;
};

void lvn_timer_pool_init(struct timer_pool *pool, size_t block_size);
void lvn_timer_pool_clear(struct timer_pool *pool);

/* So that `count` blocks can be taken.  0 or -ENOMEM. */
int lvn_timer_pool_reserve(struct timer_pool *pool, size_t count);

/* Only what was reserved may be taken. */
void *lvn_timer_pool_take(struct timer_pool *pool);
void lvn_timer_pool_put(struct timer_pool *pool, void *block);

/* Gives back a part of what was not used since the last call. */
void lvn_timer_pool_trim(struct timer_pool *pool);

#endif
