/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only place where the library gets memory.  All of it comes from the
 * functions given to event_set_mem_functions, or from libc.
 */
#ifndef LVN_BASE_MEMORY_H
#define LVN_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* NULL, with errno ENOMEM, when memory is short or size is 0. */
LVN_EXPORT LVN_NODISCARD void *lvn_alloc(size_t size);

/* Zeroed; also NULL when count * size would overflow. */
LVN_EXPORT LVN_NODISCARD void *lvn_calloc(size_t count, size_t size);

/* On failure returns NULL and leaves the old block as it was.  Size 0 frees. */
LVN_EXPORT LVN_NODISCARD void *lvn_realloc(void *block, size_t size);

/* NULL with EINVAL for a NULL text, with ENOMEM when memory is short. */
LVN_EXPORT LVN_NODISCARD char *lvn_strdup(const char *text);

/* Accepts NULL. */
LVN_EXPORT void lvn_free(void *block);

/* NULL members mean libc's.  Not synchronised: before any other call. */
void lvn_memory_set_functions(
    void *(*alloc_fn)(size_t), void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *));

/*
 * Memory is not kept for use again: the application wants to see each block come and go, or
 * allocations are made to fail.
 */
LVN_HIDDEN extern bool lvn_memory_keeps_nothing;

/*
 * For simulations: each allocation asks first and fails when the answer is true.  NULL
 * ends it.  Not synchronised.
 */
void lvn_memory_set_fault(bool (*should_fail)(void *context), void *context);
/* Ends it if it was set with this context. */
void lvn_memory_clear_fault(const void *context);

#endif
