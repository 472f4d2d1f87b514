/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/private.h"

#include "base/lock.h"

const char LVN_PRIVATE_VERSION = 1;

struct lock *
lvn_private_lock_new(void)
{
	struct lock *lock = lvn_alloc(sizeof(*lock));

	if (lock && lvn_lock_init(lock, true) < 0) {
		lvn_free(lock);
		return NULL;
	}
	return lock;
}

void
lvn_private_lock_free(struct lock *lock)
{
	if (lock)
		lvn_lock_clear(lock);
	lvn_free(lock);
}

/* Acquires for the caller, in another library: the analysis wants both ends in one function. */
void
lvn_private_lock_acquire(struct lock *lock) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(lock);
}

/* The other end of lvn_private_lock_acquire. */
void
lvn_private_lock_release(struct lock *lock) NO_LOCK_ANALYSIS
{
	lvn_lock_release(lock);
}
