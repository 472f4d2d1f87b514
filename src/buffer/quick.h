/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What most calls are: a few bytes go into the last chain, or out of the first one, and
 * nobody wants to be told.  Without a call but memcpy and without anything that can fail or
 * takes long, so that the lock need only be touched.
 */
#ifndef LVN_BUFFER_QUICK_H
#define LVN_BUFFER_QUICK_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/block_pool.h"
#include "base/compiler.h"
#include "base/lock.h"
#include "buffer/buffer.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_room.h"
#include "buffer/buffer_take.h"
#include "buffer/chain.h"

/* More bytes are copied under the lock itself. */
#define LVN_QUICK_MAX ((size_t)4096)

/* False, and lvn_quick_miss must be called, if the lock cannot be had by a touch. */
LVN_HOT_INLINE bool
lvn_quick_touch(struct evbuffer *buffer, struct lock_thread **inside_out)
{
	*inside_out = (struct lock_thread *)0;
	if (buffer->lock->kind == LOCK_ABSENT)
		return true;
	*inside_out = lvn_lock_touch(buffer->lock);
	return LVN_LIKELY(*inside_out != NULL);
}

LVN_HOT_INLINE void
lvn_quick_untouch(struct evbuffer *buffer, struct lock_thread *inside)
{
	if (inside && !lvn_lock_untouch(buffer->lock, inside))
		lvn_lock_bias_tell_revoker();
}

/* Two buffers whose locks differ; after a miss lvn_quick_miss must be called for one of them. */
LVN_HOT_INLINE bool
lvn_quick_touch_both(struct evbuffer *one, struct evbuffer *other, struct lock_thread **inside_out)
{
	*inside_out = (struct lock_thread *)0;
	if (one->lock->kind == LOCK_ABSENT || other->lock->kind == LOCK_ABSENT ||
	    LVN_UNLIKELY(!lvn_lock_touch(one->lock)))
		return false;
	*inside_out = lvn_lock_touch_too(other->lock);
	return LVN_LIKELY(*inside_out != NULL);
}

LVN_HOT_INLINE void
lvn_quick_untouch_both(struct evbuffer *one, struct evbuffer *other, struct lock_thread *inside)
{
	bool is_quiet = lvn_lock_untouch_too(other->lock, inside);

	if (!lvn_lock_untouch(one->lock, inside) || !is_quiet)
		lvn_lock_bias_tell_revoker();
}

/* The touch has failed, or what is to be done is no such case. */
LVN_HOT_INLINE void
lvn_quick_miss(struct evbuffer *buffer)
{
	if (buffer->lock->kind != LOCK_ABSENT)
		lvn_lock_touch_missed();
}

/* lvn_buffer_room_at_hand_locked, where nothing stands against adding. */
LVN_HOT_INLINE struct chain *
lvn_quick_room_locked(struct evbuffer *buffer, size_t size, unsigned slot) REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->attention & (FROZEN_BACK | BUFFER_TELLS_ADDED)))
		return (struct chain *)0;
	return lvn_buffer_room_at_hand_locked(buffer, size, slot);
}

/* Where `size` bytes go, which count from now on; NULL if this is no such case. */
LVN_HOT_INLINE unsigned char *
lvn_quick_make_place_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *last;
	unsigned char *place;

	if (LVN_UNLIKELY(!lvn_buffer_has_limit_for_locked(buffer, size)))
		return (unsigned char *)0;
	last = lvn_quick_room_locked(buffer, size, 0);
	if (LVN_UNLIKELY(!last))
		return (unsigned char *)0;
	place = lvn_chain_data(last) + last->size;
	last->size += size;
	buffer->size += size;
	return place;
}

/* lvn_buffer_add_locked; false, and nothing has happened, if this is no such case. */
LVN_HOT_INLINE bool
lvn_quick_add_locked(struct evbuffer *buffer, const void *data, size_t size) REQUIRES(buffer->lock)
{
	unsigned char *place = (unsigned char *)0;

	if (LVN_LIKELY(size - 1 < LVN_QUICK_MAX))
		place = lvn_quick_make_place_locked(buffer, size);
	if (LVN_UNLIKELY(!place))
		return false;
	memcpy(place, data, size);
	return true;
}

/* 1 to 15 bytes.  Here and below what overlaps is written twice. */
LVN_HOT_INLINE void
lvn_quick_copy_fewer(unsigned char *to, const unsigned char *from, size_t size)
{
	if (size >= 8) {
		memcpy(to, from, 8);
		memcpy(to + size - 8, from + size - 8, 8);
	} else if (size >= 4) {
		memcpy(to, from, 4);
		memcpy(to + size - 4, from + size - 4, 4);
	} else {
		to[0] = from[0];
		to[size / 2] = from[size / 2];
		to[size - 1] = from[size - 1];
	}
}

/* Up to 64 bytes, without a call. */
LVN_HOT_INLINE bool
lvn_quick_add_few_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	const unsigned char *from = (const unsigned char *)data;
	unsigned char *place;

	if (size - 1 >= 64)
		return false;
	place = lvn_quick_make_place_locked(buffer, size);
	if (LVN_UNLIKELY(!place))
		return false;
	if (LVN_UNLIKELY(size < 16)) {
		lvn_quick_copy_fewer(place, from, size);
		return true;
	}
	memcpy(place, from, 16);
	memcpy(place + size - 16, from + size - 16, 16);
	if (size > 32) {
		memcpy(place + 16, from + 16, 16);
		memcpy(place + size - 32, from + size - 32, 16);
	}
	return true;
}

/* lvn_buffer_reserve_locked for one piece, likewise. */
LVN_HOT_INLINE bool
lvn_quick_reserve_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *piece)
    REQUIRES(buffer->lock)
{
	struct chain *last;

	if (LVN_UNLIKELY(size - 1 >= LVN_CHAIN_ROOM(LVN_BLOCK_MAX)) ||
	    LVN_UNLIKELY(!lvn_buffer_has_limit_for_locked(buffer, size)))
		return false;
	last = lvn_quick_room_locked(buffer, size, lvn_block_slot(size + sizeof(struct chain)));
	if (LVN_UNLIKELY(!last))
		return false;
	piece->iov_base = lvn_chain_data(last) + last->size;
	piece->iov_len = lvn_chain_room(last);
	return true;
}

/* lvn_buffer_commit_locked for one piece, likewise. */
LVN_HOT_INLINE bool
lvn_quick_commit_locked(struct evbuffer *buffer, const struct evbuffer_iovec *piece)
    REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	if (LVN_UNLIKELY(buffer->attention & (FROZEN_BACK | BUFFER_TELLS_ADDED)) ||
	    LVN_UNLIKELY(!last) || LVN_UNLIKELY(piece->iov_len - 1 >= lvn_chain_room(last)) ||
	    LVN_UNLIKELY(piece->iov_base != lvn_chain_data(last) + last->size))
		return false;
	last->size += piece->iov_len;
	buffer->size += piece->iov_len;
	return true;
}

/* An empty chain in front of the first one, which has no room before its bytes. */
LVN_HOT_INLINE struct chain *
lvn_quick_new_first_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain;

	if (buffer->first->offset > 0 || size > LVN_CHAIN_ROOM(LVN_BLOCK_MIN))
		return (struct chain *)0;
	chain = lvn_chain_take_kept(0);
	if (LVN_UNLIKELY(!chain))
		return chain;
	chain->next = buffer->first;
	chain->offset = chain->capacity;
	buffer->first = chain;
	return chain;
}

/* lvn_buffer_prepend_locked, likewise. */
LVN_HOT_INLINE bool
lvn_quick_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (LVN_UNLIKELY(buffer->attention & (FROZEN_FRONT | BUFFER_TELLS_ADDED)) ||
	    LVN_UNLIKELY(size - 1 >= LVN_QUICK_MAX) || LVN_UNLIKELY(buffer->size == 0) ||
	    LVN_UNLIKELY(!lvn_buffer_has_limit_for_locked(buffer, size)))
		return false;
	if (first->offset < size)
		first = lvn_quick_new_first_locked(buffer, size);
	if (LVN_UNLIKELY(!first) || LVN_UNLIKELY(!lvn_chain_is_writable(first)))
		return false;
	first->offset -= size;
	first->size += size;
	buffer->size += size;
	memcpy(lvn_chain_data(first), data, size);
	return true;
}

/* lvn_buffer_drain_locked, likewise. */
LVN_HOT_INLINE bool
lvn_quick_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	if (LVN_UNLIKELY(buffer->attention & (FROZEN_FRONT | BUFFER_TELLS_REMOVED)))
		return false;
	return lvn_buffer_take_first_locked(buffer, size);
}

/* Takes bytes away that are all in the first chain; likewise. */
LVN_HOT_INLINE bool
lvn_quick_remove_locked(struct evbuffer *buffer, void *data, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (LVN_UNLIKELY(!first) || LVN_UNLIKELY(size - 1 >= LVN_QUICK_MAX) ||
	    LVN_UNLIKELY(size > first->size) || LVN_UNLIKELY(!lvn_chain_is_readable(first)) ||
	    LVN_UNLIKELY(buffer->attention & (FROZEN_FRONT | BUFFER_TELLS_REMOVED)))
		return false;
	memcpy(data, lvn_chain_data(first), size);
	return lvn_quick_drain_locked(buffer, size);
}

/* lvn_buffer_move_locked, likewise. */
LVN_HOT_INLINE bool
lvn_quick_move_locked(struct evbuffer *to, struct evbuffer *from) REQUIRES(to->lock, from->lock)
{
	if (LVN_UNLIKELY(to->attention & (FROZEN_BACK | BUFFER_TELLS_ADDED)) ||
	    LVN_UNLIKELY(from->attention & FROZEN_FRONT))
		return false;
	return lvn_buffer_move_list_locked(to, from);
}

#endif
