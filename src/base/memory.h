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

/* Accepts NULL, which the application's function never sees. */
LVN_EXPORT void lvn_free(void *block);

/* NULL members mean libc's.  Not synchronised: before any other call. */
void lvn_memory_set_functions(
    void *(*alloc_fn)(size_t), void *(*realloc_fn)(void *, size_t), void (*free_fn)(void *));

/*
 * Whether blocks come from libc and none is made to fail, so that a block may be kept and used
 * again.  What was kept goes back through lvn_free_libc, whatever functions are set by then.
 */
LVN_HIDDEN extern bool lvn_memory_is_plain;
void lvn_free_libc(void *block);

/*
 * For simulations: each allocation calls it first and fails when it returns true.  NULL
 * ends it.  Not synchronised.
 */
LVN_EXPORT void lvn_memory_set_fault(bool (*should_fail)(void *context), void *context);
/* Ends it if it was set with this context. */
LVN_EXPORT void lvn_memory_clear_fault(const void *context);

#endif
