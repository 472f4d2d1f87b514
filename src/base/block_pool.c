/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/block_pool.h"

#include <pthread.h>

#include "base/compiler.h"
#include "base/memory.h"
#include "base/platform.h"

#if LVN_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(block, size)   ((void)(block), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(block, size) ((void)(block), (void)(size))
#endif

/* So many bytes are kept in each slot, and one block at least. */
#define MOST_IN_SLOT ((size_t)32 * 1024)

/*
 * More of the blocks of bulk data, of which a buffer has several: without them the allocator
 * would give a megabyte back to the system, and get it anew, each time that much goes through.
 */
#define BULK_SLOT    5
#define MOST_OF_BULK ((size_t)1024 * 1024)

/*
 * Invariants:
 *   1. the blocks of a slot are linked from first[slot], by a pointer at their beginning
 *   2. blocks_left[slot] more may be put there; 0 for all while not is_registered
 *   3. a block is in the pool only if libc made it
 */
struct block_pool {
	void *first[LVN_BLOCK_SLOTS];
	unsigned char blocks_left[LVN_BLOCK_SLOTS];
	unsigned blocks;
	bool is_registered; /* thread_ends will be called */
};

static LVN_THREAD_LOCAL struct block_pool pool LVN_TLS_INITIAL_EXEC;

static pthread_key_t at_exit;
static bool at_exit_works;

static size_t
size_of_slot(unsigned slot)
{
	return LVN_BLOCK_MIN << slot;
}

/* All but the link, which the leak checker has to follow. */
static void
poison(void **block, unsigned slot)
{
	ASAN_POISON_MEMORY_REGION(block + 1, size_of_slot(slot) - sizeof(*block));
}

static void
unpoison(void **block, unsigned slot)
{
	ASAN_UNPOISON_MEMORY_REGION(block + 1, size_of_slot(slot) - sizeof(*block));
}

static void *
take(unsigned slot)
{
	void *block = pool.first[slot];

	unpoison(block, slot);
	pool.first[slot] = *(void **)block;
	pool.blocks_left[slot]++;
	pool.blocks--;
	return block;
}

/* Destructors that run later may put blocks here: the thread is registered again then. */
static void
thread_ends(void *unused)
{
	(void)unused;
	lvn_block_pool_clear();
	pool = (struct block_pool){.is_registered = false};
}

/* Not at the first use: a child forked meanwhile would find it half done. */
LVN_AT_LOAD void
create_key(void)
{
	at_exit_works = pthread_key_create(&at_exit, thread_ends) == 0;
}

static bool
register_thread(void)
{
	if (!at_exit_works || pthread_setspecific(at_exit, &pool) != 0)
		return false;
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++) {
		size_t bytes = slot == BULK_SLOT ? MOST_OF_BULK : MOST_IN_SLOT;
		size_t most = bytes / size_of_slot(slot);

		pool.blocks_left[slot] = (unsigned char)(most > 0 ? most : 1);
	}
	pool.is_registered = true;
	return true;
}

/* Whether one more block may be put there, once the thread is registered. */
static bool
make_place(unsigned slot)
{
	return lvn_memory_is_plain && (pool.is_registered || register_thread()) &&
	       pool.blocks_left[slot] > 0;
}

void *
lvn_block_take(unsigned slot)
{
	if (!pool.first[slot] || LVN_UNLIKELY(!lvn_memory_is_plain))
		return NULL;
	return take(slot);
}

void
lvn_block_put(void *block, unsigned slot)
{
	if (LVN_UNLIKELY(!lvn_memory_is_plain || pool.blocks_left[slot] == 0) &&
	    !make_place(slot)) {
		lvn_free(block);
		return;
	}
	*(void **)block = pool.first[slot];
	pool.first[slot] = block;
	pool.blocks_left[slot]--;
	pool.blocks++;
	poison(block, slot);
}

bool
lvn_block_pool_is_empty(void)
{
	return pool.blocks == 0;
}

void
lvn_block_pool_clear(void)
{
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++)
		while (pool.first[slot])
			lvn_free_libc(take(slot));
}
