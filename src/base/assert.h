/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LVN_ASSERT is for mistakes of the library and stays in release builds.  It is never
 * used for input, nor for results of the kernel.
 */
#ifndef LVN_BASE_ASSERT_H
#define LVN_BASE_ASSERT_H

#include "base/compiler.h"

/* Logs through the log callback, then leaves through the fatal callback, or aborts. */
LVN_EXPORT LVN_COLD LVN_NORETURN void lvn_assert_failed(
    const char *file, int line, const char *function, const char *condition);

#define LVN_ASSERT(condition)                                                        \
	do {                                                                         \
		if (LVN_UNLIKELY(!(condition)))                                      \
			lvn_assert_failed(__FILE__, __LINE__, __func__, #condition); \
	} while (0)

#endif
