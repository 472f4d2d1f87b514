/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kernel interface must do for the loop.
 *
 * A backend translates, and nothing else: it is handed its own state and cannot
 * reach an event, the lock or a user's callback.  One turn of the loop calls
 * prepare, wait and collect, in that order, always on the loop's thread.  Only
 * wait may block, and only wait runs without the base lock.
 *
 * Changes of interest come through update.  The fd map coalesces them, so that a
 * descriptor changed many times between two waits is updated once; update may be
 * called by another thread while wait sleeps, always with the base lock held.
 */
#ifndef LVN_LOOP_BACKEND_H
#define LVN_LOOP_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "loop/ready_list.h"

struct backend_options {
	bool precise;          /* the caller asked for fine timers */
	bool disallow_timerfd; /* ... but not by timerfd */
	void *simulation;      /* the simulated kernel, for the sim backend */
};

struct backend_ops {
	const char *name;       /* what event_base_get_method() answers */
	const char *avoid_env;  /* environment variable that switches it off */
	unsigned features;      /* EV_FEATURE_* */
	bool reopen_after_fork; /* the child must close and open it again */
	bool wakes_for_updates; /* an update made while wait sleeps takes effect at once */

	/* 0, or -errno and nothing is held.  The order in `backends.h` is that of preference. */
	int (*open)(void **self_out, const struct backend_options *options);
	void (*close)(void *self);

	/*
	 * Watch `wants` on fd instead of `had` (EV_READ, EV_WRITE, EV_CLOSED, EV_ET; 0 is
	 * nothing).  had == wants asks to make sure: the descriptor may have been closed and
	 * its number reused since.  *state is 32 bits which the fd map keeps for the backend
	 * per descriptor, 0 at first, and which survive until the backend closes.
	 * Returns 0 or -errno; after a failure nothing is watched on fd.  Removing (wants == 0)
	 * may not fail, and succeeds for a descriptor that is closed already.
	 */
	int (*update)(void *self, int fd, short had, short wants, uint32_t *state);

	/*
	 * The descriptor through which the loop is woken by other threads.  Level-triggered
	 * reading, not in the fd map; reported by collect through *woken_out.  -1 removes it.
	 * Returns 0 or -errno.
	 */
	int (*set_wakeup)(void *self, int fd);

	/* The last moment to turn records into system calls.  May be NULL. */
	int (*prepare)(void *self);

	/*
	 * Sleep until something is ready or timeout_ns has passed; negative waits for ever, 0
	 * polls.  Returns 0, also when a signal cut it short, or -errno when the kernel
	 * refuses for good.  May return early, never more than a clock's grain late.
	 */
	int (*wait)(void *self, int64_t timeout_ns);

	/*
	 * Append what the last wait found.  Each slot carries, as its stamp, the *state that the
	 * descriptor had when update registered it: the fd map drops slots whose stamp is stale,
	 * and when there are any has the backend closed, opened and told of every descriptor
	 * anew, because the kernel keeps reporting a descriptor that was closed while a
	 * duplicate of it lives on.
	 */
	void (*collect)(void *self, struct ready_list *ready, bool *woken_out);

	/* Replaces the clock that the loop runs on.  NULL: the kernel's is right. */
	void (*use_clock)(void *self, struct clock *clock);

	int first_fd;          /* the least descriptor number: 0 but for simulated kernels */
	bool delivers_signals; /* reports EV_SIGNAL itself: no handler is installed */
};

#endif
