/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_bias.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "base/platform.h"

#if LVN_HAVE_MEMBARRIER
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define THREADS_MAX 256
#define SPINS_MAX   200

LVN_THREAD_LOCAL struct lock_thread *lvn_lock_self;
struct lock_thread lvn_lock_nobody;

static struct lock_thread threads[THREADS_MAX];
/* Identity of a thread for which the table had no room; never in a bias. */
static LVN_THREAD_LOCAL struct lock_thread without_slot;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_exit;
static bool at_exit_works;
static bool available;

/* A revoker sleeps here until the thread it waits for has left the lock. */
static pthread_mutex_t left_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static LVN_ATOMIC(unsigned) sleeping_revokers;

#if LVN_HAVE_MEMBARRIER
static int
membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

static bool
ask_kernel(void)
{
	int commands = membarrier(MEMBARRIER_CMD_QUERY);

	return commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	       membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

/*
 * A sandbox may have taken the call away since it was probed.  The pause is then far
 * longer than any store stays in a processor's buffer.
 */
static void
barrier_on_all_threads(void)
{
	struct timespec pause = {.tv_nsec = 2000000};

	if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
		return;
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
	    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0)
		return;
	nanosleep(&pause, NULL);
}
#else
static bool
ask_kernel(void)
{
	return false;
}

static void
barrier_on_all_threads(void)
{
}
#endif

static void
give_slot_back(void *self)
{
	struct lock_thread *thread = self;

	lvn_lock_self = NULL;
	atomic_store_explicit(&thread->in_use, false, memory_order_release);
}

static void
set_up(void)
{
	at_exit_works = pthread_key_create(&at_exit, give_slot_back) == 0;
	available = at_exit_works && ask_kernel();
}

bool
lvn_lock_bias_available(void)
{
	pthread_once(&once, set_up);
	return available;
}

/* A thread that ends in a callback leaves the slots behind that are kept for its locks. */
static void
empty_slots(struct lock_thread *thread)
{
	for (size_t i = 0; i < LOCK_SLOTS; i++)
		atomic_store_explicit(&thread->held[i], NULL, memory_order_relaxed);
	thread->count = 0;
}

static struct lock_thread *
take_slot(void)
{
	for (size_t i = 0; i < THREADS_MAX; i++) {
		bool free_slot = false;

		if (atomic_load_explicit(&threads[i].in_use, memory_order_relaxed))
			continue;
		if (atomic_compare_exchange_strong(&threads[i].in_use, &free_slot, true)) {
			empty_slots(&threads[i]);
			return &threads[i];
		}
	}
	return NULL;
}

struct lock_thread *
lvn_lock_register_self(void)
{
	struct lock_thread *self = lvn_lock_self;

	if (self)
		return self;
	if (lvn_lock_bias_available()) {
		self = take_slot();
		if (self && pthread_setspecific(at_exit, self) != 0) {
			atomic_store(&self->in_use, false);
			self = NULL;
		}
	}
	if (self)
		self->may_be_biased = true;
	else
		self = &without_slot;
	lvn_lock_self = self;
	return self;
}

bool
lvn_lock_bias_is_held(struct lock_thread *thread, const struct lock *lock)
{
	for (size_t i = 0; i < LOCK_SLOTS; i++)
		if (atomic_load_explicit(&thread->held[i], memory_order_acquire) == lock)
			return true;
	return false;
}

void
lvn_lock_bias_revoke(LVN_ATOMIC(struct lock_thread *) * bias, struct lock *lock)
{
	struct lock_thread *owner = atomic_load_explicit(bias, memory_order_relaxed);

	atomic_store(bias, &lvn_lock_nobody);
	if (owner == &lvn_lock_nobody || owner == lvn_lock_self)
		return;
	barrier_on_all_threads();
	for (int i = 0; i < SPINS_MAX; i++)
		if (!lvn_lock_bias_is_held(owner, lock))
			return;
	pthread_mutex_lock(&left_mutex);
	atomic_fetch_add(&sleeping_revokers, 1);
	atomic_thread_fence(memory_order_seq_cst);
	while (lvn_lock_bias_is_held(owner, lock))
		pthread_cond_wait(&left, &left_mutex);
	atomic_fetch_sub(&sleeping_revokers, 1);
	pthread_mutex_unlock(&left_mutex);
}

LVN_COLD void
lvn_lock_bias_tell_revoker(void)
{
	/* The slot is empty by now: either a revoker sees that before it sleeps, or we see it. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&sleeping_revokers, memory_order_relaxed) == 0)
		return;
	pthread_mutex_lock(&left_mutex);
	pthread_cond_broadcast(&left);
	pthread_mutex_unlock(&left_mutex);
}

LVN_COLD void
lvn_lock_bias_untouch(struct lock_thread *self)
{
	atomic_store_explicit(&self->held[LOCK_TOUCHED], NULL, memory_order_release);
	atomic_store_explicit(&self->held[LOCK_TOUCHED_TOO], NULL, memory_order_release);
	lvn_lock_bias_tell_revoker();
}

LVN_COLD bool
lvn_lock_bias_forget(struct lock_thread *self, struct lock *lock)
{
	bool found = false;

	/* Other slots stay where they are: a revoker may be looking through them. */
	for (unsigned i = self->count; i-- > 0 && !found;) {
		if (atomic_load_explicit(&self->held[i], memory_order_relaxed) != lock)
			continue;
		atomic_store_explicit(&self->held[i], NULL, memory_order_release);
		found = true;
	}
	while (self->count > 0 &&
	       !atomic_load_explicit(&self->held[self->count - 1], memory_order_relaxed))
		self->count--;
	lvn_lock_bias_tell_revoker();
	return found;
}
