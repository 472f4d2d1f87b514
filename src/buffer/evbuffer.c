/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: buffers themselves, their locks, flags, ends and lengths.
 */
#include <event2/buffer.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "buffer/buffer_notify.h"
#include "buffer/door.h"
#include "buffer/quick.h"

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
lvn_evbuffer_end(struct evbuffer *buffer) NO_LOCK_ANALYSIS
{
	struct lock *lock = buffer->lock;
	uint8_t flags = buffer->flags;

	if (buffer->callbacks && buffer->callbacks->running > 0) {
		lvn_lock_release(lock);
		return;
	}
	lvn_buffer_clear(buffer);
	lvn_lock_release(lock);
	if ((flags & BUFFER_OWNS_LOCK) && !(flags & BUFFER_WRAPS_LOCK))
		lvn_lock_clear(lock);
	if (flags & BUFFER_OWNS_LOCK)
		lvn_free(lock);
	lvn_free(buffer);
}

void
evbuffer_free(struct evbuffer *buf)
{
	lvn_buffer_enter(buf);
	if (buf->flags & BUFFER_IS_EMBEDDED)
		lvn_log_warnx("evbuffer_free: the buffer belongs to another object");
	else
		buf->refs--;
	lvn_buffer_leave(buf);
}

int
evbuffer_enable_locking(struct evbuffer *buf, void *lock)
{
	struct lock *own;

	if (lvn_buffer_has_lock(buf) || (!lock && !lvn_lock_threads_enabled()))
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

void
evbuffer_lock(struct evbuffer *buf) NO_LOCK_ANALYSIS
{
	lvn_lock_acquire(buf->lock);
}

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

static LVN_NOINLINE size_t
length(struct evbuffer *buffer)
{
	size_t size;

	lvn_quick_miss(buffer);
	lvn_buffer_enter(buffer);
	size = buffer->size;
	lvn_buffer_leave(buffer);
	return size;
}

size_t
evbuffer_get_length(const struct evbuffer *buf) NO_LOCK_ANALYSIS
{
	struct evbuffer *buffer = unconst(buf);
	struct lock_thread *inside;
	size_t size;

	if (!lvn_quick_touch(buffer, &inside))
		return length(buffer);
	size = buffer->size;
	lvn_quick_untouch(buffer, inside);
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
