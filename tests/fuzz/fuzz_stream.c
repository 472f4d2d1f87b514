/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on stacks of streams on a simulated base: each end reads what the other writes.
 */
#include <stddef.h>
#include <stdint.h>

#include "fuzz/must.h"
#include "fuzz/stream_generator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream_run run;

	/* The first byte seeds the simulated kernel. */
	if (size < 2)
		return 0;
	run = stream_generator_run(data[0], choices_from_bytes(data + 1, size - 1));
	must_be_right(run.fault);
	return 0;
}
