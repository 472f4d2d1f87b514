/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "support/suite.h"

static int allocs, reallocs, frees;

static void *
dirty_alloc(size_t size)
{
	void *block = malloc(size);

	allocs++;
	return block ? memset(block, 0xa5, size) : NULL;
}

static void *
counted_realloc(void *block, size_t size)
{
	reallocs++;
	return realloc(block, size);
}

static void
counted_free(void *block)
{
	ck_assert_ptr_nonnull(block);
	frees++;
	free(block);
}

static void *
no_alloc(size_t size)
{
	(void)size;
	return NULL;
}

static void *
no_realloc(void *block, size_t size)
{
	(void)block;
	(void)size;
	return NULL;
}

static void
use_functions(int i)
{
	if (i)
		lvn_memory_set_functions(dirty_alloc, counted_realloc, counted_free);
}

TEST(lvn_free__null_does_not_reach_the_applications_function)
{
	lvn_memory_set_functions(dirty_alloc, counted_realloc, counted_free);

	lvn_free(NULL);
	ck_assert_ptr_null(lvn_realloc(NULL, 0));

	ck_assert_int_eq(frees, 0);
}

TEST_RANGE(lvn_calloc__is_zero, 0, 2)
{
	static const char zeros[100];
	char *block;

	use_functions(_i);
	block = lvn_calloc(10, 10);
	ck_assert_int_eq(memcmp(block, zeros, 100), 0);
	lvn_free(block);
}

TEST_RANGE(lvn_alloc__no_bytes, 0, 2)
{
	use_functions(_i);
	ck_assert_ptr_null(lvn_alloc(0));
	ck_assert_ptr_null(lvn_calloc(0, 8));
	ck_assert_ptr_null(lvn_calloc(8, 0));
	ck_assert_ptr_null(lvn_realloc(lvn_alloc(8), 0));
	lvn_free(NULL);
}

TEST_RANGE(lvn_calloc__overflow, 0, 2)
{
	use_functions(_i);
	errno = 0;
	ck_assert_ptr_null(lvn_calloc(SIZE_MAX / 2, 3));
	ck_assert_int_eq(errno, ENOMEM);
}

TEST_RANGE(lvn_realloc__keeps_the_bytes, 0, 2)
{
	char *block;

	use_functions(_i);
	block = lvn_alloc(4);
	memcpy(block, "abc", 4);
	block = lvn_realloc(block, 4000);
	ck_assert_str_eq(block, "abc");
	lvn_free(block);
	block = lvn_realloc(NULL, 8);
	ck_assert_ptr_nonnull(block);
	lvn_free(block);
}

TEST_RANGE(lvn_strdup__copies, 0, 2)
{
	const char *text = "hello";
	char *copy;

	use_functions(_i);
	copy = lvn_strdup(text);
	ck_assert_str_eq(copy, text);
	ck_assert_ptr_ne(copy, text);
	lvn_free(copy);
	errno = 0;
	ck_assert_ptr_null(lvn_strdup(NULL));
	ck_assert_int_eq(errno, EINVAL);
}

TEST(lvn_memory_set_functions__are_called)
{
	void *block;

	use_functions(1);
	block = lvn_realloc(lvn_alloc(1), 2);
	lvn_free(block);
	lvn_free(lvn_calloc(1, 1));
	ck_assert_int_eq(allocs, 2);
	ck_assert_int_eq(reallocs, 1);
	ck_assert_int_eq(frees, 2);

	lvn_memory_set_functions(NULL, NULL, NULL);
	lvn_free(lvn_realloc(lvn_alloc(1), 2));
	ck_assert_int_eq(allocs, 2);
}

TEST(lvn_alloc__out_of_memory)
{
	void *block = lvn_alloc(8);

	lvn_memory_set_functions(no_alloc, no_realloc, free);
	errno = 0;
	ck_assert_ptr_null(lvn_alloc(8));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(lvn_calloc(8, 8));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(lvn_realloc(block, 16));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_ptr_null(lvn_strdup("x"));
	lvn_free(block);
}

static bool
fail_while(void *context)
{
	return *(bool *)context;
}

TEST(lvn_memory_set_fault__allocations_fail)
{
	bool fails = true, other = false;
	void *block = lvn_alloc(1);

	lvn_memory_set_fault(fail_while, &fails);
	ck_assert_ptr_null(lvn_alloc(1));
	ck_assert_ptr_null(lvn_calloc(1, 1));
	ck_assert_ptr_null(lvn_realloc(block, 2));
	lvn_memory_clear_fault(&other);
	ck_assert_ptr_null(lvn_alloc(1));
	fails = false;
	lvn_free(lvn_alloc(1));
	fails = true;
	lvn_memory_clear_fault(&fails);
	block = lvn_realloc(block, 2);
	ck_assert_ptr_nonnull(block);
	lvn_free(block);
}
