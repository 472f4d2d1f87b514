/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer: a queue of bytes, kept in a list of chains, with callbacks for its changes.  What
 * can be done with it is in buffer_add.h, buffer_space.h, buffer_remove.h, buffer_move.h,
 * buffer_search.h and buffer_io.h.
 *
 * Streams embed buffers, share their lock with them, and watch them.  All functions of this
 * layer whose names end in _locked
 *   - are called with the buffer's lock held;
 *   - return 0 or -errno unless something else is said, and leave the buffer as it was on
 *     failure;
 *   - notify the owner and the callbacks last, when chains and sizes are right.  Callbacks
 *     and cleanup functions may change and free the buffer: the caller has a reference to it
 *     (lvn_buffer_enter), or its owner stays until the caller has returned;
 *   - do not check whether the buffer is frozen: the public functions do that.
 */
#ifndef LVN_BUFFER_BUFFER_H
#define LVN_BUFFER_BUFFER_H

#include <event2/buffer.h>
#include <event2/buffer_compat.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/lock.h"
#include "base/log.h"
#include "buffer/chain.h"

/*
 * What an object that embeds buffers provides.
 *
 * on_change is called under the lock after each change and before the callbacks of the
 * application: `old_size` is the length before.  It may change the buffer.  reference is
 * called under the lock when a deferred call of the application's callbacks is queued, and
 * unreference without any lock when that call has been made; between the two the owner must
 * stay.
 */
struct buffer_owner_ops {
	size_t offset; /* of the buffer in its owner, in bytes */
	void (*on_change)(
	    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed, void *owner);
	void (*reference)(void *owner);
	void (*unreference)(void *owner);
};

/* A callback.  One of the two functions is set; a removed one has none. */
struct evbuffer_cb_entry {
	struct evbuffer_cb_entry *next;
	struct evbuffer_cb_entry **link; /* what points here */
	evbuffer_cb_func fn;
	evbuffer_cb old_fn; /* as evbuffer_setcb has it */
	void *arg;
	uint32_t flags; /* EVBUFFER_CB_ENABLED */
};

/*
 * What few buffers have: callbacks, and a limit of their own for reading.
 *
 * Invariants:
 *   1. while running > 0 no entry is freed; has_removed says that some wait for that
 *   2. added and removed are changes that callbacks do not know of yet; both are 0 unless
 *      queued
 *   3. while queued, the loop has a reference to the buffer, or to its owner
 */
struct buffer_extras {
	const struct buffer_owner_ops *owner_ops; /* NULL if the buffer has no owner */
	struct evbuffer_cb_entry *first;
	struct evbuffer *buffer;
	unsigned running; /* callbacks that have not returned */
	bool has_removed;
	bool queued; /* to be called by the loop of `base` */
	size_t added;
	size_t removed;
	struct event_base *base; /* NULL: callbacks are called at once */
	struct event_callback deferred;
	size_t max_read; /* of one evbuffer_read */
};

/* Ends that must not be changed: see evbuffer_freeze. */
enum buffer_freeze { FROZEN_FRONT = 1, FROZEN_BACK = 2 };
/* Beside these: changes that an owner or callbacks are to be notified of. */
enum buffer_watched { BUFFER_WATCHES_ADDED = 4, BUFFER_WATCHES_REMOVED = 8 };
/* And that the application was promised the space at the end, until the buffer grows. */
enum buffer_reserved { BUFFER_IS_RESERVED = 16 };

enum buffer_flags {
	BUFFER_IS_EMBEDDED = 1,  /* its memory is its owner's */
	BUFFER_OWNS_LOCK = 2,    /* and frees it ... */
	BUFFER_WRAPS_LOCK = 4,   /* ... though not the application's lock that is in it */
	BUFFER_DRAINS_TO_FD = 8, /* EVBUFFER_FLAG_DRAINS_TO_FD */
	BUFFER_IS_FREED = 16,    /* or its owner was, by the application: nothing is called */
	BUFFER_HAS_EXTRAS = 32,  /* or else it may have an owner's functions in their place */
};

/*
 * What a buffer holds, beyond twice its size.  With the blocks of its chains, the library keeps
 * no more than that in memory for a buffer, however its bytes came and went.
 */
#define LVN_BUFFER_SLACK ((size_t)4096)

/*
 * Invariants:
 *   1. first is NULL if and only if last is
 *   2. size is the sum of the chains' sizes, and at most LVN_CHAIN_MAX
 *   3. chains from first to last have bytes, except that first, if it is last, may have
 *      none
 *   4. chains behind last are empty and CHAIN_OWN: space for what comes
 *   5. lock is never NULL; without locks it is absent
 *   6. both of buffer_watched are set if there are extras, else what the owner wants of them
 *   7. held is the sum of lvn_chain_held of all chains.  When a function returns, it is at most
 *      2 * size + LVN_BUFFER_SLACK, unless BUFFER_IS_RESERVED, or memory is short
 */
struct evbuffer {
	struct chain *first;
	struct chain *last;
	size_t size;
	size_t held;
	struct lock *lock;                    /* protects everything here */
	union {                               /* see lvn_buffer_extras and lvn_buffer_owner_ops */
		struct buffer_extras *extras; /* with BUFFER_HAS_EXTRAS */
		const struct buffer_owner_ops *owner_ops; /* without; NULL if it has no owner */
	} of;
	uint32_t refs;
	uint8_t checks;      /* enum buffer_freeze, buffer_watched and buffer_reserved */
	uint8_t flags;       /* enum buffer_flags */
	uint8_t read_shift;  /* the next read offers 2^read_shift bytes of blocks */
	uint8_t small_reads; /* so many in a row needed little of it */
};

/* For a buffer in other memory: empty, and without a lock. */
void lvn_buffer_init(struct evbuffer *buffer);
/*
 * Free chains and callbacks; deferred calls are not made any more.  Cleanup functions run here:
 * an owner calls it when nothing of it is in use further up the stack, and without locks.
 */
void lvn_buffer_clear(struct evbuffer *buffer);

/* The buffer is protected by its owner's lock from now on, which must outlive it. */
void lvn_buffer_share_lock(struct evbuffer *buffer, struct lock *lock);
/* Of a buffer that was just made; its owner stays until lvn_buffer_clear. */
void lvn_buffer_set_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops);

/* NULL until one of them is needed. */
LVN_HOT_INLINE struct buffer_extras *
lvn_buffer_extras(const struct evbuffer *buffer)
{
	return LVN_UNLIKELY(buffer->flags & BUFFER_HAS_EXTRAS) ? buffer->of.extras : NULL;
}

/* NULL if it has no owner. */
LVN_HOT_INLINE const struct buffer_owner_ops *
lvn_buffer_owner_ops(const struct evbuffer *buffer)
{
	return LVN_UNLIKELY(buffer->flags & BUFFER_HAS_EXTRAS) ? buffer->of.extras->owner_ops
							       : buffer->of.owner_ops;
}

LVN_HOT_INLINE void *
lvn_buffer_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops)
{
	return (char *)buffer - ops->offset;
}

/*
 * Which changes (enum buffer_watched) the owner has to be notified of: all from the start.  It
 * may be notified of others as well.
 */
LVN_HOT_INLINE void
lvn_buffer_watch_locked(struct evbuffer *buffer, unsigned changes) REQUIRES(buffer->lock)
{
	const unsigned both = BUFFER_WATCHES_ADDED | BUFFER_WATCHES_REMOVED;

	if (!(buffer->flags & BUFFER_HAS_EXTRAS))
		buffer->checks = (uint8_t)((buffer->checks & ~both) | changes);
}

/* Its owner was freed by the application: no callback is called any more. */
LVN_HOT_INLINE void
lvn_buffer_silence_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	buffer->flags |= BUFFER_IS_FREED;
}

/* All that is in it will be written to a descriptor. */
LVN_HOT_INLINE void
lvn_buffer_drains_to_fd_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	buffer->flags |= BUFFER_DRAINS_TO_FD;
}

LVN_HOT_INLINE void
lvn_buffer_freeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->checks |= (uint8_t)end;
}

LVN_HOT_INLINE void
lvn_buffer_unfreeze_locked(struct evbuffer *buffer, enum buffer_freeze end) REQUIRES(buffer->lock)
{
	buffer->checks &= (uint8_t) ~(unsigned)end;
}

/* ---- Notification ---------------------------------------------------------------------- */

/* What one evbuffer_read reads at most, unless the extras say something else. */
#define LVN_BUFFER_MAX_READ ((size_t)128 * 1024)

LVN_HOT_INLINE size_t
lvn_buffer_max_read_locked(const struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	const struct buffer_extras *extras = lvn_buffer_extras(buffer);

	return extras ? extras->max_read : LVN_BUFFER_MAX_READ;
}

void lvn_buffer_notify_locked(
    struct evbuffer *buffer, size_t old_size, size_t added, size_t removed) REQUIRES(buffer->lock);

/* The extras, made if there are none.  NULL if memory is short. */
struct buffer_extras *lvn_buffer_prepare_extras_locked(struct evbuffer *buffer)
    REQUIRES(buffer->lock);
/* NULL if memory is short. */
struct evbuffer_cb_entry *lvn_buffer_add_callback_locked(struct evbuffer *buffer,
    evbuffer_cb_func fn, evbuffer_cb old_fn, void *arg) REQUIRES(buffer->lock);
void lvn_buffer_remove_callback_locked(struct evbuffer *buffer, struct evbuffer_cb_entry *entry)
    REQUIRES(buffer->lock);
void lvn_buffer_remove_callbacks_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);
/* The loop of `base` calls the callbacks from now on. */
void lvn_buffer_defer_callbacks_locked(struct evbuffer *buffer, struct event_base *base)
    REQUIRES(buffer->lock);

/* ---- Entering and leaving, for the public functions -------------------------------------- */

/* Free a buffer without references. */
void lvn_buffer_end(struct evbuffer *buffer) RELEASES(buffer->lock);

/* Under its lock, and with a reference: callbacks and cleanup functions may free it. */
LVN_HOT_INLINE void
lvn_buffer_enter(struct evbuffer *buffer) ACQUIRES(buffer->lock)
{
	lvn_lock_acquire(buffer->lock);
	buffer->refs++;
}

LVN_HOT_INLINE void
lvn_buffer_leave(struct evbuffer *buffer) RELEASES(buffer->lock)
{
	if (LVN_UNLIKELY(--buffer->refs == 0))
		lvn_buffer_end(buffer);
	else
		lvn_lock_release(buffer->lock);
}

/* When one of the two has no references any more. */
void lvn_buffer_end_pair(struct evbuffer *one, struct evbuffer *other)
    RELEASES(one->lock, other->lock);

/* Both may be the same, or have one lock, which is acquired once. */
LVN_HOT_INLINE void
lvn_buffer_enter_pair(struct evbuffer *one, struct evbuffer *other)
    ACQUIRES(one->lock, other->lock) NO_LOCK_ANALYSIS
{
	if (one->lock == other->lock)
		lvn_lock_acquire(one->lock);
	else
		lvn_lock_pair_acquire(one->lock, other->lock);
	one->refs++;
	other->refs++;
}

/* As for lvn_buffer_enter_pair; in one case lvn_buffer_end_pair releases. */
LVN_HOT_INLINE void
lvn_buffer_leave_pair(struct evbuffer *one, struct evbuffer *other)
    RELEASES(one->lock, other->lock) NO_LOCK_ANALYSIS
{
	one->refs--;
	other->refs--;
	if (LVN_UNLIKELY(one->refs == 0 || other->refs == 0))
		lvn_buffer_end_pair(one, other);
	else if (one->lock == other->lock)
		lvn_lock_release(one->lock);
	else
		lvn_lock_pair_release(one->lock, other->lock);
}

/* If so, the debug log has a line: programs may rely on the failure. */
LVN_HOT_INLINE bool
lvn_buffer_is_frozen_locked(const struct evbuffer *buffer, enum buffer_freeze end)
    REQUIRES(buffer->lock)
{
	if (LVN_LIKELY(!(buffer->checks & end)))
		return false;
	lvn_log_debug("evbuffer %p: its %s is frozen", (const void *)buffer,
	    end == FROZEN_FRONT ? "front" : "end");
	return true;
}

/* ---- Chains, for the files of this layer ------------------------------------------------ */

/*
 * Put chains that have bytes behind the last one, in the place of space that is there.  Space
 * may follow `last`; `size` and `held` are their sums.  Calls no callback, as all below.
 */
void lvn_buffer_append_locked(struct evbuffer *buffer, struct chain *first, struct chain *last,
    size_t size, size_t held) REQUIRES(buffer->lock);
/* Put a chain that has bytes before the first one. */
void lvn_buffer_push_chain_locked(struct evbuffer *buffer, struct chain *chain)
    REQUIRES(buffer->lock);
/* Free the chains that have no bytes: those behind the last one, all of an empty buffer. */
void lvn_buffer_drop_space_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/* Make the buffer empty; returns its chains, for lvn_chain_release_all. */
LVN_HOT_INLINE struct chain *
lvn_buffer_detach_chains_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	buffer->first = (struct chain *)0;
	buffer->last = (struct chain *)0;
	buffer->size = 0;
	buffer->held = 0;
	buffer->checks &= (uint8_t)~BUFFER_IS_RESERVED;
	return first;
}

/*
 * Restore invariant 7: bytes of chains that are less than half full are copied to smaller
 * ones.  Each byte is copied a bounded number of times: what is copied is less than what was
 * drained, or never filled, since.  No memory for it is no failure.
 */
void lvn_buffer_compact_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

LVN_HOT_INLINE bool
lvn_buffer_is_loose_locked(const struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	return buffer->held > LVN_BUFFER_SLACK &&
	       buffer->held - LVN_BUFFER_SLACK > 2 * buffer->size;
}

/* After chains came, or bytes went. */
LVN_HOT_INLINE void
lvn_buffer_fit_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(lvn_buffer_is_loose_locked(buffer)))
		lvn_buffer_compact_locked(buffer);
}

/* The last step of a function that added bytes, at least one. */
LVN_HOT_INLINE void
lvn_buffer_has_grown_locked(struct evbuffer *buffer, size_t old_size, size_t added)
    REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->checks & (BUFFER_WATCHES_ADDED | BUFFER_IS_RESERVED)))
		lvn_buffer_notify_locked(buffer, old_size, added, 0);
}

/* The same where bytes were removed. */
LVN_HOT_INLINE void
lvn_buffer_has_shrunk_locked(struct evbuffer *buffer, size_t old_size, size_t removed)
    REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->checks & BUFFER_WATCHES_REMOVED))
		lvn_buffer_notify_locked(buffer, old_size, 0, removed);
}

/* Whether so many bytes more are allowed. */
LVN_HOT_INLINE bool
lvn_buffer_has_limit_for_locked(const struct evbuffer *buffer, size_t more) REQUIRES(buffer->lock)
{
	return LVN_LIKELY(more <= LVN_CHAIN_MAX - buffer->size);
}
/* Log that they are not, and return -ENOMEM. */
LVN_COLD int lvn_buffer_refuse_locked(const struct evbuffer *buffer, size_t more)
    REQUIRES(buffer->lock);

#endif
