/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of buffers share: buffers in the test's own memory, a look at whether the
 * invariants hold, contents compared, allocations that fail.
 */
#ifndef LEVIN_TESTS_BUFFER_KIT_H
#define LEVIN_TESTS_BUFFER_KIT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/platform.h"
#include "buffer/buffer.h"
#include "buffer/buffer_add.h"
#include "buffer/buffer_take.h"
#include "support/suite.h"

static inline bool
kit_fails_after_some(void *passing)
{
	int *left = (int *)passing;

	return (*left)-- <= 0;
}

/* The next `passing` allocations succeed, those after them fail, until it is called with -1. */
static inline void
fail_allocations_after(int passing)
{
	static int left;

	left = passing;
	lvn_memory_set_fault(passing < 0 ? NULL : kit_fails_after_some, &left);
}

/* Of struct chain and struct evbuffer. */
static inline void
check_invariants(struct evbuffer *buffer)
{
	size_t size = 0;
	bool behind = false;

	ck_assert((buffer->first == NULL) == (buffer->last == NULL));
	ck_assert_ptr_nonnull(buffer->lock);
	for (struct chain *chain = buffer->first; chain; chain = chain->next) {
		ck_assert_uint_le(chain->offset + chain->size, chain->capacity);
		ck_assert(
		    chain->kind == CHAIN_OWN || chain->offset + chain->size == chain->capacity);
		if (behind)
			ck_assert(chain->size == 0 && chain->kind == CHAIN_OWN);
		else
			ck_assert(chain->size > 0 || buffer->first == buffer->last);
		behind = behind || chain == buffer->last;
		size += chain->size;
	}
	ck_assert(behind || !buffer->first);
	ck_assert_uint_eq(size, buffer->size);
}

static inline void
check_content(struct evbuffer *buffer, const char *text)
{
	size_t size = strlen(text);
	char *content = (char *)malloc(size + 1);

	check_invariants(buffer);
	ck_assert_uint_eq(buffer->size, size);
	ck_assert_int_eq(lvn_buffer_copyout_locked(buffer, NULL, content, size), (long)size);
	content[size] = '\0';
	ck_assert_str_eq(content, text);
	free(content);
}

static inline int
count_chains(const struct evbuffer *buffer)
{
	int count = 0;

	for (const struct chain *chain = buffer->first; chain; chain = chain->next)
		count++;
	return count;
}

static inline void
add_text(struct evbuffer *buffer, const char *text)
{
	ck_assert_int_eq(lvn_buffer_add_locked(buffer, text, strlen(text)), 0);
}

/* In a chain of its own. */
static inline void
add_extent(struct evbuffer *buffer, const char *text)
{
	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(buffer, text, 0, strlen(text), NULL, NULL), 0);
}

#endif
