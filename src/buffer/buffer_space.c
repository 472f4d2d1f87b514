/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_space.h"

#include <errno.h>
#include <string.h>

/* So few bytes are moved within their chain instead of allocating another one. */
#define MOVED_WITHIN_CHAIN 2048
/* So few are moved to a larger chain, to have one extent. */
#define MOVED_TO_LARGER 4096

size_t
lvn_buffer_space_in_last_locked(struct evbuffer *buffer, size_t wanted) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	size_t space = lvn_chain_space(last);

	if (space >= wanted || !lvn_chain_is_writable(last) ||
	    (buffer->checks & BUFFER_IS_RESERVED))
		return space;
	if (last->size > 0 && (last->size > MOVED_WITHIN_CHAIN || last->size > last->capacity / 2))
		return space;
	if (last->capacity - last->size < wanted)
		return space;
	memmove(last->memory, lvn_chain_data(last), last->size);
	last->offset = 0;
	return lvn_chain_space(last);
}

/* Chains behind the last one, from *end on. */
static int
add_spares_locked(struct evbuffer *buffer, struct chain **end, size_t size, size_t least)
    REQUIRES(buffer->lock)
{
	struct chain **link = end;
	size_t held = buffer->held;

	for (;;) {
		size_t wanted = size > least ? size : least;
		struct chain *chain =
		    lvn_chain_new(wanted < LVN_CHAIN_PART ? wanted : LVN_CHAIN_PART);

		if (!chain) {
			lvn_chain_release_all(*end);
			*end = NULL;
			return -ENOMEM;
		}
		*link = chain;
		held += chain->capacity;
		if (chain->capacity >= size)
			break;
		size -= chain->capacity;
		least -= least < chain->capacity ? least : chain->capacity;
		link = &chain->next;
	}
	buffer->held = held;
	if (!buffer->last)
		buffer->last = buffer->first;
	return 0;
}

int
lvn_buffer_make_space_locked(struct evbuffer *buffer, size_t size, size_t least)
    REQUIRES(buffer->lock)
{
	struct chain **end = &buffer->first;
	size_t space = 0;

	if (buffer->last) {
		space = lvn_buffer_space_in_last_locked(buffer, size);
		if (space >= size)
			return 0;
		if (buffer->size > 0) {
			end = &buffer->last->next;
		} else {
			lvn_buffer_drop_space_locked(buffer);
			space = 0;
		}
	}
	for (; *end; end = &(*end)->next)
		space += (*end)->capacity;
	return space < size ? add_spares_locked(buffer, end, size - space, least) : 0;
}

/* ---- Contiguous space, for the application ----------------------------------------------- */

/* Whether the bytes of the last chain, the only one, had better be moved to a larger one. */
static bool
is_to_be_replaced_locked(const struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	return buffer->first == last && lvn_chain_is_writable(last) &&
	       last->size <= MOVED_TO_LARGER && lvn_chain_space(last) >= last->capacity / 8;
}

/* The only chain of the buffer is another one, with the bytes there are. */
static int
replace_only_locked(struct evbuffer *buffer, size_t more) REQUIRES(buffer->lock)
{
	struct chain *larger = lvn_chain_new(buffer->size + more);

	if (!larger)
		return -ENOMEM;
	if (buffer->size > 0)
		memcpy(larger->memory, lvn_chain_data(buffer->last), buffer->size);
	larger->size = buffer->size;
	lvn_chain_release_all(lvn_buffer_detach_chains_locked(buffer));
	lvn_buffer_push_chain_locked(buffer, larger);
	return 0;
}

/* The chain behind the last one has so much space: 0 or -ENOMEM. */
static int
make_spare_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *spare = buffer->last->next;

	if (spare && spare->capacity >= size)
		return 0;
	spare = lvn_chain_new(size);
	if (!spare)
		return -ENOMEM;
	spare->next = buffer->last->next;
	buffer->last->next = spare;
	buffer->held += spare->capacity;
	return 0;
}

static int
make_contiguous_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	size_t space = buffer->last ? lvn_buffer_space_in_last_locked(buffer, size) : 0;

	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (space > 0 && space >= size)
		return 0;
	if (buffer->size == 0 || is_to_be_replaced_locked(buffer))
		return replace_only_locked(buffer, size);
	return make_spare_locked(buffer, size);
}

int
lvn_buffer_expand_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	int rc = make_contiguous_locked(buffer, size);

	if (rc == 0)
		buffer->checks |= BUFFER_IS_RESERVED;
	return rc;
}

static struct evbuffer_iovec
space_of(struct chain *chain)
{
	return (struct evbuffer_iovec){lvn_chain_data(chain) + chain->size, lvn_chain_space(chain)};
}

int
lvn_buffer_reserve_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *extents,
    int most) REQUIRES(buffer->lock)
{
	size_t space = buffer->last ? lvn_buffer_space_in_last_locked(buffer, size) : 0;
	bool in_two = most > 1 && space > 0 && space < size;
	struct chain *last;
	int rc;

	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	rc =
	    in_two ? make_spare_locked(buffer, size - space) : make_contiguous_locked(buffer, size);
	if (rc < 0)
		return rc;
	buffer->checks |= BUFFER_IS_RESERVED;
	last = buffer->last;
	space = lvn_chain_space(last);
	extents[0] = space_of(in_two || (space >= size && space > 0) ? last : last->next);
	if (in_two)
		extents[1] = space_of(last->next);
	return in_two ? 2 : 1;
}

static bool
is_space_of(const struct evbuffer_iovec *extent, struct chain *chain)
{
	struct evbuffer_iovec space;

	if (!chain)
		return false;
	space = space_of(chain);
	return extent->iov_base == space.iov_base && extent->iov_len <= space.iov_len;
}

/* The chain of the first extent; NULL if they are not the space of the buffer. */
static struct chain *
chain_of_extents_locked(struct evbuffer *buffer, const struct evbuffer_iovec *extents, int count)
    REQUIRES(buffer->lock)
{
	struct chain *chain = lvn_buffer_space_locked(buffer);

	/* Contiguous space for more may have been made behind the last chain. */
	if (chain && chain == buffer->last && !is_space_of(&extents[0], chain))
		chain = chain->next;
	if (count > 2 || !is_space_of(&extents[0], chain) ||
	    (count == 2 && !is_space_of(&extents[1], chain->next)))
		return NULL;
	return chain;
}

int
lvn_buffer_commit_locked(struct evbuffer *buffer, const struct evbuffer_iovec *extents, int count)
    REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	struct chain *chain;

	if (count <= 0)
		return 0;
	chain = chain_of_extents_locked(buffer, extents, count);
	if (!chain)
		return -EINVAL;
	for (int i = 0; i < count; i++, chain = chain->next) {
		chain->size += extents[i].iov_len;
		buffer->size += extents[i].iov_len;
		if (extents[i].iov_len > 0)
			buffer->last = chain;
	}
	chain = buffer->first;
	if (chain->size == 0 && chain != buffer->last) {
		/* Only the second extent was written to. */
		buffer->first = chain->next;
		buffer->held -= chain->capacity;
		lvn_chain_release(chain);
	}
	if (buffer->size > old_size) {
		buffer->checks &= (uint8_t)~BUFFER_IS_RESERVED;
		lvn_buffer_fit_locked(buffer);
		lvn_buffer_has_grown_locked(buffer, old_size, buffer->size - old_size);
	}
	return 0;
}
