/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A descriptor that other threads and signal handlers make readable, so that a sleeping
 * loop wakes: an eventfd, or a pipe where there is none.  Knows nothing about loops.
 */
#ifndef LVN_LOOP_WAKEUP_H
#define LVN_LOOP_WAKEUP_H

#include <stdbool.h>

#include "base/compiler.h"

/*
 * Zeroed memory is a closed wake-up.  Invariants while it is open:
 *   1. both ends are non-blocking and are closed on exec
 *   2. read_end == write_end for an eventfd
 */
struct wakeup {
	bool is_open;
	int read_end;
	int write_end;
};

/* 0, or -errno and stays closed. */
int lvn_wakeup_open(struct wakeup *wakeup);

/* Accepts a closed one. */
void lvn_wakeup_close(struct wakeup *wakeup);

/*
 * Makes the other end readable.  Never blocks, keeps errno, may be called by a signal
 * handler; any number of calls wake at least once.
 */
void lvn_wakeup_raise(int write_end);

/* Read it empty.  Never blocks, keeps errno.  Returns whether it had been raised. */
bool lvn_wakeup_drain(int read_end);

#endif
