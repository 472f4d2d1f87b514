/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 *
 * Locks for programs with several threads.
 *
 * The library makes locks only if it is told how, before anything else is
 * called: with evthread_use_pthreads() (link with libevent_pthreads), or with
 * callbacks of the program's own.  Objects made before have no locks.
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

/** @name Modes of taking a lock
 * @{ */
#define EVTHREAD_WRITE 0x04 /**< Take a read-write lock for writing. */
#define EVTHREAD_READ  0x08 /**< Take a read-write lock for reading. */
#define EVTHREAD_TRY   0x10 /**< Do not wait: fail if somebody else holds the lock. */
/** @} */

/** The version of struct evthread_lock_callbacks. */
#define EVTHREAD_LOCK_API_VERSION 1

/** @name Kinds of locks
 * @{ */
#define EVTHREAD_LOCKTYPE_RECURSIVE 1 /**< Its owner may take it again. */
#define EVTHREAD_LOCKTYPE_READWRITE 2 /**< Many readers or one writer. */
/** @} */

/** How a program makes and takes locks. */
struct evthread_lock_callbacks {
	/** EVTHREAD_LOCK_API_VERSION. */
	int lock_api_version;
	/** Which kinds `alloc` can make besides plain ones: EVTHREAD_LOCKTYPE_ bits. */
	unsigned supported_locktypes;
	/** Makes a lock of a kind, or answers NULL.  Kind 0 is a plain lock. */
	void *(*alloc)(unsigned locktype);
	/** Frees a lock that nobody holds. */
	void (*free)(void *lock, unsigned locktype);
	/** Takes a lock.  Answers 0, or anything else if it was not taken. */
	int (*lock)(unsigned mode, void *lock);
	/** Gives a lock back.  Answers 0 on success. */
	int (*unlock)(unsigned mode, void *lock);
};

/**
 * Tell the library how to lock.
 *
 * Must come before any other call but those that set memory, log and debug
 * functions.  The structure is copied.  Giving the same callbacks again changes
 * nothing and succeeds.
 *
 * @param callbacks  how to lock; NULL switches locks off again
 * @return 0, or -1 if other callbacks are set already or a member is missing
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_set_lock_callbacks(const struct evthread_lock_callbacks *callbacks);

/** The version of struct evthread_condition_callbacks. */
#define EVTHREAD_CONDITION_API_VERSION 1

/** How a program makes and uses condition variables. */
struct evthread_condition_callbacks {
	/** EVTHREAD_CONDITION_API_VERSION. */
	int condition_api_version;
	/** Makes a condition variable, or answers NULL.  The kind is always 0. */
	void *(*alloc_condition)(unsigned condtype);
	/** Frees a condition variable that nobody waits for. */
	void (*free_condition)(void *cond);
	/** Wakes one waiter, or all if `broadcast` is 1.  Answers 0, or -1 on failure. */
	int (*signal_condition)(void *cond, int broadcast);
	/**
	 * Gives the lock back, waits, takes the lock again.  The timeout is a span; NULL
	 * waits for ever.  Answers 0 when woken, 1 after the timeout, -1 on failure.
	 */
	int (*wait_condition)(void *cond, void *lock, const struct timeval *timeout);
};

/**
 * Tell the library how to wait for other threads.
 *
 * Must come together with evthread_set_lock_callbacks().  The structure is
 * copied.  Giving the same callbacks again changes nothing and succeeds.
 *
 * @param callbacks  how to wait; NULL switches condition variables off again
 * @return 0, or -1 if other callbacks are set already or a member is missing
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
int evthread_set_condition_callbacks(const struct evthread_condition_callbacks *callbacks);

/**
 * Tell the library how to recognise the running thread.
 *
 * @param id_fn  answers a number that no other living thread has
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_set_id_callback(unsigned long (*id_fn)(void));

#if defined(_WIN32)
/**
 * Use the locks of Windows.
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
 * Use the locks of POSIX threads.
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

/** Locks hand the priority of a waiting thread on to the thread that holds them. */
#define EVTHREAD_PTHREAD_PRIO_INHERIT 0x01

/**
 * Use the locks of POSIX threads, with a choice of their kind.
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
 * Check every use of a lock.
 *
 * Taking a lock that one may not take, giving one back that one does not hold,
 * or freeing one that somebody holds then ends the process with a message.
 * Must come before any lock is made; there is no way back.
 *
 * Threads: not safe; call it while there is one thread.
 * Cost: each use of a lock calls more functions; not for production.
 * Since: libevent 2.1
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debugging(void);

/**
 * The same by its old, misspelt name.
 *
 * Threads: not safe; call it while there is one thread.
 * Since: libevent 2.1; deprecated, use evthread_enable_lock_debugging().
 */
EVENT2_EXPORT_SYMBOL
void evthread_enable_lock_debuging(void);

/**
 * Make sure that other threads can wake a loop.
 *
 * Only needed for a base that was made before locks were switched on: other
 * bases take care of themselves.
 *
 * @param base  the base
 * @return 0, or -1 if the system gives no descriptor to be woken by
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
