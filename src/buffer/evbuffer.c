/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: buffers themselves, their locks, flags, ends and lengths.
 */
#include <event2/buffer.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer.h"

struct evbuffer *
evbuffer_new(void)
{
	struct evbuffer *buffer = lvn_alloc(sizeof(*buffer));

	if (!buffer)
		return NULL;
	lvn_buffer_init(buffer);
	buffer->flags = 0;
	return buffer;
}

void
evbuffer_free(struct evbuffer *buf)
{
	if (!buf)
		return;
	lvn_buffer_enter(buf);
	if (buf->flags & BUFFER_IS_EMBEDDED) {
		lvn_log_warnx("evbuffer_free: the buffer belongs to another object");
	} else {
		buf->flags |= BUFFER_IS_FREED;
		buf->refs--;
	}
	lvn_buffer_leave(buf);
}

int
evbuffer_enable_locking(struct evbuffer *buf, void *lock)
{
	struct lock *own;

	if (buf->lock != &lvn_lock_absent || (!lock && !lvn_lock_threads_enabled()))
		return -1;
	own = lvn_alloc(sizeof(*own));
	if (!own)
		return -1;
	if (lock) {
		lvn_lock_init_with(own, lock);
		buf->flags |= BUFFER_WRAPS_LOCK;
	} else if (lvn_lock_init(own, true) < 0) {
		lvn_free(own);
		return -1;
	}
	buf->flags |= BUFFER_OWNS_LOCK;
	lvn_buffer_share_lock(buf, own);
	return 0;
}

/* Acquires for the program: the analysis wants both ends in one function. */
void
evbuffer_lock(struct evbuffer *buf) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(buf->lock);
}

/* The other end of evbuffer_lock. */
void
evbuffer_unlock(struct evbuffer *buf) NO_LOCK_ANALYSIS
{
	lvn_lock_release(buf->lock);
}

int
evbuffer_set_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	lvn_buffer_enter(buf);
	if (flags & EVBUFFER_FLAG_DRAINS_TO_FD)
		lvn_buffer_drains_to_fd_locked(buf);
	lvn_buffer_leave(buf);
	return 0;
}

int
evbuffer_clear_flags(struct evbuffer *buf, ev_uint64_t flags)
{
	lvn_buffer_enter(buf);
	if (flags & EVBUFFER_FLAG_DRAINS_TO_FD)
		buf->flags &= (uint8_t)~BUFFER_DRAINS_TO_FD;
	lvn_buffer_leave(buf);
	return 0;
}

/* Asking changes nothing but the lock. */
static struct evbuffer *
unconst(const struct evbuffer *buf)
{
	return (struct evbuffer *)(uintptr_t)buf;
}

/* The analysis does not see that `buffer` and `buf` are one object. */
size_t
evbuffer_get_length(const struct evbuffer *buf) NO_LOCK_ANALYSIS
{
	struct evbuffer *buffer = unconst(buf);
	size_t size;

	lvn_lock_acquire(buffer->lock);
	size = buffer->size;
	lvn_lock_release(buffer->lock);
	return size;
}

size_t
evbuffer_get_contiguous_space(const struct evbuffer *buf)
{
	struct evbuffer *buffer = unconst(buf);
	size_t size;

	lvn_buffer_enter(buffer);
	size = buffer->first ? buffer->first->size : 0;
	lvn_buffer_leave(buffer);
	return size;
}

int
evbuffer_freeze(struct evbuffer *buf, int at_front)
{
	lvn_buffer_enter(buf);
	lvn_buffer_freeze_locked(buf, at_front ? FROZEN_FRONT : FROZEN_BACK);
	lvn_buffer_leave(buf);
	return 0;
}

int
evbuffer_unfreeze(struct evbuffer *buf, int at_front)
{
	lvn_buffer_enter(buf);
	lvn_buffer_unfreeze_locked(buf, at_front ? FROZEN_FRONT : FROZEN_BACK);
	lvn_buffer_leave(buf);
	return 0;
}
