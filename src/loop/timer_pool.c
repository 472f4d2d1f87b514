/* SPDX-License-Identifier: BSD-3-Clause */
#include "loop/timer_pool.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

/* So many are kept for good: small loads that come and go should not allocate. */
#define KEPT 8
/* So many are freed at once: it takes about 10 microseconds. */
#define FREED_AT_ONCE 256

void
lvn_timer_pool_init(struct timer_pool *pool, size_t block_size)
{
	*pool = (struct timer_pool){.block_size = block_size};
}

static void
free_blocks(struct timer_pool *pool, size_t count)
{
	while (count-- > 0)
		lvn_free(lvn_timer_pool_take(pool));
}

void
lvn_timer_pool_clear(struct timer_pool *pool)
{
	free_blocks(pool, pool->spare);
	pool->least_spare = 0;
}

int
lvn_timer_pool_reserve(struct timer_pool *pool, size_t count)
{
	while (pool->spare < count) {
		void *block = lvn_alloc(pool->block_size);

		if (!block)
			return -ENOMEM;
		lvn_timer_pool_put(pool, block);
	}
	return 0;
}

void *
lvn_timer_pool_take(struct timer_pool *pool)
{
	void *block = pool->first;

	memcpy(&pool->first, block, sizeof(pool->first));
	pool->spare--;
	if (pool->spare < pool->least_spare)
		pool->least_spare = pool->spare;
	return block;
}

void
lvn_timer_pool_put(struct timer_pool *pool, void *block)
{
	memcpy(block, &pool->first, sizeof(pool->first));
	pool->first = block;
	pool->spare++;
}

void
lvn_timer_pool_trim(struct timer_pool *pool)
{
	size_t unused = pool->least_spare;

	if (unused > KEPT) {
		size_t count = (unused - KEPT + 1) / 2;

		free_blocks(pool, count < FREED_AT_ONCE ? count : FREED_AT_ONCE);
	}
	pool->least_spare = pool->spare;
}
