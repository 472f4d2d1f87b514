/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generates a random program, and runs it on a simulated base and on the model beside it.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_GENERATOR_H
#define LEVIN_TESTS_FUZZ_LOOP_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

struct loop_result {
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t calls; /* of the library, without callbacks */
	uint64_t callbacks;
	char fault[300]; /* empty if base and model agreed to the end */
};

/*
 * Call it once, before the first run.  If `verbose`, every call and callback is printed on
 * stderr.  If `debug`, the library is in debug mode.
 */
void loop_generator_set_up(bool verbose, bool debug);

struct loop_result loop_generator_run(struct choices choices);

#endif
