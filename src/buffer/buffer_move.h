/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moving bytes from one buffer to another, and sharing them, without copying.  The locks
 * of both are held, and they are not the same buffer.
 */
#ifndef LVN_BUFFER_BUFFER_MOVE_H
#define LVN_BUFFER_BUFFER_MOVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/*
 * All of `from` goes to a buffer without chains.  Tells nobody; false, and nothing has happened,
 * if this is no such case or somebody is to be told of what goes.
 */
LVN_HOT_INLINE bool
lvn_buffer_move_list_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock)
{
	if (to->first || from->size == 0 || LVN_UNLIKELY(from->attention & BUFFER_TELLS_REMOVED))
		return false;
	to->first = from->first;
	to->last = from->last;
	to->size = from->size;
	from->first = (struct chain *)0;
	from->last = (struct chain *)0;
	from->size = 0;
	return true;
}

int lvn_buffer_move_slowly_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);

/* All of `from` behind what `to` has.  Fails only if `to` would be too large. */
LVN_HOT_INLINE int
lvn_buffer_move_locked(struct evbuffer *to, struct evbuffer *from) REQUIRES(to->lock, from->lock)
{
	if (LVN_UNLIKELY(!lvn_buffer_move_list_locked(to, from)))
		return lvn_buffer_move_slowly_locked(to, from);
	lvn_buffer_has_grown_locked(to, 0, to->size);
	return 0;
}

/* All of `from` before what `to` has.  Fails only if `to` would be too large. */
int lvn_buffer_move_front_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);
/* At most `most` bytes from the front; nothing is moved on failure. */
int lvn_buffer_move_some_locked(struct evbuffer *to, struct evbuffer *from, size_t most,
    size_t *moved_out) REQUIRES(to->lock, from->lock);
/* All bytes of `from` are in `to` as well from now on. */
int lvn_buffer_move_shared_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock);

#endif
