/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The main function of a program that runs a random program for each seed, some of them twice,
 * and prints the seed of the first fault.
 */
#ifndef LEVIN_TESTS_MODEL_SEEDS_H
#define LEVIN_TESTS_MODEL_SEEDS_H

#include <stdbool.h>
#include <stdint.h>

struct seeds_result {
	uint64_t trace;    /* equal for equal seeds */
	const char *fault; /* valid until the next run; empty if all was right */
};

struct seeds_program {
	struct seeds_result (*run)(uint64_t seed);
	void (*set_verbose)(bool verbose);
	void (*print_totals)(void); /* the rest of a line */
};

/* Returns the status of the process. */
int seeds_main(const struct seeds_program *program, int argc, char **argv);

#endif
