/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_add.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "buffer/buffer_room.h"

/* Up to this capacity each further chain is twice as large as the one before. */
#define DOUBLED_UP_TO 2048

/* What a printed text gets at first. */
#define TEXT_ROOM 64

/* For bytes that the last chain has no room for. */
static struct chain *
chain_behind_locked(struct evbuffer *buffer, size_t rest) REQUIRES(buffer->lock)
{
	const struct chain *last = buffer->last;
	size_t size = last && last->kind == CHAIN_OWN ? last->capacity : 0;

	if (size <= DOUBLED_UP_TO)
		size *= 2;
	return lvn_chain_new(size > rest ? size : rest);
}

/* Bytes that lie behind the last chain from now on. */
static void
put_behind_locked(struct evbuffer *buffer, struct chain *chain, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	memcpy(chain->memory, data, size);
	chain->size = size;
	if (buffer->size > 0 && buffer->last->next == chain)
		buffer->last->next = chain->next;
	lvn_buffer_append_chain_locked(buffer, chain);
}

int
lvn_buffer_add_slowly_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	size_t old_size = buffer->size;
	size_t room, fits;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (last && last->size == 0 && size > last->capacity) {
		lvn_buffer_drop_chains_locked(buffer);
		last = NULL;
	}
	room = last ? lvn_buffer_room_in_last_locked(buffer, size) : 0;
	fits = size < room ? size : room;
	if (fits < size) {
		size_t rest = size - fits;
		struct chain *chain = last ? last->next : NULL;

		if (!chain || chain->capacity < rest) {
			chain = chain_behind_locked(buffer, rest);
			if (!chain)
				return -ENOMEM;
			lvn_buffer_drop_spares_locked(buffer);
		}
		if (fits > 0) {
			memcpy(lvn_chain_data(last) + last->size, data, fits);
			last->size += fits;
			buffer->size += fits;
		}
		put_behind_locked(buffer, chain, (const char *)data + fits, rest);
	} else {
		memcpy(lvn_chain_data(last) + last->size, data, size);
		last->size += size;
		buffer->size += size;
	}
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}

/* Bytes that may be put in front of those of the first chain. */
static size_t
room_in_front_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (!first || !lvn_chain_is_writable(first))
		return 0;
	if (first->size == 0)
		first->offset = first->capacity;
	return first->offset;
}

static struct chain *
chain_in_front_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain = lvn_chain_new(size);

	if (!chain)
		return NULL;
	chain->offset = chain->capacity;
	chain->next = buffer->first;
	return chain;
}

int
lvn_buffer_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	const char *bytes = data;
	size_t old_size = buffer->size;
	size_t room, fits;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (buffer->first && buffer->size == 0 && buffer->first->capacity < size)
		lvn_buffer_drop_chains_locked(buffer);
	room = room_in_front_locked(buffer);
	fits = size < room ? size : room;
	if (fits < size) {
		struct chain *chain = chain_in_front_locked(buffer, size - fits);

		if (!chain)
			return -ENOMEM;
		chain->offset -= size - fits;
		chain->size = size - fits;
		memcpy(lvn_chain_data(chain), bytes, size - fits);
		bytes += size - fits;
		if (fits > 0) {
			buffer->first->offset -= fits;
			buffer->first->size += fits;
			memcpy(lvn_chain_data(buffer->first), bytes, fits);
		}
		if (!buffer->last)
			buffer->last = chain;
		buffer->first = chain;
	} else {
		buffer->first->offset -= fits;
		buffer->first->size += fits;
		memcpy(lvn_chain_data(buffer->first), bytes, fits);
	}
	buffer->size += size;
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}

int
lvn_buffer_add_text_locked(struct evbuffer *buffer, const char *format, va_list args)
    REQUIRES(buffer->lock)
{
	size_t wanted = TEXT_ROOM;

	for (;;) {
		struct evbuffer_iovec room;
		va_list again;
		int size;
		int rc = lvn_buffer_reserve_locked(buffer, wanted, &room, 1);

		if (rc < 0)
			return rc;
		va_copy(again, args);
		size = vsnprintf(room.iov_base, room.iov_len, format, again);
		va_end(again);
		if (size < 0)
			return errno ? -errno : -EINVAL;
		if ((size_t)size < room.iov_len) {
			room.iov_len = (size_t)size;
			rc = lvn_buffer_commit_locked(buffer, &room, 1);
			return rc < 0 ? rc : size;
		}
		if (size == INT_MAX)
			return -EOVERFLOW;
		wanted = (size_t)size + 1;
	}
}

int
lvn_buffer_add_reference_locked(struct evbuffer *buffer, const void *data, size_t offset,
    size_t size, void (*cleanup)(const void *data, size_t size, void *arg), void *arg)
    REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	struct chain *chain;

	if (!lvn_buffer_has_limit_for_locked(buffer, size) || offset > LVN_CHAIN_MAX - size)
		return lvn_buffer_refuse_locked(buffer, size);
	if (size == 0) {
		if (cleanup)
			cleanup(data, offset, arg);
		return 0;
	}
	chain = lvn_chain_new_reference(data, offset, size, cleanup, arg);
	if (!chain)
		return -ENOMEM;
	lvn_buffer_append_chain_locked(buffer, chain);
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}
