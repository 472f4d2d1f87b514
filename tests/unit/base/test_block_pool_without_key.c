/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where no function runs at the end of a thread, blocks are freed at once: nobody would free
 * them later.  pthread_key_create fails here, but for the libraries of the sanitizers, which
 * have keys of their own.
 */
#include <errno.h>
#include <pthread.h>

#include "base/block_pool.h"
#include "base/memory.h"
#include "base/platform.h"
#include "support/suite.h"

#define HAS_KEYS (LVN_THREAD_SANITIZER || LVN_ADDRESS_SANITIZER)

#if !HAS_KEYS

int
pthread_key_create(pthread_key_t *key, void (*destroy)(void *))
{
	(void)key;
	(void)destroy;
	return EAGAIN;
}

#endif

TEST(lvn_block_put__frees_the_block_if_no_end_of_thread_is_told)
{
	void *block = lvn_alloc(LVN_BLOCK_MIN);
	void *taken;

	ck_assert_ptr_nonnull(block);
	lvn_block_put(block, 0);
	taken = lvn_block_take(0);
	ck_assert_ptr_eq(taken, HAS_KEYS ? block : NULL);
	lvn_free(taken);
}
