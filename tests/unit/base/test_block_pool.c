/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/block_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/platform.h"
#include "support/suite.h"

static void *
new_block(unsigned slot)
{
	void *block = lvn_alloc(LVN_BLOCK_MIN << slot);

	ck_assert_ptr_nonnull(block);
	return block;
}

TEST(lvn_block_slot__is_the_smallest_that_is_large_enough)
{
	ck_assert_uint_eq(lvn_block_slot(1), 0);
	ck_assert_uint_eq(lvn_block_slot(1024), 0);
	ck_assert_uint_eq(lvn_block_slot(1025), 1);
	ck_assert_uint_eq(lvn_block_slot(LVN_BLOCK_MAX), LVN_BLOCK_SLOTS - 1);
}

TEST(lvn_block_take__returns_the_block_put_last)
{
	void *one = new_block(2), *other = new_block(2);

	ck_assert_ptr_null(lvn_block_take(2));
	lvn_block_put(one, 2);
	lvn_block_put(other, 2);

	ck_assert_ptr_null(lvn_block_take(3));
	ck_assert_ptr_eq(lvn_block_take(2), other);
	ck_assert_ptr_eq(lvn_block_take(2), one);
	ck_assert_ptr_null(lvn_block_take(2));
	lvn_free(one);
	lvn_free(other);
}

TEST(lvn_block_take__content_is_kept_behind_the_pointer)
{
	unsigned char *block = new_block(0);

	block[sizeof(void *)] = 17;
	block[LVN_BLOCK_MIN - 1] = 18;
	lvn_block_put(block, 0);

	ck_assert_ptr_eq(lvn_block_take(0), block);
	ck_assert_uint_eq(block[sizeof(void *)], 17);
	ck_assert_uint_eq(block[LVN_BLOCK_MIN - 1], 18);
	lvn_free(block);
}

TEST(lvn_block_put__keeps_a_few_of_each_size)
{
	for (unsigned slot = 0; slot < LVN_BLOCK_SLOTS; slot++) {
		size_t kept = 0;
		void *block;

		for (int i = 0; i < 100; i++)
			lvn_block_put(new_block(slot), slot);
		while ((block = lvn_block_take(slot)) != NULL) {
			kept += LVN_BLOCK_MIN << slot;
			lvn_free(block);
		}
		ck_assert_uint_ge(kept, LVN_BLOCK_MIN << slot);
		ck_assert_uint_le(kept, 1048576);
	}
}

TEST(lvn_block_pool_clear__frees_all)
{
	ck_assert(lvn_block_pool_is_empty());
	lvn_block_put(new_block(0), 0);
	lvn_block_put(new_block(7), 7);
	ck_assert(!lvn_block_pool_is_empty());

	lvn_block_pool_clear();

	ck_assert(lvn_block_pool_is_empty());
	ck_assert_ptr_null(lvn_block_take(0));
	ck_assert_ptr_null(lvn_block_take(7));
	lvn_block_put(new_block(0), 0);
	lvn_block_pool_clear();
}

static bool
always(void *unused)
{
	(void)unused;
	return true;
}

TEST(lvn_block_put__keeps_nothing_while_allocations_are_made_to_fail)
{
	void *block = new_block(0);

	lvn_block_put(new_block(0), 0);
	lvn_memory_set_fault(always, NULL);
	lvn_block_put(block, 0);
	ck_assert_ptr_null(lvn_block_take(0));
	lvn_memory_set_fault(NULL, NULL);

	lvn_block_pool_clear();
	ck_assert_ptr_null(lvn_block_take(0));
}

/* ---- The application's memory -------------------------------------------------------- */

/* As of many programs: a header before each block, so that no other block can be freed. */
static int headers;

static void *
alloc_with_header(size_t size)
{
	size_t *block = malloc(size + 16);

	headers++;
	*block = 0x5eed;
	return block + 2;
}

static void
free_with_header(void *block)
{
	size_t *header = (size_t *)block - 2;

	ck_assert_uint_eq(*header, 0x5eed);
	headers--;
	free(header);
}

TEST(lvn_block_put__keeps_nothing_of_the_applications_memory)
{
	lvn_memory_set_functions(alloc_with_header, NULL, free_with_header);
	lvn_block_put(new_block(0), 0);

	ck_assert_ptr_null(lvn_block_take(0));
	ck_assert_int_eq(headers, 0);
}

static void *
keep_set_functions_and_end(void *unused)
{
	lvn_block_put(new_block(0), 0);
	lvn_block_put(new_block(5), 5);
	lvn_memory_set_functions(alloc_with_header, NULL, free_with_header);
	return unused;
}

TEST(lvn_block_pool_clear__frees_what_was_kept_before_functions_were_set)
{
	pthread_t thread;

	lvn_block_put(new_block(0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, keep_set_functions_and_end, NULL), 0);
	pthread_join(thread, NULL);

	ck_assert_ptr_null(lvn_block_take(0));
	lvn_block_put(new_block(0), 0);
	lvn_block_pool_clear();

	ck_assert(lvn_block_pool_is_empty());
	ck_assert_int_eq(headers, 0);
}

/* ---- Threads that end ---------------------------------------------------------------- */

/* The end of a thread as it is seen when all others have heard of it. */
static struct {
	pthread_key_t key;
	int rounds;
	void *kept;
} end;

static void
look_for_what_is_left(void *unused)
{
	if (++end.rounds == 1)
		(void)pthread_setspecific(end.key, unused);
	else
		end.kept = lvn_block_take(7);
}

static void *
put_and_end(void *unused)
{
	lvn_block_put(new_block(7), 7);
	ck_assert_int_eq(pthread_setspecific(end.key, &end), 0);
	return unused;
}

TEST(lvn_block_pool__is_emptied_when_its_thread_ends)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_key_create(&end.key, look_for_what_is_left), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_and_end, NULL), 0);
	pthread_join(thread, NULL);

	ck_assert_int_eq(end.rounds, 2);
	ck_assert_ptr_null(end.kept);
	ck_assert_int_eq(pthread_key_delete(end.key), 0);
}

/* A destructor of the application that runs last uses the pool once more. */
static void
put_at_the_end(void *round)
{
	lvn_block_put(new_block(1), 1);
	if (round == &end.rounds)
		ck_assert_int_eq(pthread_setspecific(end.key, &end), 0);
}

static void *
put_again_and_end(void *unused)
{
	lvn_block_put(new_block(1), 1);
	ck_assert_int_eq(pthread_setspecific(end.key, &end.rounds), 0);
	return unused;
}

TEST(lvn_block_put__in_destructors_of_an_ending_thread)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_key_create(&end.key, put_at_the_end), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, put_again_and_end, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(pthread_key_delete(end.key), 0);
}

#if LVN_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>

TEST(lvn_block_put__block_in_the_pool_is_poisoned_behind_its_link)
{
	char *block = new_block(0);

	lvn_block_put(block, 0);
	ck_assert_int_eq(__asan_address_is_poisoned(block + sizeof(void *)), 1);
	ck_assert_int_eq(__asan_address_is_poisoned(block + LVN_BLOCK_MIN - 1), 1);

	ck_assert_ptr_eq(lvn_block_take(0), block);
	ck_assert_ptr_null(__asan_region_is_poisoned(block, LVN_BLOCK_MIN));
	lvn_free(block);
}
#endif
