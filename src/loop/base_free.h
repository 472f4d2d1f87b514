/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of a base.
 */
#ifndef LVN_LOOP_BASE_FREE_H
#define LVN_LOOP_BASE_FREE_H

#include <stdbool.h>

struct event_base;

/*
 * Takes every event out of the base, runs the finalizers that wait if asked to, and frees
 * everything that is the base's own.  The events stay their owners'.
 */
void lvn_base_free(struct event_base *base, bool run_finalizers);

#endif
