/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plays random stacks of filters on pairs and sockets of the simulated kernel: two ends that
 * write, read, drain, stop, go on, flush, set watermarks, limits, timeouts and descriptors, from
 * callbacks and outside of them, and are freed.  Whatever happens, each end reads what the other
 * one wrote, byte by byte; in the end everything has arrived, and then the end of the input.
 */
#ifndef LEVIN_TESTS_FUZZ_STREAM_PLAYER_H
#define LEVIN_TESTS_FUZZ_STREAM_PLAYER_H

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

struct stream_play {
	uint64_t seed;
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t bytes; /* that have arrived */
	enum stream_outcome outcome;
	char fault[STREAM_FAULT_SIZE]; /* empty if all was right */
};

/* Whether everything that happens is told on standard output. */
void stream_player_set_up(bool tells);

/* Choices are taken from the bytes, and when there are none left, from the seed. */
struct stream_play stream_player_play(uint64_t seed, struct choices choices);

#endif
