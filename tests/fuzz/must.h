/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a fuzzer expects of every input.
 */
#ifndef LEVIN_TESTS_FUZZ_MUST_H
#define LEVIN_TESTS_FUZZ_MUST_H

#include <stdbool.h>

static inline void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

#endif
