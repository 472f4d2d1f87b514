/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer.h"

#include <errno.h>

#include "base/assert.h"
#include "base/log.h"
#include "buffer/buffer_notify.h"

/* 2^12: the room of the first read is a page. */
#define FIRST_READ_SHIFT 12
#define MAX_READ         ((size_t)128 * 1024)

/* Of all buffers without locks.  Nothing is ever written to it. */
static struct lock no_lock;

void
lvn_buffer_init(struct evbuffer *buffer)
{
	*buffer = (struct evbuffer){
	    .lock = &no_lock,
	    .max_read = MAX_READ,
	    .refs = 1,
	    .flags = BUFFER_IS_EMBEDDED,
	    .read_shift = FIRST_READ_SHIFT,
	};
}

void
lvn_buffer_clear(struct evbuffer *buffer) NO_LOCK_ANALYSIS
{
	lvn_buffer_notify_clear(buffer);
	lvn_buffer_drop_chains_locked(buffer);
	buffer->owner_ops = NULL;
}

void
lvn_buffer_share_lock(struct evbuffer *buffer, struct lock *lock)
{
	buffer->lock = lock;
}

bool
lvn_buffer_has_lock(const struct evbuffer *buffer)
{
	return buffer->lock != &no_lock;
}

void
lvn_buffer_set_owner(struct evbuffer *buffer, const struct buffer_owner_ops *ops)
{
	LVN_ASSERT(!ops || !buffer->owner_ops);
	buffer->owner_ops = ops;
	if (ops)
		buffer->attention |= BUFFER_TELLS_ADDED | BUFFER_TELLS_REMOVED;
}

void
lvn_buffer_append_chain_locked(struct evbuffer *buffer, struct chain *chain) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	if (buffer->size == 0) {
		/* The empty chain, if there is one, becomes room behind this one. */
		chain->next = buffer->first;
		buffer->first = chain;
	} else {
		chain->next = last->next;
		last->next = chain;
	}
	buffer->last = chain;
	buffer->size += chain->size;
}

void
lvn_buffer_drop_spares_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	if (buffer->last && buffer->last->next) {
		lvn_chain_release_all(buffer->last->next);
		buffer->last->next = NULL;
	}
}

void
lvn_buffer_drop_chains_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	buffer->first = NULL;
	buffer->last = NULL;
	buffer->size = 0;
	lvn_chain_release_all(first);
}

int
lvn_buffer_refuse_locked(const struct evbuffer *buffer, size_t more) REQUIRES(buffer->lock)
{
	lvn_log_warnx("evbuffer %p: %zu bytes and %zu more are too many", (const void *)buffer,
	    buffer->size, more);
	return -ENOMEM;
}
