/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/seeds.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static bool
run_seed(const struct seeds_program *program, uint64_t seed, bool twice)
{
	struct seeds_result first = program->run(seed);
	struct seeds_result second = first;
	const char *fault = first.fault;

	if (!fault[0] && twice) {
		second = program->run(seed);
		fault = second.fault;
	}
	if (!fault[0] && second.trace != first.trace)
		fault = "the same seed gives another run";
	if (!fault[0])
		return true;
	fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, fault);
	return false;
}

static const char usage[] = "usage: %s [options]\n"
			    "  -s, --seed N    the first seed (1)\n"
			    "  -c, --count N   how many seeds, from there on (1)\n"
			    "  -r, --repeat N  run each N-th seed twice (100)\n"
			    "  -v, --verbose   print the operations\n"
			    "  -h, --help      print this\n";

int
seeds_main(const struct seeds_program *program, int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"count", required_argument, NULL, 'c'},
	    {"repeat", required_argument, NULL, 'r'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	uint64_t seed = 1, count = 1, repeat = 100;
	bool verbose = false;
	int option;

	while ((option = getopt_long(argc, argv, "s:c:r:vh", options, NULL)) != -1) {
		if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			count = strtoull(optarg, NULL, 0);
		else if (option == 'r')
			repeat = strtoull(optarg, NULL, 0);
		else if (option == 'v')
			verbose = true;
		else {
			fprintf(option == 'h' ? stdout : stderr, usage, argv[0]);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	program->set_verbose(verbose);
	for (uint64_t i = 0; i < count; i++) {
		if (!run_seed(program, seed + i, repeat && i % repeat == 0))
			return EXIT_FAILURE;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ": ", count, seed);
	program->print_totals();
	return EXIT_SUCCESS;
}
