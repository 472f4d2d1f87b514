/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections of a random program: what the world outside does to them, and the program.
 */
#ifndef LEVIN_TESTS_FUZZ_LOOP_CONNECTIONS_H
#define LEVIN_TESTS_FUZZ_LOOP_CONNECTIONS_H

#include "fuzz/loop_run.h"

void connections_open(struct generator *generator);

/*
 * Another descriptor, under the same number if that is free; sometimes a duplicate keeps
 * the old one open.  No event may wait for the connection.
 */
void connections_reopen(struct generator *generator, int at);

/* Something happens to one of them, or a signal arrives. */
void connections_move_world(struct generator *generator);

#endif
