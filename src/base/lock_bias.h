/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How one thread may come and go through a lock with plain loads and stores.
 *
 * A thread that has a lock's bias announces in a slot of its own that it is inside, and
 * then looks whether it still has the bias.  Whoever takes the bias away clears it, makes
 * every running thread of the process pass a memory barrier (membarrier(2)), and then
 * reads the slots: either the owner saw the bias gone, or its slot is seen here.  Where
 * membarrier is missing nobody ever gets a bias.
 */
#ifndef LVN_BASE_LOCK_BIAS_H
#define LVN_BASE_LOCK_BIAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomic.h"
#include "base/compiler.h"

struct lock;

/* Locks that one thread can be inside of by bias; further ones go through the mutex. */
#define LOCK_HELD_MAX 14

/* The slots beyond them are for the locks that are touched: see lvn_lock_touch. */
#define LOCK_TOUCHED     LOCK_HELD_MAX
#define LOCK_TOUCHED_TOO (LOCK_HELD_MAX + 1)
#define LOCK_SLOTS       (LOCK_HELD_MAX + 2)

/*
 * Lives in a static table, never on a thread's stack, so that it can be read after the
 * thread has gone; it is then used again for another thread.
 *
 * Invariants:
 *   1. slots from `count` to LOCK_HELD_MAX are NULL, the one below it is not
 *   2. only the owning thread writes; a lock stays in its slot until it is left
 *   3. the slot of a lock that is paused holds LVN_LOCK_PAUSED and is given to no other
 */
struct lock_thread {
	LVN_ATOMIC(struct lock *) held[LOCK_SLOTS];
	unsigned count;
	bool may_be_biased;
	LVN_ATOMIC(bool) in_use;
};

/* The calling thread's, NULL until it first comes through a mutex. */
extern LVN_THREAD_LOCAL struct lock_thread *lvn_lock_self
#if defined(__GNUC__) && defined(__PIC__)
    __attribute__((tls_model("initial-exec")))
#endif
    ;
/* Stands for no thread in a lock's bias; equal to no thread's self. */
extern struct lock_thread lvn_lock_nobody;

/* Stands for no lock in a slot that is kept for one. */
#define LVN_LOCK_PAUSED ((struct lock *)(uintptr_t)1)

/* Whether this process can use biases; asks the kernel on the first call. */
bool lvn_lock_bias_available(void);

/* The calling thread's self, made if needed.  Never fails. */
struct lock_thread *lvn_lock_register_self(void);

/* Takes the bias from whoever has it and waits until that thread is outside. */
void lvn_lock_bias_revoke(LVN_ATOMIC(struct lock_thread *) * bias, struct lock *lock);

/* Whether the calling thread is inside `lock` by its bias. */
bool lvn_lock_bias_is_held(struct lock_thread *self, const struct lock *lock);

/* Takes `lock` out of the calling thread's slots; true if it was there.  Wakes a revoker. */
bool lvn_lock_bias_forget(struct lock_thread *self, struct lock *lock);

/* The calling thread touches no lock any more.  Wakes a revoker. */
void lvn_lock_bias_untouch(struct lock_thread *self);

/* The calling thread has left a lock whose bias it has lost: wakes who waits for that. */
void lvn_lock_bias_tell_revoker(void);

LVN_HOT_INLINE bool
lvn_lock_enter_biased(LVN_ATOMIC(struct lock_thread *) * bias,
    LVN_ATOMIC(struct lock_thread *) * holder, unsigned *depth, struct lock *lock)
{
	struct lock_thread *self = lvn_lock_self;

	if (LVN_UNLIKELY(atomic_load_explicit(bias, memory_order_relaxed) != self))
		return false;
	if (atomic_load_explicit(holder, memory_order_relaxed) == self) {
		++*depth;
		return true;
	}
	if (LVN_UNLIKELY(self->count == LOCK_HELD_MAX))
		return false;
	atomic_store_explicit(&self->held[self->count++], lock, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (LVN_UNLIKELY(atomic_load_explicit(bias, memory_order_relaxed) != self)) {
		lvn_lock_bias_forget(self, lock);
		return false;
	}
	atomic_store_explicit(holder, self, memory_order_relaxed);
	return true;
}

LVN_HOT_INLINE bool
lvn_lock_leave_biased(LVN_ATOMIC(struct lock_thread *) * bias,
    LVN_ATOMIC(struct lock_thread *) * holder, unsigned *depth, struct lock *lock)
{
	struct lock_thread *self = lvn_lock_self;

	if (LVN_UNLIKELY(atomic_load_explicit(bias, memory_order_relaxed) != self))
		return false;
	if (*depth > 1) {
		--*depth;
		return true;
	}
	if (LVN_UNLIKELY(self->count == 0 || atomic_load_explicit(&self->held[self->count - 1],
						 memory_order_relaxed) != lock))
		return false;
	atomic_store_explicit(holder, (struct lock_thread *)0, memory_order_relaxed);
	atomic_store_explicit(&self->held[--self->count], (struct lock *)0, memory_order_release);
	atomic_signal_fence(memory_order_seq_cst);
	if (LVN_UNLIKELY(atomic_load_explicit(bias, memory_order_relaxed) != self))
		lvn_lock_bias_forget(self, lock);
	return true;
}

#endif
