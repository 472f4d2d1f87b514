/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs random programs on a simulated base beside a model of the loop, one for each
 * seed, and stops at the first difference.
 */
#include <event2/thread.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/loop_generator.h"

static const char usage[] =
    "usage: %s [options]\n"
    "  -s, --seed N    the first seed (1)\n"
    "  -c, --count N   how many seeds, from there on (1)\n"
    "  -r, --repeat N  run each N-th seed twice: it must be the same run (100)\n"
    "  -d, --debug     in debug mode\n"
    "  -l, --locks     with locks, though there is one thread\n"
    "  -v, --verbose   print every call and callback\n"
    "  -h, --help      print this\n";

struct plan {
	uint64_t seed;
	uint64_t count;
	uint64_t repeat;
	bool verbose;
	bool debug;
};

static bool
run_seed(uint64_t seed, bool twice, struct loop_result *total)
{
	struct loop_result result = loop_generator_run(choices_from_seed(seed));
	uint64_t trace = result.trace;

	if (!result.fault[0] && twice) {
		result = loop_generator_run(choices_from_seed(seed));
		if (!result.fault[0] && result.trace != trace)
			snprintf(
			    result.fault, sizeof(result.fault), "the same seed gives another run");
	}
	total->calls += result.calls;
	total->callbacks += result.callbacks;
	if (!result.fault[0])
		return true;
	fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, result.fault);
	return false;
}

static int
run(const struct plan *plan)
{
	bool shows_progress = isatty(STDERR_FILENO) && !plan->verbose;
	struct loop_result total = {0};

	for (uint64_t i = 0; i < plan->count; i++) {
		uint64_t seed = plan->seed + i;

		if (!run_seed(seed, plan->repeat && i % plan->repeat == 0, &total))
			return EXIT_FAILURE;
		if (shows_progress && i % 10000 == 0)
			fprintf(stderr, "\r%" PRIu64 " of %" PRIu64, i, plan->count);
	}
	printf("%s%" PRIu64 " seeds from %" PRIu64 ": %" PRIu64 " calls, %" PRIu64
	       " callbacks, no difference\n",
	    shows_progress ? "\r" : "", plan->count, plan->seed, total.calls, total.callbacks);
	return EXIT_SUCCESS;
}

#ifdef LEVIN_HAS_THREADS
static void
use_locks(void)
{
	if (evthread_use_pthreads() < 0)
		exit(EXIT_FAILURE);
}
#else
static void
use_locks(void)
{
	fputs("there are no locks without libevent_pthreads\n", stderr);
	exit(2);
}
#endif

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'},
	    {"count", required_argument, NULL, 'c'},
	    {"repeat", required_argument, NULL, 'r'},
	    {"debug", no_argument, NULL, 'd'},
	    {"locks", no_argument, NULL, 'l'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct plan plan = {.seed = 1, .count = 1, .repeat = 100};
	int option;

	while ((option = getopt_long(argc, argv, "s:c:r:dlvh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			plan.seed = strtoull(optarg, NULL, 0);
			break;
		case 'c':
			plan.count = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			plan.repeat = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			plan.debug = true;
			break;
		case 'l':
			use_locks();
			break;
		case 'v':
			plan.verbose = true;
			break;
		default:
			fprintf(option == 'h' ? stdout : stderr, usage, argv[0]);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
	}
	loop_generator_set_up(plan.verbose, plan.debug);
	return run(&plan);
}
