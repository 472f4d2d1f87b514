/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs with the pool of an HTTP client, one for each seed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "fuzz/pool_generator.h"
#include "model/seeds.h"

static struct pool_run all;

static struct seeds_result
run(uint64_t seed)
{
	static struct pool_run last;

	last = pool_generator_run(seed, choices_from_seed(seed));
	all.requests += last.requests;
	all.responses += last.responses;
	all.redirects += last.redirects;
	all.bytes += last.bytes;
	return (struct seeds_result){last.trace, last.fault};
}

static void
print_totals(void)
{
	printf("%" PRIu64 " requests, %" PRIu64 " responses, %" PRIu64 " redirects, %" PRIu64
	       " bytes of bodies\n",
	    all.requests, all.responses, all.redirects, all.bytes);
}

int
main(int argc, char **argv)
{
	static const struct seeds_program program = {run, pool_generator_set_verbose, print_totals};

	return seeds_main(&program, argc, argv);
}
