/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on a resolver in the simulated world: each request has its callback, once.
 */
#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fuzz/dns_generator.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	dns_generator_set_verbose(false);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_run run;

	/* The first byte seeds the simulated kernel. */
	if (size < 2)
		return 0;
	run = dns_generator_run(data[0], choices_from_bytes(data + 1, size - 1));
	if (!run.fault[0])
		return 0;
	fprintf(stderr, "%s\n", run.fault);
	__builtin_trap();
}
