/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: locks, conditions and thread ids from pthreads (libevent_pthreads).
 */
#include <errno.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include "base/private.h"

/* Kinds of mutex, made by the first call of evthread_use_pthreads. */
static pthread_mutexattr_t recursive;
static pthread_mutexattr_t plain;
static bool have_attributes;

static void *
mutex_alloc(unsigned type)
{
	pthread_mutex_t *mutex = lvn_alloc(sizeof(*mutex));

	if (!mutex)
		return NULL;
	if (pthread_mutex_init(mutex, type & EVTHREAD_LOCKTYPE_RECURSIVE ? &recursive : &plain) !=
	    0) {
		lvn_free(mutex);
		return NULL;
	}
	return mutex;
}

static void
mutex_free(void *lock, unsigned type)
{
	(void)type;
	pthread_mutex_destroy(lock);
	lvn_free(lock);
}

static int
mutex_lock(unsigned mode, void *lock)
{
	return mode & EVTHREAD_TRY ? pthread_mutex_trylock(lock) : pthread_mutex_lock(lock);
}

static int
mutex_unlock(unsigned mode, void *lock)
{
	(void)mode;
	return pthread_mutex_unlock(lock);
}

/* Waits are measured by the monotonic clock. */
static int
init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return error;
	error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (!error)
		error = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return error;
}

static void *
condition_alloc(unsigned type)
{
	pthread_cond_t *condition = lvn_alloc(sizeof(*condition));

	(void)type;
	if (!condition)
		return NULL;
	if (init_condition(condition) != 0) {
		lvn_free(condition);
		return NULL;
	}
	return condition;
}

static void
condition_free(void *condition)
{
	pthread_cond_destroy(condition);
	lvn_free(condition);
}

static int
condition_signal(void *condition, int broadcast)
{
	int rc = broadcast ? pthread_cond_broadcast(condition) : pthread_cond_signal(condition);

	return rc ? -1 : 0;
}

/* 0 when woken, 1 when the time is over, -1 on an error. */
static int
condition_wait(void *condition, void *lock, const struct timeval *timeout)
{
	struct timespec until;
	int rc;

	if (!timeout)
		return pthread_cond_wait(condition, lock) ? -1 : 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout->tv_sec;
	until.tv_nsec += (long)timeout->tv_usec * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	rc = pthread_cond_timedwait(condition, lock, &until);
	if (rc == ETIMEDOUT)
		return 1;
	return rc ? -1 : 0;
}

static unsigned long
thread_id(void)
{
	return (unsigned long)(uintptr_t)pthread_self();
}

static int
make_attributes(int flags)
{
	if (pthread_mutexattr_init(&plain) != 0)
		return -1;
	if (pthread_mutexattr_init(&recursive) != 0)
		goto destroy_plain;
	if (pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE) != 0)
		goto destroy_both;
	if ((flags & EVTHREAD_PTHREAD_PRIO_INHERIT) &&
	    (pthread_mutexattr_setprotocol(&plain, PTHREAD_PRIO_INHERIT) != 0 ||
		pthread_mutexattr_setprotocol(&recursive, PTHREAD_PRIO_INHERIT) != 0))
		goto destroy_both;
	return 0;

destroy_both:
	pthread_mutexattr_destroy(&recursive);
destroy_plain:
	pthread_mutexattr_destroy(&plain);
	return -1;
}

int
evthread_use_pthreads_with_flags(int flags)
{
	static const struct evthread_lock_callbacks locks = {
	    .lock_api_version = EVTHREAD_LOCK_API_VERSION,
	    .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
	    .alloc = mutex_alloc,
	    .free = mutex_free,
	    .lock = mutex_lock,
	    .unlock = mutex_unlock,
	};
	static const struct evthread_condition_callbacks conditions = {
	    .condition_api_version = EVTHREAD_CONDITION_API_VERSION,
	    .alloc_condition = condition_alloc,
	    .free_condition = condition_free,
	    .signal_condition = condition_signal,
	    .wait_condition = condition_wait,
	};

	if (!have_attributes && make_attributes(flags) < 0)
		return -1;
	have_attributes = true;
	if (evthread_set_lock_callbacks(&locks) < 0)
		return -1;
	evthread_set_condition_callbacks(&conditions);
	evthread_set_id_callback(thread_id);
	return 0;
}

int
evthread_use_pthreads(void)
{
	return evthread_use_pthreads_with_flags(0);
}
