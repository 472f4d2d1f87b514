/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recursive locks and conditions for the library's objects.
 *
 * A lock is absent unless the application asked for threads, and the calls are then
 * no-ops.  With evthread_use_pthreads it is native: a mutex that is biased to the thread
 * which uses it again and again, so that this thread pays neither an atomic instruction
 * nor a call.  With the application's own callbacks, or under lock debugging, it is
 * whatever those callbacks make it.
 */
#ifndef LVN_BASE_LOCK_H
#define LVN_BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "base/lock_bias.h"

enum lock_kind { LOCK_ABSENT, LOCK_NATIVE, LOCK_CALLBACKS };

/*
 * Invariants of a native lock:
 *   1. A thread is inside if it holds `mutex` while nobody has the bias, or if it has the
 *      lock in its `held` slots and had the bias when it put it there.
 *   2. Never two at once: whoever takes the bias away holds `mutex` and waits until the
 *      lock has left the slots of the thread that had it.
 *   3. holder and depth are written by the thread inside only; another thread may read
 *      holder, and can then only learn that it is not itself.
 *   4. depth is how often the thread inside has come in, and 1 while there is none
 */
struct CAPABILITY("mutex") lock {
	enum lock_kind kind;
	unsigned depth;
	LVN_ATOMIC(struct lock_thread *) bias;   /* &lvn_lock_nobody when there is none */
	LVN_ATOMIC(struct lock_thread *) holder; /* NULL when nobody is inside */
	struct lock_thread *last;                /* who came in through the mutex last ... */
	unsigned streak;                         /* ... and how often in a row */
	void *callbacks_lock;
	pthread_mutex_t mutex;
};

/* Waiting for something under a lock. */
struct condition {
	enum lock_kind kind;
	void *callbacks_condition;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
};

/* Absent if `wanted` is false or threads are off.  0 or -ENOMEM. */
int lvn_lock_init(struct lock *lock, bool wanted);
/*
 * With a lock that the application made with its callbacks and that stays its own: this
 * one needs no clearing.
 */
void lvn_lock_init_with(struct lock *lock, void *callbacks_lock);
void lvn_lock_clear(struct lock *lock);

/* True if the application has switched threads on. */
bool lvn_lock_threads_enabled(void);

/* A native lock is about to be used mainly by the calling thread, which holds it. */
void lvn_lock_prefer_this_thread(struct lock *lock) REQUIRES(lock);

void lvn_lock_acquire_slowly(struct lock *lock);
void lvn_lock_release_slowly(struct lock *lock);

/* A number that no other running thread has. */
LVN_HOT_INLINE unsigned long
lvn_lock_this_thread(void)
{
	return (unsigned long)(uintptr_t)&lvn_lock_self;
}

/* True if the calling thread may use the lock's object without waiting for anybody. */
LVN_HOT_INLINE bool
lvn_lock_is_cheap_here(struct lock *lock)
{
	return lock->kind == LOCK_ABSENT ||
	       atomic_load_explicit(&lock->bias, memory_order_relaxed) == lvn_lock_self;
}

LVN_HOT_INLINE void
lvn_lock_acquire(struct lock *lock) ACQUIRES(lock) NO_LOCK_ANALYSIS
{
	if (lock->kind != LOCK_ABSENT &&
	    !lvn_lock_enter_biased(&lock->bias, &lock->holder, &lock->depth, lock))
		lvn_lock_acquire_slowly(lock);
}

LVN_HOT_INLINE void
lvn_lock_release(struct lock *lock) RELEASES(lock) NO_LOCK_ANALYSIS
{
	if (lock->kind != LOCK_ABSENT &&
	    !lvn_lock_leave_biased(&lock->bias, &lock->holder, &lock->depth, lock))
		lvn_lock_release_slowly(lock);
}

/*
 * For the shortest sections: no other lock is taken, nothing is logged, allocated or called
 * that could come back here.  Only for a thread that has the bias; NULL if it has not, and
 * lvn_lock_touch_missed must be called before any other function here.  It may be inside
 * already.
 */
LVN_HOT_INLINE struct lock_thread *
lvn_lock_touch_in(struct lock *lock, unsigned slot)
{
	struct lock_thread *self = lvn_lock_self;

	if (LVN_UNLIKELY(!self))
		return self;
	atomic_store_explicit(&self->held[slot], lock, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (LVN_UNLIKELY(atomic_load_explicit(&lock->bias, memory_order_relaxed) != self))
		return (struct lock_thread *)0;
	return self;
}

LVN_HOT_INLINE struct lock_thread *
lvn_lock_touch(struct lock *lock)
{
	return lvn_lock_touch_in(lock, LOCK_TOUCHED);
}

/* A second one at the same time, in any order: nobody waits while touching. */
LVN_HOT_INLINE struct lock_thread *
lvn_lock_touch_too(struct lock *lock)
{
	return lvn_lock_touch_in(lock, LOCK_TOUCHED_TOO);
}

/* Does nothing where no touch has failed. */
LVN_HOT_INLINE void
lvn_lock_touch_missed(void)
{
	struct lock_thread *self = lvn_lock_self;

	if (self && (atomic_load_explicit(&self->held[LOCK_TOUCHED], memory_order_relaxed) ||
			atomic_load_explicit(&self->held[LOCK_TOUCHED_TOO], memory_order_relaxed)))
		lvn_lock_bias_untouch(self);
}

LVN_HOT_INLINE bool
lvn_lock_untouch_in(struct lock *lock, unsigned slot, struct lock_thread *self)
{
	atomic_store_explicit(&self->held[slot], (struct lock *)0, memory_order_release);
	atomic_signal_fence(memory_order_seq_cst);
	return LVN_LIKELY(atomic_load_explicit(&lock->bias, memory_order_relaxed) == self);
}

/* False if lvn_lock_bias_tell_revoker must be called. */
LVN_HOT_INLINE bool
lvn_lock_untouch(struct lock *lock, struct lock_thread *self)
{
	return lvn_lock_untouch_in(lock, LOCK_TOUCHED, self);
}

LVN_HOT_INLINE bool
lvn_lock_untouch_too(struct lock *lock, struct lock_thread *self)
{
	return lvn_lock_untouch_in(lock, LOCK_TOUCHED_TOO, self);
}

/*
 * For a thread that is inside once and steps out and back in again and again: its slot
 * stays its own meanwhile, so that there is nothing to find out each time.
 */
struct lock_pause {
	struct lock_thread *self; /* NULL unless it is inside by its bias */
	LVN_ATOMIC(struct lock *) * slot;
};

LVN_HOT_INLINE struct lock_pause
lvn_lock_pause_of(struct lock *lock)
{
	struct lock_thread *self = lvn_lock_self;
	struct lock_pause pause = {0, 0};

	if (lock->kind == LOCK_NATIVE && lock->depth == 1 &&
	    atomic_load_explicit(&lock->bias, memory_order_relaxed) == self &&
	    atomic_load_explicit(&self->held[self->count - 1], memory_order_relaxed) == lock) {
		pause.self = self;
		pause.slot = &self->held[self->count - 1];
	}
	return pause;
}

/* By bias only. */
LVN_HOT_INLINE void
lvn_lock_pause_biased(struct lock *lock, struct lock_pause pause) RELEASES(lock) NO_LOCK_ANALYSIS
{
	atomic_store_explicit(&lock->holder, (struct lock_thread *)0, memory_order_relaxed);
	atomic_store_explicit(pause.slot, LVN_LOCK_PAUSED, memory_order_release);
	atomic_signal_fence(memory_order_seq_cst);
	if (LVN_UNLIKELY(atomic_load_explicit(&lock->bias, memory_order_relaxed) != pause.self))
		lvn_lock_bias_tell_revoker();
}

/* Takes the ordinary way a lock that is no more what it was at the pause. */
struct lock_pause lvn_lock_resume_slowly(struct lock *lock, struct lock_pause pause) ACQUIRES(lock);

/* By bias only.  False if that is gone: the thread is inside again, the pause is over. */
LVN_HOT_INLINE bool
lvn_lock_resume_biased(struct lock *lock, struct lock_pause *pause) ACQUIRES(lock) NO_LOCK_ANALYSIS
{
	atomic_store_explicit(pause->slot, lock, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (LVN_UNLIKELY(atomic_load_explicit(&lock->bias, memory_order_relaxed) != pause->self)) {
		*pause = lvn_lock_resume_slowly(lock, *pause);
		return false;
	}
	atomic_store_explicit(&lock->holder, pause->self, memory_order_relaxed);
	return true;
}

LVN_HOT_INLINE void
lvn_lock_pause(struct lock *lock, struct lock_pause pause) RELEASES(lock) NO_LOCK_ANALYSIS
{
	if (pause.self)
		lvn_lock_pause_biased(lock, pause);
	else if (lock->kind != LOCK_ABSENT)
		lvn_lock_release_slowly(lock);
}

LVN_HOT_INLINE void
lvn_lock_resume(struct lock *lock, struct lock_pause *pause) ACQUIRES(lock) NO_LOCK_ANALYSIS
{
	if (pause->self)
		lvn_lock_resume_biased(lock, pause);
	else if (lock->kind != LOCK_ABSENT)
		*pause = lvn_lock_resume_slowly(lock, *pause);
}

/* Both, in the order of their addresses; the same lock twice is fine. */
void lvn_lock_pair_acquire(struct lock *one, struct lock *other);
void lvn_lock_pair_release(struct lock *one, struct lock *other);

/* Absent if the lock is.  0 or -ENOMEM. */
int lvn_condition_init(struct condition *condition, const struct lock *lock);
void lvn_condition_clear(struct condition *condition);
void lvn_condition_wake_all(struct condition *condition);

/*
 * Gives the lock up until woken or for timeout_ns (negative: for ever), and takes it again.
 * May return early.  A lock made by callbacks must be held once.
 */
void lvn_condition_wait(struct condition *condition, struct lock *lock, int64_t timeout_ns)
    REQUIRES(lock);

#endif
