/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plays a random program on a simulated base and on the model beside it.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_PLAYER_H
#define LEVIN_TESTS_FUZZ_LOOP_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/choices.h"

struct play {
	uint64_t trace; /* of the simulation: equal for equal choices */
	uint64_t calls; /* of the library, without callbacks */
	uint64_t callbacks;
	char fault[300]; /* empty if base and model agreed to the end */
};

/*
 * Once, before the first.  Everything that happens is told on stderr, or log lines are
 * swallowed; the library is put into debug mode, or not.
 */
void loop_player_set_up(bool tells, bool debugs);

struct play loop_player_play(struct choices choices);

#endif
