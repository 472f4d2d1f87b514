/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_room.h"

#include <errno.h>
#include <string.h>

/* So few bytes are moved within their chain instead of asking for memory. */
#define MOVED_WITHIN_CHAIN 2048
/* So few are moved to a larger chain, to have one piece. */
#define MOVED_TO_LARGER 4096
/* So many chains are passed to find the one before the last. */
#define PASSED_CHAINS 8

size_t
lvn_buffer_room_in_last_locked(struct evbuffer *buffer, size_t wanted) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	size_t room = lvn_chain_room(last);

	if (room >= wanted || !lvn_chain_is_writable(last))
		return room;
	if (last->size > 0 && (last->size > MOVED_WITHIN_CHAIN || last->size > last->capacity / 2))
		return room;
	if (last->capacity - last->size < wanted)
		return room;
	memmove(last->memory, lvn_chain_data(last), last->size);
	last->offset = 0;
	return lvn_chain_room(last);
}

static struct chain **
link_to_last_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain **link = &buffer->first;

	for (int i = 0; i < PASSED_CHAINS; i++) {
		if (*link == buffer->last)
			return link;
		link = &(*link)->next;
	}
	return NULL;
}

/* Whether the bytes of the last chain had better be moved to a larger one. */
static bool
is_to_be_replaced(struct chain *last)
{
	return lvn_chain_is_writable(last) && last->size <= MOVED_TO_LARGER &&
	       lvn_chain_room(last) >= last->capacity / 8;
}

static int
replace_last_locked(struct evbuffer *buffer, struct chain **link, size_t more)
    REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	struct chain *larger = lvn_chain_new(last->size + more);

	if (!larger)
		return -ENOMEM;
	memcpy(larger->memory, lvn_chain_data(last), last->size);
	larger->size = last->size;
	larger->next = last->next;
	*link = larger;
	buffer->last = larger;
	lvn_chain_release(last);
	lvn_buffer_drop_spares_locked(buffer);
	return 0;
}

int
lvn_buffer_room_behind_last_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *spare = buffer->last->next;

	if (spare && spare->capacity >= size)
		return 0;
	spare = lvn_chain_new(size);
	if (!spare)
		return -ENOMEM;
	lvn_buffer_drop_spares_locked(buffer);
	buffer->last->next = spare;
	return 0;
}

/* The only chain of an empty buffer. */
static int
make_first_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain = lvn_chain_new(size);

	if (!chain)
		return -ENOMEM;
	lvn_buffer_drop_chains_locked(buffer);
	buffer->first = chain;
	buffer->last = chain;
	return 0;
}

int
lvn_buffer_expand_locked(struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	struct chain **link;

	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (buffer->last && lvn_buffer_room_in_last_locked(buffer, size) >= size &&
	    (size > 0 || lvn_chain_room(buffer->last) > 0))
		return 0;
	if (buffer->size == 0)
		return make_first_locked(buffer, size);
	link = is_to_be_replaced(buffer->last) ? link_to_last_locked(buffer) : NULL;
	return link ? replace_last_locked(buffer, link, size)
		    : lvn_buffer_room_behind_last_locked(buffer, size);
}

void
lvn_buffer_room_fit_last_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;
	struct chain **link;

	if (!lvn_chain_is_writable(last) || last->capacity <= LVN_CHAIN_ROOM(LVN_BLOCK_MIN))
		return;
	link = link_to_last_locked(buffer);
	if (link)
		replace_last_locked(buffer, link, 0);
}

void
lvn_buffer_room_drop_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	if (buffer->size == 0)
		lvn_buffer_drop_chains_locked(buffer);
	else
		lvn_buffer_drop_spares_locked(buffer);
}

static struct evbuffer_iovec
room_of(struct chain *chain)
{
	return (struct evbuffer_iovec){lvn_chain_data(chain) + chain->size, lvn_chain_room(chain)};
}

static int
reserve_one_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *piece)
    REQUIRES(buffer->lock)
{
	struct chain *last;
	int rc = lvn_buffer_expand_locked(buffer, size);

	if (rc < 0)
		return rc;
	last = buffer->last;
	*piece =
	    room_of(lvn_chain_room(last) >= size && lvn_chain_room(last) > 0 ? last : last->next);
	return 1;
}

int
lvn_buffer_reserve_locked(struct evbuffer *buffer, size_t size, struct evbuffer_iovec *pieces,
    int most) REQUIRES(buffer->lock)
{
	size_t room = buffer->last ? lvn_buffer_room_in_last_locked(buffer, size) : 0;
	int rc;

	if (most < 2 || room >= size || room == 0 || buffer->size == 0)
		return reserve_one_locked(buffer, size, pieces);
	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	rc = lvn_buffer_room_behind_last_locked(buffer, size - room);
	if (rc < 0)
		return rc;
	pieces[0] = room_of(buffer->last);
	pieces[1] = room_of(buffer->last->next);
	return 2;
}

/* The chain that bytes are added to next: the last one, or, if it has no room, the next. */
static struct chain *
chain_with_room_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *last = buffer->last;

	return last && lvn_chain_room(last) == 0 ? last->next : last;
}

static bool
is_room_of(const struct evbuffer_iovec *piece, struct chain *chain)
{
	struct evbuffer_iovec room;

	if (!chain)
		return false;
	room = room_of(chain);
	return piece->iov_base == room.iov_base && piece->iov_len <= room.iov_len;
}

/* Where the first of the pieces is; NULL if they are not the room of the buffer. */
static struct chain *
chain_of_pieces_locked(struct evbuffer *buffer, const struct evbuffer_iovec *pieces, int count)
    REQUIRES(buffer->lock)
{
	struct chain *chain = chain_with_room_locked(buffer);

	/* Room for more in one piece may have been made behind the last chain. */
	if (chain && chain == buffer->last && !is_room_of(&pieces[0], chain))
		chain = chain->next;
	if (count > 2 || !is_room_of(&pieces[0], chain) ||
	    (count == 2 && !is_room_of(&pieces[1], chain->next)))
		return NULL;
	return chain;
}

int
lvn_buffer_commit_locked(struct evbuffer *buffer, const struct evbuffer_iovec *pieces, int count)
    REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	struct chain *chain;

	if (count <= 0)
		return 0;
	chain = chain_of_pieces_locked(buffer, pieces, count);
	if (!chain)
		return -EINVAL;
	for (int i = 0; i < count; i++, chain = chain->next) {
		if (pieces[i].iov_len == 0)
			continue;
		chain->size += pieces[i].iov_len;
		buffer->size += pieces[i].iov_len;
		buffer->last = chain;
	}
	if (buffer->size > old_size)
		lvn_buffer_has_grown_locked(buffer, old_size, buffer->size - old_size);
	return 0;
}
