/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/lock_callbacks.h"
#include "base/lock_debug.h"

/* So often in a row must one thread come in through the mutex to get the bias back. */
#define STREAK_FOR_BIAS 512

bool
lvn_lock_threads_enabled(void)
{
	return lvn_lock_callbacks.lock.lock != NULL;
}

static enum lock_kind
kind_for_new_locks(void)
{
	if (!lvn_lock_threads_enabled())
		return LOCK_ABSENT;
	if (lvn_lock_callbacks.native && !lvn_lock_callbacks.debugging)
		return LOCK_NATIVE;
	return LOCK_CALLBACKS;
}

static int
init_native(struct lock *lock)
{
	struct lock_thread *self = lvn_lock_register_self();
	int rc = pthread_mutex_init(&lock->mutex, NULL);

	if (rc != 0)
		return -rc;
	if (self->may_be_biased)
		atomic_init(&lock->bias, self);
	return 0;
}

int
lvn_lock_init(struct lock *lock, bool wanted)
{
	int rc = 0;

	*lock = (struct lock){.kind = wanted ? kind_for_new_locks() : LOCK_ABSENT, .depth = 1};
	atomic_init(&lock->bias, &lvn_lock_nobody);
	if (lock->kind == LOCK_NATIVE) {
		rc = init_native(lock);
	} else if (lock->kind == LOCK_CALLBACKS) {
		lock->callbacks_lock = lvn_lock_callbacks.lock.alloc(EVTHREAD_LOCKTYPE_RECURSIVE);
		rc = lock->callbacks_lock ? 0 : -ENOMEM;
	}
	if (rc < 0)
		lock->kind = LOCK_ABSENT;
	return rc;
}

void
lvn_lock_init_with(struct lock *lock, void *callbacks_lock)
{
	*lock = (struct lock){.depth = 1, .callbacks_lock = callbacks_lock};
	atomic_init(&lock->bias, &lvn_lock_nobody);
	if (lvn_lock_threads_enabled())
		lock->kind = LOCK_CALLBACKS;
}

void
lvn_lock_clear(struct lock *lock)
{
	if (lock->kind == LOCK_NATIVE) {
		pthread_mutex_destroy(&lock->mutex);
	} else if (lock->kind == LOCK_CALLBACKS && lvn_lock_callbacks.lock.free) {
		lvn_lock_callbacks.lock.free(lock->callbacks_lock, EVTHREAD_LOCKTYPE_RECURSIVE);
	}
	lock->kind = LOCK_ABSENT;
}

/* The caller holds the mutex.  From here on it is inside by its bias. */
static void
turn_into_bias(struct lock *lock, struct lock_thread *self)
{
	atomic_store_explicit(&self->held[self->count++], lock, memory_order_relaxed);
	atomic_store_explicit(&lock->bias, self, memory_order_release);
	lock->streak = 0;
	pthread_mutex_unlock(&lock->mutex);
}

static bool
may_have_bias(const struct lock_thread *self)
{
	return self->may_be_biased && self->count < LOCK_HELD_MAX;
}

static void
acquire_native(struct lock *lock)
{
	struct lock_thread *self = lvn_lock_register_self();

	if (atomic_load_explicit(&lock->holder, memory_order_relaxed) == self) {
		lock->depth++;
		return;
	}
	pthread_mutex_lock(&lock->mutex);
	if (atomic_load_explicit(&lock->bias, memory_order_relaxed) != &lvn_lock_nobody)
		lvn_lock_bias_revoke(&lock->bias, lock);
	atomic_store_explicit(&lock->holder, self, memory_order_relaxed);
	lock->streak = lock->last == self ? lock->streak + 1 : 0;
	lock->last = self;
	if (lock->streak >= STREAK_FOR_BIAS && may_have_bias(self))
		turn_into_bias(lock, self);
}

static void
release_native(struct lock *lock)
{
	struct lock_thread *self = lvn_lock_register_self();

	LVN_ASSERT(atomic_load_explicit(&lock->holder, memory_order_relaxed) == self);
	if (lock->depth > 1) {
		lock->depth--;
		return;
	}
	atomic_store_explicit(&lock->holder, NULL, memory_order_relaxed);
	if (!lvn_lock_bias_forget(self, lock))
		pthread_mutex_unlock(&lock->mutex);
}

void
lvn_lock_acquire_slowly(struct lock *lock)
{
	if (lock->kind == LOCK_NATIVE)
		acquire_native(lock);
	else
		lvn_lock_callbacks.lock.lock(0, lock->callbacks_lock);
}

void
lvn_lock_release_slowly(struct lock *lock)
{
	if (lock->kind == LOCK_NATIVE)
		release_native(lock);
	else
		lvn_lock_callbacks.lock.unlock(0, lock->callbacks_lock);
}

LVN_COLD struct lock_pause
lvn_lock_resume_slowly(struct lock *lock, struct lock_pause pause)
{
	if (pause.self)
		lvn_lock_bias_forget(pause.self, lock);
	lvn_lock_acquire(lock);
	return lvn_lock_pause_of(lock);
}

void
lvn_lock_prefer_this_thread(struct lock *lock)
{
	struct lock_thread *self;

	if (lock->kind != LOCK_NATIVE)
		return;
	self = lvn_lock_register_self();
	if (atomic_load_explicit(&lock->bias, memory_order_relaxed) == &lvn_lock_nobody &&
	    !lvn_lock_bias_is_held(self, lock) && may_have_bias(self))
		turn_into_bias(lock, self);
}

void
lvn_lock_pair_acquire(struct lock *one, struct lock *other) NO_LOCK_ANALYSIS
{
	bool in_order = (uintptr_t)one < (uintptr_t)other;

	lvn_lock_acquire(in_order ? one : other);
	lvn_lock_acquire(in_order ? other : one);
}

void
lvn_lock_pair_release(struct lock *one, struct lock *other) NO_LOCK_ANALYSIS
{
	bool in_order = (uintptr_t)one < (uintptr_t)other;

	lvn_lock_release(in_order ? other : one);
	lvn_lock_release(in_order ? one : other);
}

static int
init_native_condition(struct condition *condition)
{
	pthread_condattr_t attributes;
	int rc = pthread_condattr_init(&attributes);

	if (rc != 0)
		return -rc;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&condition->cond, &attributes);
	pthread_condattr_destroy(&attributes);
	if (rc != 0)
		return -rc;
	rc = pthread_mutex_init(&condition->mutex, NULL);
	if (rc != 0)
		pthread_cond_destroy(&condition->cond);
	return -rc;
}

int
lvn_condition_init(struct condition *condition, const struct lock *lock)
{
	int rc = 0;

	*condition = (struct condition){.kind = lock->kind};
	if (lock->kind == LOCK_NATIVE) {
		rc = init_native_condition(condition);
	} else if (lock->kind == LOCK_CALLBACKS && lvn_lock_callbacks.condition.alloc_condition) {
		condition->callbacks_condition = lvn_lock_callbacks.condition.alloc_condition(0);
		rc = condition->callbacks_condition ? 0 : -ENOMEM;
	} else {
		condition->kind = LOCK_ABSENT;
	}
	if (rc < 0)
		condition->kind = LOCK_ABSENT;
	return rc;
}

void
lvn_condition_clear(struct condition *condition)
{
	if (condition->kind == LOCK_NATIVE) {
		pthread_cond_destroy(&condition->cond);
		pthread_mutex_destroy(&condition->mutex);
	} else if (condition->kind == LOCK_CALLBACKS) {
		lvn_lock_callbacks.condition.free_condition(condition->callbacks_condition);
	}
	condition->kind = LOCK_ABSENT;
}

void
lvn_condition_wake_all(struct condition *condition)
{
	if (condition->kind == LOCK_NATIVE) {
		pthread_mutex_lock(&condition->mutex);
		pthread_cond_broadcast(&condition->cond);
		pthread_mutex_unlock(&condition->mutex);
	} else if (condition->kind == LOCK_CALLBACKS) {
		lvn_lock_callbacks.condition.signal_condition(condition->callbacks_condition, 1);
	}
}

static void
wait_natively(struct condition *condition, int64_t timeout_ns)
{
	struct timespec until;

	if (timeout_ns < 0) {
		pthread_cond_wait(&condition->cond, &condition->mutex);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	timeout_ns += until.tv_nsec;
	until.tv_sec += (time_t)(timeout_ns / LVN_NS_PER_S);
	until.tv_nsec = (long)(timeout_ns % LVN_NS_PER_S);
	pthread_cond_timedwait(&condition->cond, &condition->mutex, &until);
}

/*
 * The condition's own mutex is taken before the lock is given up, and wake_all takes it
 * too: a wake-up between the two is not lost.
 */
void
lvn_condition_wait(struct condition *condition, struct lock *lock, int64_t timeout_ns)
{
	if (condition->kind == LOCK_NATIVE) {
		unsigned depth = lock->depth;

		pthread_mutex_lock(&condition->mutex);
		lock->depth = 1;
		lvn_lock_release(lock);
		wait_natively(condition, timeout_ns);
		pthread_mutex_unlock(&condition->mutex);
		lvn_lock_acquire(lock);
		lock->depth = depth;
	} else if (condition->kind == LOCK_CALLBACKS) {
		struct timeval timeout = lvn_timeval_from_ns(timeout_ns < 0 ? 0 : timeout_ns);

		int (*wait)(void *, void *, const struct timeval *) =
		    lvn_lock_callbacks.debugging ? lvn_lock_debug_wait
						 : lvn_lock_callbacks.condition.wait_condition;

		wait(condition->callbacks_condition, lock->callbacks_lock,
		    timeout_ns < 0 ? NULL : &timeout);
	}
}
