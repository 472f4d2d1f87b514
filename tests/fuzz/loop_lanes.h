/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The descriptors of a play, and what happens to them from outside and by the program.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_LANES_H
#define LEVIN_TESTS_FUZZ_LOOP_LANES_H

#include "fuzz/loop_play.h"

void lanes_open(struct player *player);

/*
 * Another descriptor, under the same number if that is free; sometimes a duplicate keeps
 * the old one open.  No event may wait for the lane.
 */
void lanes_reopen(struct player *player, int at);

/* Something happens to one of them, or a signal arrives. */
void lanes_move_world(struct player *player);

#endif
