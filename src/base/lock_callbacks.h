/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The application's lock, condition and thread-id functions (event2/thread.h), and
 * whether native locks may stand in for them.
 */
#ifndef LVN_BASE_LOCK_CALLBACKS_H
#define LVN_BASE_LOCK_CALLBACKS_H

#include <event2/thread.h>
#include <stdbool.h>

#include "base/compiler.h"

struct lock_callbacks {
	struct evthread_lock_callbacks lock;           /* what locks are made with now */
	struct evthread_lock_callbacks application;    /* what the application gave */
	struct evthread_condition_callbacks condition; /* what conditions are made with now */
	unsigned long (*thread_id)(void);
	bool native;    /* `lock` is pthreads as libevent_pthreads sets it */
	bool debugging; /* `lock` checks itself, then calls `application` */
};

extern struct lock_callbacks lvn_lock_callbacks;

/* For libevent_pthreads: its callbacks are plain pthreads, so native locks may be used. */
LVN_EXPORT void lvn_lock_callbacks_set_native(bool native);

#endif
