/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_remove.h"

#include <errno.h>
#include <event2/buffer.h>
#include <string.h>

#include "buffer/buffer_search.h"
#include "buffer/buffer_space.h"

/*
 * Takes bytes away, and returns the chains that nothing is left of.  An emptied buffer has no
 * chain any more, or begins with the space that the application was promised.
 */
static struct chain *
detach_front_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *kept =
	    buffer->checks & BUFFER_IS_RESERVED ? lvn_buffer_space_locked(buffer) : NULL;
	struct chain *chain = buffer->first;
	struct chain *detached = chain;
	struct chain **link = &detached;

	buffer->size -= size;
	while (chain && chain != kept && size >= chain->size) {
		size -= chain->size;
		buffer->held -= lvn_chain_held(chain);
		link = &chain->next;
		chain = chain->next;
	}
	*link = NULL;
	buffer->first = chain;
	if (buffer->size == 0)
		buffer->last = chain;
	if (chain) {
		chain->offset += size;
		chain->size -= size;
	}
	return detached;
}

void
lvn_buffer_drain_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	struct chain *first = buffer->first;

	if (size > old_size)
		size = old_size;
	if (size == 0)
		return;
	if (size < first->size) {
		first->offset += size;
		first->size -= size;
		buffer->size -= size;
		lvn_buffer_fit_locked(buffer);
	} else if (size == old_size && !(buffer->checks & BUFFER_IS_RESERVED)) {
		lvn_chain_release_all(lvn_buffer_detach_chains_locked(buffer));
	} else {
		lvn_chain_release_all(detach_front_locked(buffer, size));
		lvn_buffer_fit_locked(buffer);
	}
	lvn_buffer_has_shrunk_locked(buffer, old_size, size);
}

ptrdiff_t
lvn_buffer_copyout_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start, void *data,
    size_t size) REQUIRES(buffer->lock)
{
	struct chain_position from = lvn_buffer_search_begin_locked(buffer, start);
	int error;
	size_t copied = lvn_chain_gather(from.chain, from.at, data, size, &error);

	return error < 0 ? error : (ptrdiff_t)copied;
}

ptrdiff_t
lvn_buffer_remove_locked(struct evbuffer *buffer, void *data, size_t size) REQUIRES(buffer->lock)
{
	ptrdiff_t copied = lvn_buffer_copyout_locked(buffer, NULL, data, size);

	if (copied > 0)
		lvn_buffer_drain_locked(buffer, (size_t)copied);
	return copied;
}

/* Frees chains of referenced memory while the bytes that came from there are looked at. */
static unsigned char *
release_and_look_locked(struct evbuffer *buffer, struct chain *detached, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	unsigned char *data = NULL;

	atomic_fetch_add_explicit(&first->refs, 1, memory_order_relaxed);
	lvn_chain_release_all(detached);
	if (buffer->first == first && first->size >= size)
		data = lvn_chain_data(first);
	lvn_chain_release(first);
	return data;
}

unsigned char *
lvn_buffer_pullup_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	struct chain *to = first;
	struct chain *from;
	size_t rest;
	int error;

	if (!first)
		return NULL;
	if (first->size >= size)
		return lvn_chain_map(first);
	if (!lvn_chain_is_writable(first) || lvn_chain_space(first) < size - first->size)
		to = lvn_chain_new(size);
	if (!to)
		return NULL;
	from = to == first ? first->next : first;
	rest = size - to->size;
	lvn_chain_gather(from, 0, lvn_chain_data(to) + to->size, rest, &error);
	if (error < 0) {
		if (to != first)
			lvn_chain_release(to);
		return NULL;
	}
	if (to == first) {
		buffer->first = from;
		buffer->size -= to->size;
		buffer->held -= to->capacity;
	}
	buffer->checks &= (uint8_t)~BUFFER_IS_RESERVED;
	from = detach_front_locked(buffer, rest);
	to->size = size;
	lvn_buffer_push_chain_locked(buffer, to);
	lvn_buffer_fit_locked(buffer);
	return release_and_look_locked(buffer, from, size);
}
