/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Threads: locks, conditions and fork.
 *
 * The library makes locks only after evthread_use_pthreads() (link with
 * libevent_pthreads) or evthread_set_lock_callbacks(), which come before any
 * other call.  Objects that were made before have no locks.
 *
 * After fork() the child of a program with threads may make and use new objects.
 * It may use an object of the parent if no other thread was using that one during
 * the fork, and an event base after event_reinit().
 */
#ifndef EVENT2_THREAD_H_INCLUDED_
#define EVENT2_THREAD_H_INCLUDED_

#include <event2/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

#include <event2/event-config.h>

struct event_base;
struct timeval;

/** @name Modes of acquiring a lock
 * @{ */
#define EVTHREAD_WRITE 0x04 /**< Acquire a read-write lock for writing. */
#define EVTHREAD_READ  0x08 /**< Acquire a read-write lock for reading. */
#define EVTHREAD_TRY   0x10 /**< Do not wait: fail if another thread holds the lock. */
/** @} */

/** The version of struct evthread_lock_callbacks. */
#define EVTHREAD_LOCK_API_VERSION 1

/** @name Kinds of locks
 * @{ */
#define EVTHREAD_LOCKTYPE_RECURSIVE 1 /**< Its holder may acquire it again. */
#define EVTHREAD_LOCKTYPE_READWRITE 2 /**< Many readers or one writer. */
/** @} */

/** The lock functions of a program. */
struct evthread_lock_callbacks {
	/** EVTHREAD_LOCK_API_VERSION. */
	int lock_api_version;
	/** The kinds that `alloc` can make besides plain ones: EVTHREAD_LOCKTYPE_ bits. */
	unsigned supported_locktypes;
	/** Makes a lock of a kind; kind 0 is a plain lock.  Returns NULL on failure. */
	void *(*alloc)(unsigned locktype);
	/** Frees a lock that no thread holds. */
	void (*free)(void *lock, unsigned locktype);
	/** Acquires a lock.  Returns 0, or another number if it was not acquired. */
	int (*lock)(unsigned mode, void *lock);
	/** Releases a lock.  Returns 0 on success. */
	int (*unlock)(unsigned mode, void *lock);
};

/**
 * Set the lock functions of the library.
 *
 * Must come before any other call but those that set memory, log and debug
 * functions.  The structure is copied.  Setting the same functions again changes
 * nothing and succeeds.
 *
 * @param callbacks  the functions; NULL switches locks off, for objects made later
 * @return 0, or -1 if other callbacks are set already or a member is missing
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_set_lock_callbacks(const struct evthread_lock_callbacks *callbacks);

/** The version of struct evthread_condition_callbacks. */
#define EVTHREAD_CONDITION_API_VERSION 1

/** The functions of a program for condition variables. */
struct evthread_condition_callbacks {
	/** EVTHREAD_CONDITION_API_VERSION. */
	int condition_api_version;
	/** Makes a condition variable; the kind is always 0.  Returns NULL on failure. */
	void *(*alloc_condition)(unsigned condtype);
	/** Frees a condition variable that no thread waits for. */
	void (*free_condition)(void *cond);
	/** Wakes one waiter, or all if `broadcast` is 1.  Returns 0, or -1 on failure. */
	int (*signal_condition)(void *cond, int broadcast);
	/**
	 * Releases the lock, waits, acquires the lock again.  The timeout is a duration;
	 * NULL waits for ever.  Returns 0 when woken, 1 after the timeout, -1 on failure.
	 */
	int (*wait_condition)(void *cond, void *lock, const struct timeval *timeout);
};

/**
 * Set the functions for condition variables.
 *
 * Must come together with evthread_set_lock_callbacks().  The structure is
 * copied.  Setting the same functions again changes nothing and succeeds.
 *
 * @param callbacks  the functions; NULL switches condition variables off, for bases
 *                   made later
 * @return 0, or -1 if other callbacks are set already or a member is missing
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_set_condition_callbacks(const struct evthread_condition_callbacks *callbacks);

/**
 * Set the function that returns the identity of the calling thread.
 *
 * Lock debugging uses it.
 *
 * @param id_fn  returns a number that no other running thread has
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_set_id_callback(unsigned long (*id_fn)(void));

#if defined(_WIN32)
/**
 * Use the locks of Windows threads.
 *
 * @return 0, or -1 if other callbacks are set already
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_windows_threads(void);
/** Defined where evthread_use_windows_threads() exists. */
#define EVTHREAD_USE_WINDOWS_THREADS_IMPLEMENTED 1
#endif

#if defined(EVENT__HAVE_PTHREADS)
/**
 * Use the locks of POSIX threads (pthreads).
 *
 * Call it before any base is made.  A second call changes nothing and succeeds.
 * The function is in libevent_pthreads.
 *
 * @return 0, or -1 if other callbacks are set already
 *
 * Threads: call it while there is one thread; a second call is safe.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_pthreads(void);

/** The holder of a lock inherits the priority of a thread that waits for it. */
#define EVTHREAD_PTHREAD_PRIO_INHERIT 0x01

/**
 * Use the locks of POSIX threads (pthreads), with or without priority inheritance.
 *
 * Call it before any base is made.  The function is in libevent_pthreads.
 *
 * @param flags  0 or EVTHREAD_PTHREAD_PRIO_INHERIT
 * @return 0, or -1 if other callbacks are set already, or the system has no
 *         locks of this kind
 *
 * Threads: call it while there is one thread.
 * Since: libevent 2.2
 */
EVENT2_EXPORT_SYMBOL
int evthread_use_pthreads_with_flags(int flags);
/** Defined where evthread_use_pthreads() exists. */
#define EVTHREAD_USE_PTHREADS_IMPLEMENTED 1
#endif

/**
 * Enable lock debugging: check every use of a lock.
 *
 * The process ends with a message when a thread acquires a lock that is not
 * recursive a second time, releases a lock that it does not hold, or frees a lock
 * that is held.  Must come before any lock is made, and cannot be switched off.
 *
 * Threads: not safe; call it while there is one thread.
 * Cost: each use of a lock calls more functions; not for production.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debugging(void);

/**
 * Enable lock debugging, by the old, misspelt name.
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1; deprecated, use evthread_enable_lock_debugging().
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debuging(void);

/**
 * Make an event base notifiable: other threads can wake its loop.
 *
 * Needed only for a base that was made before locks were switched on.  Any other
 * base becomes notifiable when its loop first runs.
 *
 * @param base  the base
 * @return 0, or -1 if the system gives no descriptor to wake the loop by
 *
 * Threads: safe if the base has locks.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_make_base_notifiable(struct event_base *base);

#ifdef __cplusplus
}
#endif

#endif /* EVENT2_THREAD_H_INCLUDED_ */
