/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer: a queue of bytes, kept in a list of chains.
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
	void (*on_change)(
	    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *owner);
	void (*retain)(void *owner);
	void (*release)(void *owner);
};

/* What must not be changed: see evbuffer_freeze. */
enum buffer_freeze { FROZEN_FRONT = 1, FROZEN_BACK = 2 };

enum buffer_flags {
	BUFFER_IS_EMBEDDED = 1,    /* its memory is its owner's */
	BUFFER_OWNS_LOCK = 2,      /* and ends it */
	BUFFER_DRAINS_TO_FD = 4,   /* EVBUFFER_FLAG_DRAINS_TO_FD */
	BUFFER_HAS_DESCRIPTOR = 8, /* some bytes may be in files only */
};

/*
 * Invariants:
 *   1. first is NULL if and only if last is
 *   2. size is the sum of the chains' sizes, and at most LVN_CHAIN_MAX
 *   3. chains from first to last have bytes, except that first, if it is last, may have
 *      none
 *   4. chains behind last are empty and CHAIN_OWN: room for what comes
 *   5. lock is never NULL; without locks it is absent
 */
struct evbuffer {
	struct chain *first;
	struct chain *last;
	size_t size;
	struct lock *lock;                        /* protects everything here */
	struct buffer_callbacks *callbacks;       /* NULL until there is one */
	const struct buffer_owner_ops *owner_ops; /* NULL if nobody watches */
	void *owner;
	size_t max_read; /* of one evbuffer_read */
	uint32_t refs;
	uint8_t frozen;     /* enum buffer_freeze */
	uint8_t flags;      /* enum buffer_flags */
	uint8_t read_shift; /* the next read offers room for 2^read_shift bytes at least */
};

/* For a buffer in somebody else's memory: empty, and without a lock. */
void lvn_buffer_init(struct evbuffer *buffer);
/* Releases chains and callbacks; what was deferred is not called any more. */
void lvn_buffer_clear(struct evbuffer *buffer);

/* The buffer is protected by its owner's lock from now on, which must outlive it. */
void lvn_buffer_share_lock(struct evbuffer *buffer, struct lock *lock);
/* At most one owner; NULL for ops ends it. */
void lvn_buffer_set_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops, void *owner);

LVN_HOT_INLINE size_t
lvn_buffer_size_locked(const struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	return buffer->size;
}

/* ---- Freezing (buffer.c) ------------------------------------------------------------- */

LVN_HOT_INLINE void
lvn_buffer_freeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->frozen |= (uint8_t)end;
}

LVN_HOT_INLINE void
lvn_buffer_unfreeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->frozen &= (uint8_t) ~(unsigned)end;
}

/* ---- Adding (buffer_add.c) ----------------------------------------------------------- */

int lvn_buffer_add_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);
int lvn_buffer_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock);

/* ---- Taking away (buffer_take.c) ----------------------------------------------------- */

/* More than there is counts as all.  Never fails. */
void lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);
/* Copies up to `size` bytes; answers how many, or -errno if they are not in memory. */
ptrdiff_t lvn_buffer_copyout_locked(struct evbuffer *buffer, void *data, size_t size)
    REQUIRES(buffer->lock);
/* The same, and takes them away. */
ptrdiff_t lvn_buffer_remove_locked(struct evbuffer *buffer, void *data, size_t size)
    REQUIRES(buffer->lock);

/* ---- Moving (buffer_move.c): both locks are held ------------------------------------- */

/* All of `from` behind what `to` has, without copying.  Fails only if `to` would be too large. */
int lvn_buffer_move_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);
/* At most `most` bytes; nothing is moved on failure. */
int lvn_buffer_move_some_locked(struct evbuffer *to, struct evbuffer *from, size_t most,
    size_t *moved_out) REQUIRES(to->lock, from->lock);
/* All of `from` before what `to` has. */
int lvn_buffer_move_front_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);

/* ---- Reading and writing (buffer_io.c) ----------------------------------------------- */

/*
 * One call to the kernel, for at most `most` bytes and at most max_read.  Success with 0
 * bytes is the end of the input.  -EAGAIN and -EINTR are answers like others.
 */
int lvn_buffer_read_locked(struct evbuffer *buffer, int fd, size_t most, size_t *got_out)
    REQUIRES(buffer->lock);

/* One call to the kernel, for at most `most` bytes; what was sent is taken away. */
int lvn_buffer_write_locked(struct evbuffer *buffer, int fd, size_t most, size_t *sent_out)
    REQUIRES(buffer->lock);

#endif
