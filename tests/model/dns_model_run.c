/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs with a resolver, one for each seed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "fuzz/dns_generator.h"
#include "model/seeds.h"

static uint64_t requests;
static uint64_t resolved;

static struct seeds_result
run(uint64_t seed)
{
	static struct dns_run last;

	last = dns_generator_run(seed, choices_from_seed(seed));
	requests += last.requests;
	resolved += last.resolved;
	return (struct seeds_result){last.trace, last.fault};
}

static void
print_totals(void)
{
	printf("%" PRIu64 " requests, %" PRIu64 " found records\n", requests, resolved);
}

int
main(int argc, char **argv)
{
	static const struct seeds_program program = {run, dns_generator_set_verbose, print_totals};

	return seeds_main(&program, argc, argv);
}
