/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lock_debug.h"

#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/lock_callbacks.h"
#include "base/memory.h"

#define SIGNATURE UINT32_C(0xdeb0b10c)

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
	return lvn_lock_callbacks.thread_id ? lvn_lock_callbacks.thread_id() : 1;
}

static void *
debug_alloc(unsigned type)
{
	struct debug_lock *debug = lvn_calloc(1, sizeof(*debug));

	if (!debug)
		return NULL;
	debug->signature = SIGNATURE;
	debug->type = type;
	if (!lvn_lock_callbacks.application.alloc)
		return debug;
	debug->lock = lvn_lock_callbacks.application.alloc(type | EVTHREAD_LOCKTYPE_RECURSIVE);
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
	if (lvn_lock_callbacks.application.free)
		lvn_lock_callbacks.application.free(
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
	if (lvn_lock_callbacks.application.lock)
		rc = lvn_lock_callbacks.application.lock(mode, debug->lock);
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
	if (lvn_lock_callbacks.application.unlock)
		return lvn_lock_callbacks.application.unlock(mode, debug->lock);
	return 0;
}

int
lvn_lock_debug_wait(void *condition, void *lock, const struct timeval *timeout)
{
	struct debug_lock *debug = lock;
	int rc;

	note_left(debug);
	rc = lvn_lock_callbacks.condition.wait_condition(condition, debug->lock, timeout);
	note_entered(debug);
	return rc;
}

const struct evthread_lock_callbacks lvn_lock_debug_callbacks = {
    .lock_api_version = EVTHREAD_LOCK_API_VERSION,
    .supported_locktypes = EVTHREAD_LOCKTYPE_RECURSIVE,
    .alloc = debug_alloc,
    .free = debug_free,
    .lock = debug_lock,
    .unlock = debug_unlock,
};
