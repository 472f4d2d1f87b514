/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recursive locks and conditions for the library's objects, made by the functions that the
 * application gave (event2/thread.h): those of libevent_pthreads, or its own.  Without any, a
 * lock is absent, and acquiring it does nothing.
 */
#ifndef LVN_BASE_LOCK_H
#define LVN_BASE_LOCK_H

#include <event2/thread.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* The functions of the application; written before there are threads. */
struct lock_functions {
	struct evthread_lock_callbacks lock;           /* what locks are made with now */
	struct evthread_lock_callbacks application;    /* under lock debugging: what was set */
	struct evthread_condition_callbacks condition; /* what conditions are made with now */
	unsigned long (*thread_id)(void);
	bool debugging; /* `lock` checks itself, then calls `application` */
};

LVN_HIDDEN extern struct lock_functions lvn_lock_functions;

struct CAPABILITY("mutex") lock {
	void *handle; /* what lvn_lock_functions made; NULL where the lock is absent */
};

/* Something to wait for while holding a lock. */
struct condition {
	void *handle; /* NULL where the condition is absent */
};

/*
 * The lock of each object that has none and shares none.  Such objects point to the same one.
 */
LVN_HIDDEN extern struct lock lvn_lock_absent;

/* Whether the application has switched threads on. */
LVN_HOT_INLINE bool
lvn_lock_threads_enabled(void)
{
	return lvn_lock_functions.lock.lock != NULL;
}

/* Makes a lock; absent if `wanted` is false or threads are off.  Returns 0 or -ENOMEM. */
int lvn_lock_init(struct lock *lock, bool wanted);
/*
 * Makes a lock from one that the application made with its functions and frees itself:
 * lvn_lock_clear must not be called.
 */
void lvn_lock_init_with(struct lock *lock, void *handle);
void lvn_lock_clear(struct lock *lock);

/* The analysis cannot follow what happens only where the lock is present. */
LVN_HOT_INLINE void
lvn_lock_acquire(struct lock *lock) ACQUIRES(lock) NO_LOCK_ANALYSIS
{
	if (lock->handle)
		lvn_lock_functions.lock.lock(0, lock->handle);
}

/* Another thread may free the lock as soon as it is released: nothing of it is read then. */
LVN_HOT_INLINE void
lvn_lock_release(struct lock *lock) RELEASES(lock) NO_LOCK_ANALYSIS
{
	if (lock->handle)
		lvn_lock_functions.lock.unlock(0, lock->handle);
}

/*
 * States to the lock analysis that the caller holds the lock, where it cannot see that:
 * because two objects share one.
 */
LVN_HOT_INLINE void
lvn_lock_assume_held(const struct lock *lock) ASSUMES(lock)
{
	(void)lock;
}

/* Acquires both, in the order of their addresses; a lock that is both, once. */
void lvn_lock_pair_acquire(struct lock *one, struct lock *other) ACQUIRES(one, other);
void lvn_lock_pair_release(struct lock *one, struct lock *other) RELEASES(one, other);

/* A number that no other running thread has; never 0. */
LVN_HOT_INLINE unsigned long
lvn_lock_this_thread(void)
{
	return (unsigned long)(uintptr_t)pthread_self();
}

/* Makes a condition; absent if the lock is.  Returns 0 or -ENOMEM. */
int lvn_condition_init(struct condition *condition, const struct lock *lock);
void lvn_condition_clear(struct condition *condition);
void lvn_condition_wake_all(struct condition *condition);

/*
 * Releases the lock until the condition is woken, and acquires it again.  May return early.
 * The caller holds the lock once.
 */
void lvn_condition_wait(struct condition *condition, struct lock *lock) REQUIRES(lock);

/*
 * From now on the functions that locks are made with check how locks are used, then call
 * lvn_lock_functions.application where it is set.
 */
void lvn_lock_enable_debugging(void);

/*
 * Exported by libevent without a public declaration: the application's functions, also while
 * lock debugging stands in front of them.
 */
LVN_EXPORT struct evthread_lock_callbacks *evthread_get_lock_callbacks(void);
LVN_EXPORT struct evthread_condition_callbacks *evthread_get_condition_callbacks(void);

#endif
