/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs on a simulated base, compared with a model of the loop.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/loop_generator.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	loop_generator_set_up(false, false);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loop_result result = loop_generator_run(choices_from_bytes(data, size));

	if (!result.fault[0])
		return 0;
	fprintf(stderr, "%s\n", result.fault);
	__builtin_trap();
}
