/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One allocation fails.  A test repeats its calls between fail_nth_begin and fail_nth_end with
 * number 0, 1, 2 and so on, until the latter returns false.
 */
#ifndef LEVIN_TESTS_SUPPORT_FAIL_NTH_H
#define LEVIN_TESTS_SUPPORT_FAIL_NTH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct fail_nth {
	unsigned number; /* of the allocation that fails, from 0 */
	unsigned seen;
};

static inline bool
fail_nth_allocation(void *context)
{
	struct fail_nth *fail = context;

	return fail->seen++ == fail->number;
}

static inline void
fail_nth_begin(struct fail_nth *fail)
{
	fail->seen = 0;
	lvn_memory_set_fault(fail_nth_allocation, fail);
}

/* Returns whether an allocation has failed. */
static inline bool
fail_nth_end(struct fail_nth *fail)
{
	lvn_memory_set_fault(NULL, NULL);
	return fail->seen > fail->number;
}

#endif
