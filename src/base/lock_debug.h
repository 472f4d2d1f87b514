/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks that check how they are used, around those of the application.
 */
#ifndef LVN_BASE_LOCK_DEBUG_H
#define LVN_BASE_LOCK_DEBUG_H

#include <event2/thread.h>

/* Lock functions that check, then call lvn_lock_callbacks.application where it is set. */
extern const struct evthread_lock_callbacks lvn_lock_debug_callbacks;

/* The same for waiting: the lock counts as given up meanwhile. */
int lvn_lock_debug_wait(void *condition, void *lock, const struct timeval *timeout);

#endif
