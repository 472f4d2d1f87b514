/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop itself: turns, and what happens in one.
 */
#ifndef LVN_LOOP_LOOP_H
#define LVN_LOOP_LOOP_H

#include "loop/base.h"

/* EVLOOP_ flags.  0: told to stop, 1: nothing left to wait for, -1: the backend failed. */
int lvn_loop_run_locked(struct event_base *base, int flags) REQUIRES(base->lock);

/* Close the backend, open it again and tell it everything.  0 or -errno: the old one stays. */
int lvn_loop_reopen_backend_locked(struct event_base *base) REQUIRES(base->lock);

/* In a forked child: a backend and a wake-up of its own.  0 or -errno. */
int lvn_loop_leave_parent_locked(struct event_base *base) REQUIRES(base->lock);

#endif
