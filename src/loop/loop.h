/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop itself: turns, and what happens in one.
 */
#ifndef LVN_LOOP_LOOP_H
#define LVN_LOOP_LOOP_H

#include "loop/base.h"

/* EVLOOP_ flags.  0: stopped, 1: no event pending, -1: the backend failed. */
int lvn_loop_run_locked(struct event_base *base, int flags) REQUIRES(base->lock);

/* Close the backend, open it again and register everything.  0 or -errno: the old one stays. */
int lvn_loop_reopen_backend_locked(struct event_base *base) REQUIRES(base->lock);

/* In a forked child: a backend and a wake-up of its own.  0 or -errno. */
int lvn_loop_leave_parent_locked(struct event_base *base) REQUIRES(base->lock);

/*
 * For a simulation with several bases: the instant at which the base has something to do by
 * itself.  INT64_MIN is now, INT64_MAX never.
 */
LVN_EXPORT int64_t lvn_loop_next_work(struct event_base *base) EXCLUDES(base->lock);

#endif
