/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_take.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>

#include "buffer/buffer_search.h"

/* Takes `size` bytes away, fewer than there are; tells nobody. */
static void
take_away_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain = buffer->first;

	buffer->size -= size;
	while (size >= chain->size) {
		struct chain *next = chain->next;

		size -= chain->size;
		buffer->first = next;
		lvn_chain_release(chain);
		chain = next;
	}
	chain->offset += size;
	chain->size -= size;
}

void
lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;

	if (size > old_size)
		size = old_size;
	if (size == 0)
		return;
	if (LVN_UNLIKELY(!lvn_buffer_take_first_locked(buffer, size))) {
		if (size < old_size)
			take_away_locked(buffer, size);
		else
			lvn_buffer_drop_chains_locked(buffer);
	}
	lvn_buffer_has_shrunk_locked(buffer, old_size, size);
}

ptrdiff_t
lvn_buffer_copyout_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start, void *data,
    size_t size) REQUIRES(buffer->lock)
{
	struct chain_place place = lvn_buffer_search_begin_locked(buffer, start);
	size_t copied = 0;

	while (copied < size && place.chain && place.chain->size > 0) {
		size_t part = place.chain->size - place.at;

		if (!lvn_chain_is_readable(place.chain))
			return -EINVAL;
		if (part > size - copied)
			part = size - copied;
		memcpy((char *)data + copied, lvn_chain_data(place.chain) + place.at, part);
		copied += part;
		place.chain = place.chain->next;
		place.at = 0;
	}
	return (ptrdiff_t)copied;
}

ptrdiff_t
lvn_buffer_remove_locked(struct evbuffer *buffer, void *data, size_t size) REQUIRES(buffer->lock)
{
	ptrdiff_t copied = lvn_buffer_copyout_locked(buffer, NULL, data, size);

	if (copied > 0)
		lvn_buffer_drain_locked(buffer, (size_t)copied);
	return copied;
}

static bool
all_are_readable_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	size_t seen = 0;

	for (const struct chain *chain = buffer->first; seen < size; chain = chain->next) {
		if (!lvn_chain_is_readable(chain))
			return false;
		seen += chain->size;
	}
	return true;
}

/*
 * The first chain if the bytes behind its own may be put there too, else a new one which
 * is filled with them and goes in front.
 */
static struct chain *
gathering_chain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	struct chain *chain;

	if (lvn_chain_is_writable(first) && lvn_chain_room(first) >= size - first->size)
		return first;
	chain = lvn_chain_new(size);
	if (!chain)
		return NULL;
	chain->next = first;
	buffer->first = chain;
	return chain;
}

/* Moves bytes of the chains behind `to` there until it has `size`. */
static void
gather_locked(struct evbuffer *buffer, struct chain *to, size_t size) REQUIRES(buffer->lock)
{
	while (to->size < size) {
		struct chain *from = to->next;
		size_t part = size - to->size;

		if (part > from->size)
			part = from->size;
		memcpy(lvn_chain_data(to) + to->size, lvn_chain_data(from), part);
		to->size += part;
		from->offset += part;
		from->size -= part;
		if (from->size > 0)
			break;
		to->next = from->next;
		if (buffer->last == from)
			buffer->last = to;
		lvn_chain_release(from);
	}
}

unsigned char *
lvn_buffer_pullup_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (!first || (first->size < size && !all_are_readable_locked(buffer, size)))
		return NULL;
	if (first->size < size) {
		first = gathering_chain_locked(buffer, size);
		if (!first)
			return NULL;
		gather_locked(buffer, first, size);
	}
	return lvn_chain_is_readable(first) ? lvn_chain_data(first) : NULL;
}
