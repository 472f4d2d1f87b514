/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer: a queue of bytes, kept in a list of chains.  What can be done with it is in
 * buffer_add.h, buffer_room.h, buffer_take.h, buffer_move.h, buffer_search.h, buffer_file.h
 * and buffer_io.h.
 *
 * Streams embed buffers, share their lock with them, and watch them.  All functions of
 * this floor whose names end in _locked are called with the buffer's lock held, answer 0
 * or -errno unless something else is said, tell the owner and the callbacks what changed,
 * and do not ask whether the buffer is frozen: that is for the public functions to ask.
 */
#ifndef LVN_BUFFER_BUFFER_H
#define LVN_BUFFER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "buffer/chain.h"

struct buffer_callbacks;
struct evbuffer;

/*
 * What an object that embeds buffers gives them.
 *
 * on_change is called under the lock after each change and before the callbacks of the
 * application: `old_size` is the length before.  It may change the buffer.  retain and
 * release are called under the lock when a deferred call of the application's callbacks is
 * queued, and without any lock when it has been made; between the two the owner must stay.
 */
struct buffer_owner_ops {
	size_t place; /* of the buffer in its owner, in bytes */
	void (*on_change)(
	    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *owner);
	void (*retain)(void *owner);
	void (*release)(void *owner);
};

/* What must not be changed: see evbuffer_freeze. */
enum buffer_freeze { FROZEN_FRONT = 1, FROZEN_BACK = 2 };
/* Beside these: somebody is to be told of bytes that come, and of bytes that go. */
enum buffer_watched { BUFFER_TELLS_ADDED = 4, BUFFER_TELLS_REMOVED = 8 };

enum buffer_flags {
	BUFFER_IS_EMBEDDED = 1,  /* its memory is its owner's */
	BUFFER_OWNS_LOCK = 2,    /* and ends it ... */
	BUFFER_WRAPS_LOCK = 16,  /* ... though not the application's lock that is in it */
	BUFFER_DRAINS_TO_FD = 4, /* EVBUFFER_FLAG_DRAINS_TO_FD */
};

/*
 * Invariants:
 *   1. first is NULL if and only if last is
 *   2. size is the sum of the chains' sizes, and at most LVN_CHAIN_MAX
 *   3. chains from first to last have bytes, except that first, if it is last, may have
 *      none
 *   4. chains behind last are empty and CHAIN_OWN: room for what comes
 *   5. lock is never NULL; without locks it is absent
 *   6. both of buffer_watched are set if there are callbacks, else what the owner wants of them
 */
struct evbuffer {
	struct chain *first;
	struct chain *last;
	size_t size;
	struct lock *lock;                        /* protects everything here */
	struct buffer_callbacks *callbacks;       /* NULL until there is one */
	const struct buffer_owner_ops *owner_ops; /* NULL if nobody watches */
	size_t max_read;                          /* of one evbuffer_read */
	uint32_t refs;
	uint8_t attention;   /* enum buffer_freeze and buffer_watched */
	uint8_t flags;       /* enum buffer_flags */
	uint8_t read_shift;  /* the next read offers a block of 2^read_shift bytes */
	uint8_t small_reads; /* so many in a row needed little of it */
};

/* For a buffer in somebody else's memory: empty, and without a lock. */
void lvn_buffer_init(struct evbuffer *buffer);
/* Releases chains and callbacks; what was deferred is not called any more. */
void lvn_buffer_clear(struct evbuffer *buffer);

/* The buffer is protected by its owner's lock from now on, which must outlive it. */
void lvn_buffer_share_lock(struct evbuffer *buffer, struct lock *lock);
bool lvn_buffer_has_lock(const struct evbuffer *buffer);
/* At most one owner; NULL for ops ends it. */
void lvn_buffer_set_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops);

/* Of a buffer that has one. */
LVN_HOT_INLINE void *
lvn_buffer_owner(struct evbuffer *buffer)
{
	return (char *)buffer - buffer->owner_ops->place;
}

/*
 * Which changes (enum buffer_watched) the owner has to be told: all from the start.  It may be told
 * of others as well.
 */
LVN_HOT_INLINE void
lvn_buffer_watch_locked(struct evbuffer *buffer, unsigned changes) REQUIRES(buffer->lock)
{
	const unsigned both = BUFFER_TELLS_ADDED | BUFFER_TELLS_REMOVED;

	if (!buffer->callbacks)
		buffer->attention = (uint8_t)((buffer->attention & ~both) | changes);
}

/* All that is in it will be written to a descriptor: files need not be in memory for that. */
LVN_HOT_INLINE void
lvn_buffer_drains_to_fd_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	buffer->flags |= BUFFER_DRAINS_TO_FD;
}

LVN_HOT_INLINE size_t
lvn_buffer_size_locked(const struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	return buffer->size;
}

/* ---- Freezing (buffer.c) ------------------------------------------------------------- */

LVN_HOT_INLINE void
lvn_buffer_freeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->attention |= (uint8_t)end;
}

LVN_HOT_INLINE void
lvn_buffer_unfreeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->attention &= (uint8_t) ~(unsigned)end;
}

/* ---- Telling what changed (buffer_notify.c) ------------------------------------------ */

void lvn_buffer_notify_locked(
    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed) REQUIRES(buffer->lock);

/* After each change of the size, which is not 0. */
LVN_HOT_INLINE void
lvn_buffer_has_grown_locked(struct evbuffer *buffer, size_t old_size, size_t added)
    REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->attention & BUFFER_TELLS_ADDED))
		lvn_buffer_notify_locked(buffer, old_size, added, 0);
}

LVN_HOT_INLINE void
lvn_buffer_has_shrunk_locked(struct evbuffer *buffer, size_t old_size, size_t removed)
    REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->attention & BUFFER_TELLS_REMOVED))
		lvn_buffer_notify_locked(buffer, old_size, 0, removed);
}

/* ---- Chains, for the files of this floor (buffer.c) ---------------------------------- */

/* Puts a chain that has bytes behind the last one; counts them, but tells nobody. */
void lvn_buffer_append_chain_locked(struct evbuffer *buffer, struct chain *chain)
    REQUIRES(buffer->lock);
/* Frees the room that was made behind the last chain. */
void lvn_buffer_drop_spares_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* Frees all chains; tells nobody. */
void lvn_buffer_drop_chains_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* Whether so many bytes more are allowed. */
LVN_HOT_INLINE bool
lvn_buffer_has_limit_for_locked(const struct evbuffer *buffer, size_t more) REQUIRES(buffer->lock)
{
	return LVN_LIKELY(more <= LVN_CHAIN_MAX - buffer->size);
}
/* Says in the log that they are not, and answers -ENOMEM. */
LVN_COLD int lvn_buffer_refuse_locked(const struct evbuffer *buffer, size_t more)
    REQUIRES(buffer->lock);

#endif
