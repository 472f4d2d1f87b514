/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs with HTTP servers and clients, one for each seed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "fuzz/http_generator.h"
#include "model/seeds.h"

static uint64_t requests;
static uint64_t responses;
static uint64_t bytes;

static struct seeds_result
run(uint64_t seed)
{
	static struct http_run last;

	last = http_generator_run(seed, choices_from_seed(seed));
	requests += last.requests;
	responses += last.responses;
	bytes += last.bytes;
	return (struct seeds_result){last.trace, last.fault};
}

static void
print_totals(void)
{
	printf("%" PRIu64 " requests, %" PRIu64 " responses, %" PRIu64 " bytes of bodies\n",
	    requests, responses, bytes);
}

int
main(int argc, char **argv)
{
	static const struct seeds_program program = {run, http_generator_set_verbose, print_totals};

	return seeds_main(&program, argc, argv);
}
