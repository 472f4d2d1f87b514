/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed by hand: glibc keeps freed blocks of this size for their thread, and calloc takes none. */
#define SMALL_MAX 1024

/*
 * Either all are NULL members of libc's family or what the application gave.  Read
 * without synchronisation: the application sets them before any other call.
 */
static struct {
	void *(*alloc)(size_t);
	void *(*realloc)(void *, size_t);
	void (*free)(void *);
} replaced;

bool lvn_memory_is_plain = true;

static struct {
	bool (*should_fail)(void *context);
	void *context;
} fault;

static void
note_whether_plain(void)
{
	lvn_memory_is_plain =
	    !fault.should_fail && !replaced.alloc && !replaced.realloc && !replaced.free;
}

void
lvn_memory_set_functions(
    void *(*alloc_fn)(size_t), void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *))
{
	replaced.alloc = alloc_fn;
	replaced.realloc = realloc_fn;
	replaced.free = free_fn;
	note_whether_plain();
}

void
lvn_memory_set_fault(bool (*should_fail)(void *context), void *context)
{
	fault.context = context;
	fault.should_fail = should_fail;
	note_whether_plain();
}

void
lvn_memory_clear_fault(const void *context)
{
	if (fault.context == context)
		lvn_memory_set_fault(NULL, NULL);
}

static void *
out_of_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

static bool
must_fail(void)
{
	return LVN_UNLIKELY(fault.should_fail != NULL) && fault.should_fail(fault.context);
}

void *
lvn_alloc(size_t size)
{
	void *block;

	if (size == 0)
		return NULL;
	if (must_fail())
		return out_of_memory();
	block = replaced.alloc ? replaced.alloc(size) : malloc(size);
	return block ? block : out_of_memory();
}

void *
lvn_calloc(size_t count, size_t size)
{
	void *block;

	if (count == 0 || size == 0)
		return NULL;
	if (count > SIZE_MAX / size)
		return out_of_memory();
	if (replaced.alloc || count * size <= SMALL_MAX) {
		block = lvn_alloc(count * size);
		return block ? memset(block, 0, count * size) : NULL;
	}
	block = must_fail() ? NULL : calloc(count, size);
	return block ? block : out_of_memory();
}

void *
lvn_realloc(void *block, size_t size)
{
	void *grown;

	if (size == 0) {
		lvn_free(block);
		return NULL;
	}
	if (must_fail())
		return out_of_memory();
	grown = replaced.realloc ? replaced.realloc(block, size) : realloc(block, size);
	return grown ? grown : out_of_memory();
}

char *
lvn_strdup(const char *text)
{
	size_t size;
	char *copy;

	if (!text) {
		errno = EINVAL;
		return NULL;
	}
	size = strlen(text) + 1;
	copy = lvn_alloc(size);
	if (copy)
		memcpy(copy, text, size);
	return copy;
}

void
lvn_free(void *block)
{
	if (!block)
		return;
	if (replaced.free)
		replaced.free(block);
	else
		free(block);
}

void
lvn_free_libc(void *block)
{
	free(block);
}
