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
#include <unistd.h>

#include "base/memory.h"
#include "base/platform.h"
#include "buffer/buffer.h"
#include "buffer/buffer_add.h"
#include "buffer/buffer_remove.h"
#include "buffer/buffer_space.h"
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
	size_t held = 0;
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
		held += lvn_chain_held(chain);
	}
	ck_assert(behind || !buffer->first);
	ck_assert_uint_eq(size, buffer->size);
	ck_assert_uint_eq(held, buffer->held);
	if (!(buffer->checks & BUFFER_IS_RESERVED))
		ck_assert_uint_le(held, 2 * size + LVN_BUFFER_SLACK);
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

/* Space for bytes behind those that are there. */
static inline void
add_space(struct evbuffer *buffer, size_t size)
{
	struct evbuffer_iovec extents[2];

	ck_assert_int_ge(
	    lvn_buffer_reserve_locked(buffer, lvn_chain_space(buffer->last) + size, extents, 2), 1);
}

/* A part of a file that cannot be read. */
static inline void
add_unreadable(struct evbuffer *buffer, size_t size)
{
	char name[] = "/tmp/buffer_kit.XXXXXX";
	int file = mkstemp(name);
	struct evbuffer_file_segment *segment;

	unlink(name);
	ck_assert_int_eq(ftruncate(file, (off_t)size), 0);
	ck_assert_int_eq(
	    lvn_file_segment_new(&segment, file, 0, (int64_t)size, EVBUF_FS_CLOSE_ON_FREE), 0);
	ck_assert_int_eq(lvn_buffer_add_file_locked(buffer, segment, 0, size), 0);
	lvn_file_segment_release(segment);
	ck_assert_int_eq(ftruncate(file, 0), 0);
}

/* In a chain of its own. */
static inline void
add_extent(struct evbuffer *buffer, const char *text)
{
	ck_assert_int_eq(
	    lvn_buffer_add_reference_locked(buffer, text, 0, strlen(text), NULL, NULL), 0);
}

#endif
