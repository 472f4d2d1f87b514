/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Room at the end of a buffer: making it, handing it out, and taking over what was
 * written there.
 */
#ifndef LVN_BUFFER_BUFFER_ROOM_H
#define LVN_BUFFER_BUFFER_ROOM_H

#include <event2/buffer.h>
#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/*
 * The last chain, or a first one from a block that is kept in this slot, if it has room for
 * `size` bytes; NULL if that is not so.  Asks nobody for memory and moves nothing.
 */
LVN_HOT_INLINE struct chain *
lvn_buffer_room_at_hand_locked(struct evbuffer *buffer, size_t size, unsigned slot)
    REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	if (!last) {
		last = lvn_chain_take_kept(slot);
		if (LVN_UNLIKELY(!last))
			return last;
		buffer->first = last;
		buffer->last = last;
	}
	return LVN_LIKELY(size <= lvn_chain_room(last)) ? last : (struct chain *)0;
}

/*
 * The room behind the bytes of the last chain, which must be there.  Few bytes are moved
 * to the beginning of their chain if there is room for `wanted` then.
 */
size_t lvn_buffer_room_in_last_locked(struct evbuffer *buffer, size_t wanted)
    REQUIRES(buffer->lock);

/* Room for `size` bytes in one piece: 0 or -ENOMEM. */
int lvn_buffer_expand_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);

/* Behind the last chain, which has bytes, there is one with so much room: 0 or -ENOMEM. */
int lvn_buffer_room_behind_last_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock);
/* Gives back all room that is not in a chain with bytes. */
void lvn_buffer_room_drop_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);
/* Moves the bytes of the last chain to one of their size, if that can be done at little cost. */
void lvn_buffer_room_fit_last_locked(struct evbuffer *buffer) REQUIRES(buffer->lock);

/*
 * Room for `size` bytes in one piece, or in two if `most` is above 1.  Answers how many
 * pieces there are, or -ENOMEM.
 */
int lvn_buffer_reserve_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *pieces,
    int most) REQUIRES(buffer->lock);

/* 0, or -EINVAL if the pieces are not at the end of the buffer or too long for that. */
int lvn_buffer_commit_locked(
    struct evbuffer *buffer, const struct evbuffer_iovec *pieces, int count) REQUIRES(buffer->lock);

#endif
