/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random stacks of streams, one for each seed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "fuzz/stream_generator.h"
#include "model/seeds.h"

static uint64_t bytes;
static uint64_t outcomes[STREAM_OUTCOMES];

static struct seeds_result
run(uint64_t seed)
{
	static struct stream_run last;

	last = stream_generator_run(seed, choices_from_seed(seed));
	bytes += last.bytes;
	outcomes[last.outcome]++;
	return (struct seeds_result){last.trace, last.fault};
}

static void
print_totals(void)
{
	printf("%" PRIu64 " bytes received as sent; %" PRIu64 " runs to the end, %" PRIu64
	       " freed, %" PRIu64 " broken\n",
	    bytes, outcomes[STREAM_ENDED], outcomes[STREAM_WAS_FREED], outcomes[STREAM_BROKE]);
}

int
main(int argc, char **argv)
{
	static const struct seeds_program program = {
	    run, stream_generator_set_verbose, print_totals};

	return seeds_main(&program, argc, argv);
}
