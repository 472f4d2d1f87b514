/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/block_pool.h"

#include <pthread.h>

#include "base/platform.h"

/* So many bytes are kept in each slot, and one block at least. */
#define KEPT_IN_SLOT ((size_t)32 * 1024)

LVN_THREAD_LOCAL struct block_pool lvn_block_pool;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool at_exit_works;

/* Whether the end of the calling thread will be heard of. */
static LVN_THREAD_LOCAL bool is_registered;

static void
free_kept(void)
{
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++) {
		void *block;

		while ((block = lvn_block_pool.first[slot]) != NULL) {
			lvn_block_pool.first[slot] = *(void **)block;
			lvn_block_pool.room[slot]++;
			lvn_free(block);
		}
	}
}

/* Others may put blocks here after this: they register once more. */
static void
thread_ends(void *unused)
{
	(void)unused;
	free_kept();
	memset(lvn_block_pool.room, 0, sizeof(lvn_block_pool.room));
	memset(lvn_block_pool.bounds, 0, sizeof(lvn_block_pool.bounds));
	is_registered = false;
}

static void
set_up(void)
{
	at_exit_works = pthread_key_create(&at_exit, thread_ends) == 0;
}

static bool
register_thread(void)
{
	if (LVN_ADDRESS_SANITIZER)
		return false;
	pthread_once(&once, set_up);
	if (!at_exit_works || pthread_setspecific(at_exit, &lvn_block_pool) != 0)
		return false;
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++) {
		size_t count = KEPT_IN_SLOT / (LVN_BLOCK_MIN << slot);

		lvn_block_pool.bounds[slot] = (uint8_t)(count > 0 ? count : 1);
	}
	memcpy(lvn_block_pool.room, lvn_block_pool.bounds, sizeof(lvn_block_pool.room));
	is_registered = true;
	return true;
}

void
lvn_block_put_slowly(void *block, unsigned slot)
{
	if (lvn_memory_keeps_nothing || is_registered || !register_thread())
		lvn_free(block);
	else
		(void)lvn_block_keep(block, slot);
}

void
lvn_block_pool_clear(void)
{
	free_kept();
}
