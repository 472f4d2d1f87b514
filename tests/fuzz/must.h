/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a fuzzer expects of every input.
 */
#ifndef LEVIN_TESTS_FUZZ_MUST_H
#define LEVIN_TESTS_FUZZ_MUST_H

#include <stdbool.h>
#include <stdio.h>

static inline void
must(bool holds)
{
	if (!holds)
		__builtin_trap();
}

/* Of a random program: empty if all was right. */
static inline void
must_be_right(const char *fault)
{
	if (fault[0])
		fprintf(stderr, "%s\n", fault);
	must(!fault[0]);
}

#endif
