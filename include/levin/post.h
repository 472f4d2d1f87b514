/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Hand work to a loop from any thread.
 */
#ifndef LEVIN_POST_H
#define LEVIN_POST_H

#include <levin/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;

/** Work for a loop.  Runs on the loop's thread, once for each levin_post(). */
typedef void levin_post_fn(void *arg);

/**
 * Have a function called by a loop.
 *
 * The posted functions of one thread run in the order in which that thread
 * posted them.  One post keeps the loop alive until it has run, like an active
 * event of middle priority.  Posting from the loop's own thread is allowed; what
 * is posted by a posted function runs in the next turn.  What has not run when
 * the base is freed is dropped without a call.
 *
 * @param base  the loop; it must outlive the call
 * @param fn    what to call
 * @param arg   handed to fn; stays with the caller
 * @return 0, or -1 with errno ENOMEM if memory is short, or EINVAL if base or fn
 *         is NULL
 *
 * Locks: takes none, so it may be called while any lock is held.  fn runs with no
 * lock held and may call everything.
 * Threads: may be called from any thread, also for a base that was made without
 * locks.  Not from a signal handler, for it allocates memory.
 * Cost: one allocation; one system call if the loop sleeps and nobody has woken it yet.
 * Since: Levin 0.1
 */
LEVIN_EXPORT int levin_post(struct event_base *base, levin_post_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
