/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on stacks of streams on a simulated base: each end reads what the other writes.
 */
#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/stream_generator.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	stream_generator_set_verbose(false);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_run run;

	/* The first byte seeds the simulated kernel. */
	if (size < 2)
		return 0;
	run = stream_generator_run(data[0], choices_from_bytes(data + 1, size - 1));
	if (!run.fault[0])
		return 0;
	fprintf(stderr, "%s\n", run.fault);
	__builtin_trap();
}
