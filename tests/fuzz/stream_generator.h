/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generates random operations on stacks of filters, on pairs and on sockets of the simulated
 * kernel: two ends that write, read, drain, enable and disable, flush, set watermarks, limits,
 * timeouts and descriptors, and are freed.  Callbacks of streams and buffers, filter functions
 * and cleanup functions do the same as the code outside of them.
 *
 * Each end reads what the other one wrote, byte by byte.  In the end everything has arrived,
 * then the end of the input.  Between the steps each buffer keeps the limit of its memory.
 */
#ifndef LEVIN_TESTS_FUZZ_STREAM_GENERATOR_H
#define LEVIN_TESTS_FUZZ_STREAM_GENERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

enum stream_outcome {
	STREAM_ENDED,     /* in order, with all that was sent */
	STREAM_WAS_FREED, /* before that */
	STREAM_BROKE,     /* the kernel reset the connection */
	STREAM_OUTCOMES
};

enum { STREAM_FAULT_SIZE = 200 };

struct stream_run {
	uint64_t seed;
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t bytes; /* that have arrived */
	enum stream_outcome outcome;
	char fault[STREAM_FAULT_SIZE]; /* empty if all was right */
};

/* Whether all operations are printed. */
void stream_generator_set_verbose(bool verbose);

/* Choices come from the bytes, and from the seed once there are none left. */
struct stream_run stream_generator_run(uint64_t seed, struct choices choices);

#endif
