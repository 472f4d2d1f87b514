/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/memory.h"

#define SIGNATURE UINT32_C(0xdeb0b10c)

struct lock_functions lvn_lock_functions;
struct lock lvn_lock_absent;

int
lvn_lock_init(struct lock *lock, bool wanted)
{
	*lock = (struct lock){.handle = NULL};
	if (!wanted || !lvn_lock_threads_enabled())
		return 0;
	lock->handle = lvn_lock_functions.lock.alloc(EVTHREAD_LOCKTYPE_RECURSIVE);
	return lock->handle ? 0 : -ENOMEM;
}

void
lvn_lock_init_with(struct lock *lock, void *handle)
{
	*lock = (struct lock){.handle = NULL};
	if (lvn_lock_threads_enabled())
		lock->handle = handle;
}

void
lvn_lock_clear(struct lock *lock)
{
	/* The application may have taken its functions back. */
	if (lock->handle && lvn_lock_functions.lock.free)
		lvn_lock_functions.lock.free(lock->handle, EVTHREAD_LOCKTYPE_RECURSIVE);
	*lock = (struct lock){.handle = NULL};
}

/* The analysis does not follow a lock that is chosen by a condition. */
void
lvn_lock_pair_acquire(struct lock *one, struct lock *other) NO_LOCK_ANALYSIS
{
	bool in_order = (uintptr_t)one < (uintptr_t)other;

	lvn_lock_acquire(in_order ? one : other);
	if (one != other)
		lvn_lock_acquire(in_order ? other : one);
}

/* As above: when both are one lock, it is released once. */
void
lvn_lock_pair_release(struct lock *one, struct lock *other) NO_LOCK_ANALYSIS
{
	lvn_lock_release(one);
	if (one != other)
		lvn_lock_release(other);
}

/* ---- Locks that check how they are used, around those of the application ---- */

/*
 * Invariants:
 *   1. count > 0 exactly while a thread is inside, and held_by is then that thread
 *   2. count <= 1 unless the lock is recursive
 */
struct debug_lock {
	uint32_t signature;
	unsigned type;
	unsigned count;
	unsigned long held_by;
	void *lock; /* the application's, NULL if it set no functions */
};

static unsigned long
this_thread(void)
{
	return lvn_lock_functions.thread_id ? lvn_lock_functions.thread_id() : 1;
}

static void *
debug_alloc(unsigned type)
{
	struct debug_lock *debug = lvn_calloc(1, sizeof(*debug));

	if (!debug)
		return NULL;
	debug->signature = SIGNATURE;
	debug->type = type;
	if (!lvn_lock_functions.application.alloc)
		return debug;
	debug->lock = lvn_lock_functions.application.alloc(type | EVTHREAD_LOCKTYPE_RECURSIVE);
	if (!debug->lock) {
		lvn_free(debug);
		return NULL;
	}
	return debug;
}

static void
debug_free(void *lock, unsigned type)
{
	struct debug_lock *debug = lock;

	LVN_ASSERT(debug->count == 0);
	LVN_ASSERT(debug->type == type);
	LVN_ASSERT(debug->signature == SIGNATURE);
	if (lvn_lock_functions.application.free)
		lvn_lock_functions.application.free(
		    debug->lock, debug->type | EVTHREAD_LOCKTYPE_RECURSIVE);
	debug->signature = 0;
	lvn_free(debug);
}

static void
note_entered(struct debug_lock *debug)
{
	debug->count++;
	if (!(debug->type & EVTHREAD_LOCKTYPE_RECURSIVE))
		LVN_ASSERT(debug->count == 1);
	if (debug->count > 1)
		LVN_ASSERT(debug->held_by == this_thread());
	debug->held_by = this_thread();
}

static int
debug_lock(unsigned mode, void *lock)
{
	struct debug_lock *debug = lock;
	int rc = 0;

	LVN_ASSERT(debug->signature == SIGNATURE);
	if (debug->type & EVTHREAD_LOCKTYPE_READWRITE)
		LVN_ASSERT(mode & (EVTHREAD_READ | EVTHREAD_WRITE));
	else
		LVN_ASSERT((mode & (EVTHREAD_READ | EVTHREAD_WRITE)) == 0);
	if (lvn_lock_functions.application.lock)
		rc = lvn_lock_functions.application.lock(mode, debug->lock);
	if (rc == 0)
		note_entered(debug);
	return rc;
}

static void
note_left(struct debug_lock *debug)
{
	LVN_ASSERT(debug->signature == SIGNATURE);
	LVN_ASSERT(debug->held_by == this_thread());
	LVN_ASSERT(debug->count > 0);
	if (--debug->count == 0)
		debug->held_by = 0;
}

static int
debug_unlock(unsigned mode, void *lock)
{
	struct debug_lock *debug = lock;

	note_left(debug);
	if (lvn_lock_functions.application.unlock)
		return lvn_lock_functions.application.unlock(mode, debug->lock);
	return 0;
}

static const struct evthread_lock_callbacks debug_callbacks = {
    .lock_api_version = EVTHREAD_LOCK_API_VERSION,
    .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
    .alloc = debug_alloc,
    .free = debug_free,
    .lock = debug_lock,
    .unlock = debug_unlock,
};

void
lvn_lock_enable_debugging(void)
{
	if (lvn_lock_functions.debugging)
		return;
	lvn_lock_functions.application = lvn_lock_functions.lock;
	lvn_lock_functions.lock = debug_callbacks;
	lvn_lock_functions.debugging = true;
}

/* ---- Conditions ---- */

int
lvn_condition_init(struct condition *condition, const struct lock *lock)
{
	*condition = (struct condition){.handle = NULL};
	if (!lock->handle || !lvn_lock_functions.condition.alloc_condition)
		return 0;
	condition->handle = lvn_lock_functions.condition.alloc_condition(0);
	return condition->handle ? 0 : -ENOMEM;
}

void
lvn_condition_clear(struct condition *condition)
{
	if (condition->handle && lvn_lock_functions.condition.free_condition)
		lvn_lock_functions.condition.free_condition(condition->handle);
	*condition = (struct condition){.handle = NULL};
}

void
lvn_condition_wake_all(struct condition *condition)
{
	if (condition->handle)
		lvn_lock_functions.condition.signal_condition(condition->handle, 1);
}

/* The lock counts as released meanwhile. */
static void
debug_wait(void *condition, void *lock)
{
	struct debug_lock *debug = lock;

	note_left(debug);
	lvn_lock_functions.condition.wait_condition(condition, debug->lock, NULL);
	note_entered(debug);
}

void
lvn_condition_wait(struct condition *condition, struct lock *lock)
{
	if (!condition->handle)
		return;
	if (lvn_lock_functions.debugging)
		debug_wait(condition->handle, lock->handle);
	else
		lvn_lock_functions.condition.wait_condition(condition->handle, lock->handle, NULL);
}
