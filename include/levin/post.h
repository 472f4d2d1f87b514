/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Post functions to the thread of an event loop.
 */
#ifndef LEVIN_POST_H
#define LEVIN_POST_H

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

/** A posted function.  Runs on the loop's thread, once for each levin_post(). */
typedef void levin_post_fn(void *arg);

/**
 * Post a function to an event loop: the loop calls it on its own thread.
 *
 * The posted functions of one thread run in the order in which that thread
 * posted them.  A post keeps the loop alive until it has run, like an active
 * event of middle priority.  Posting from the loop's own thread is allowed; what
 * is posted by a posted function runs in the next turn.  A function that
 * has not run when the base is freed is never called.
 *
 * @param base  the loop; it must outlive the call
 * @param fn    the function
 * @param arg   the argument of fn, which the library does not free
 * @return 0, or -1 with errno ENOMEM if memory is short, or EINVAL if base or fn
 *         is NULL
 *
 * Locks: takes none, so it may be called while any lock is held.  fn runs with no
 * lock held and may call everything.
 * Threads: safe, also for a base that was made without locks.  Not from a signal handler,
 * because it allocates memory.
 * Cost: one allocation; one system call if the loop sleeps and has not been woken yet.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_post(struct event_base *base, levin_post_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
