/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks and conditions of a program's own, which count what is made and held.  For one
 * test file: everything is static.
 */
#ifndef LEVIN_TESTS_SUPPORT_OWN_LOCKS_H
#define LEVIN_TESTS_SUPPORT_OWN_LOCKS_H

#include <errno.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "support/suite.h"

struct own_lock {
	pthread_mutex_t mutex;
	int depth;
};

static atomic_int locks_made, locks_freed, conditions_made, conditions_freed;
static _Thread_local int locks_held;

static void *
own_alloc(unsigned type)
{
	struct own_lock *lock = calloc(1, sizeof(*lock));
	pthread_mutexattr_t attributes;

	ck_assert_uint_eq(type, EVTHREAD_LOCKTYPE_RECURSIVE);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock->mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	atomic_fetch_add(&locks_made, 1);
	return lock;
}

static void
own_free(void *arg, unsigned type)
{
	struct own_lock *lock = arg;

	ck_assert_uint_eq(type, EVTHREAD_LOCKTYPE_RECURSIVE);
	ck_assert_int_eq(lock->depth, 0);
	pthread_mutex_destroy(&lock->mutex);
	free(lock);
	atomic_fetch_add(&locks_freed, 1);
}

static int
own_acquire(unsigned mode, void *arg)
{
	struct own_lock *lock = arg;

	ck_assert_uint_eq(mode, 0);
	pthread_mutex_lock(&lock->mutex);
	lock->depth++;
	locks_held++;
	return 0;
}

static int
own_release(unsigned mode, void *arg)
{
	struct own_lock *lock = arg;

	(void)mode;
	lock->depth--;
	locks_held--;
	pthread_mutex_unlock(&lock->mutex);
	return 0;
}

static void *
own_condition_alloc(unsigned type)
{
	pthread_cond_t *condition = malloc(sizeof(*condition));

	ck_assert_uint_eq(type, 0);
	pthread_cond_init(condition, NULL);
	atomic_fetch_add(&conditions_made, 1);
	return condition;
}

static void
own_condition_free(void *condition)
{
	pthread_cond_destroy(condition);
	free(condition);
	atomic_fetch_add(&conditions_freed, 1);
}

static int
own_signal(void *condition, int broadcast)
{
	return broadcast ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);
}

static int
own_wait(void *condition, void *arg, const struct timeval *timeout)
{
	struct own_lock *lock = arg;
	struct timespec until;
	int rc;

	ck_assert_int_eq(lock->depth, 1);
	lock->depth = 0;
	if (timeout) {
		struct timeval tv;

		gettimeofday(&tv, NULL);
		evutil_timeradd(&tv, timeout, &tv);
		until = (struct timespec){tv.tv_sec, tv.tv_usec * 1000};
		rc = pthread_cond_timedwait(condition, &lock->mutex, &until);
	} else {
		rc = pthread_cond_wait(condition, &lock->mutex);
	}
	lock->depth = 1;
	return rc == ETIMEDOUT ? 1 : rc;
}

static unsigned long
own_id(void)
{
	return (unsigned long)(uintptr_t)pthread_self();
}

static const struct evthread_lock_callbacks own_locks = {
    EVTHREAD_LOCK_API_VERSION,
    EVTHREAD_LOCKTYPE_RECURSIVE,
    own_alloc,
    own_free,
    own_acquire,
    own_release,
};

static const struct evthread_condition_callbacks own_conditions = {
    EVTHREAD_CONDITION_API_VERSION,
    own_condition_alloc,
    own_condition_free,
    own_signal,
    own_wait,
};

static void
use_own_locks(void)
{
	ck_assert_int_eq(evthread_set_lock_callbacks(&own_locks), 0);
	ck_assert_int_eq(evthread_set_condition_callbacks(&own_conditions), 0);
	evthread_set_id_callback(own_id);
}

#endif
