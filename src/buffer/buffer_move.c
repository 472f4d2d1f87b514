/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_move.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Fewer bytes are copied rather than shared when a chain is divided. */
#define SHARED_FROM 2048

int
lvn_buffer_move_locked(struct evbuffer *to, struct evbuffer *from) REQUIRES(to->lock, from->lock)
{
	size_t size = from->size;
	size_t held = from->held;
	size_t old_size = to->size;
	struct chain *last = from->last;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(to, size))
		return lvn_buffer_refuse_locked(to, size);
	lvn_buffer_append_locked(to, lvn_buffer_detach_chains_locked(from), last, size, held);
	lvn_buffer_fit_locked(to);
	lvn_buffer_has_shrunk_locked(from, size, size);
	lvn_buffer_has_grown_locked(to, old_size, size);
	return 0;
}

int
lvn_buffer_move_front_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock)
{
	size_t size = from->size;
	size_t old_size = to->size;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(to, size))
		return lvn_buffer_refuse_locked(to, size);
	lvn_buffer_drop_space_locked(from);
	if (old_size == 0) {
		lvn_buffer_drop_space_locked(to);
		to->last = from->last;
	} else {
		from->last->next = to->first;
	}
	to->size += size;
	to->held += from->held;
	to->first = lvn_buffer_detach_chains_locked(from);
	lvn_buffer_fit_locked(to);
	lvn_buffer_has_shrunk_locked(from, size, size);
	lvn_buffer_has_grown_locked(to, old_size, size);
	return 0;
}

/* The first bytes of a chain, for another list. */
static struct chain *
copy_of(const struct chain *chain, size_t size)
{
	struct chain *copy = lvn_chain_new(size);

	if (!copy)
		return NULL;
	memcpy(copy->memory, lvn_chain_data(chain), size);
	copy->size = size;
	return copy;
}

/*
 * The first bytes of a chain once more.  They are copied where a view of them would hold more
 * than twice as much memory, and where they are a small part of the application's memory.
 */
static struct chain *
part_of(struct chain *chain, size_t size)
{
	bool is_small = size < chain->size && size < SHARED_FROM && lvn_chain_is_memory(chain);

	return is_small || lvn_chain_held(chain) > 2 * size ? copy_of(chain, size)
							    : lvn_chain_new_view(chain, size);
}

/* Fewer bytes than there are; calls no callback. */
static int
move_part_locked(struct evbuffer *to, struct evbuffer *from, size_t size)
    REQUIRES(to->lock, from->lock)
{
	struct chain *first = from->first;
	struct chain *whole = NULL; /* the last one that is moved as it is */
	struct chain *divided = first;
	struct chain *part = NULL;
	size_t rest = size;
	size_t held = 0;

	for (; divided->size <= rest; divided = divided->next) {
		rest -= divided->size;
		held += lvn_chain_held(divided);
		whole = divided;
	}
	if (rest > 0) {
		part = part_of(divided, rest);
		if (!part)
			return -ENOMEM;
	}
	if (whole) {
		whole->next = NULL;
		lvn_buffer_append_locked(to, first, whole, size - rest, held);
	}
	if (part)
		lvn_buffer_append_locked(to, part, part, rest, lvn_chain_held(part));
	divided->offset += rest;
	divided->size -= rest;
	from->first = divided;
	from->size -= size;
	from->held -= held;
	return 0;
}

int
lvn_buffer_move_some_locked(struct evbuffer *to, struct evbuffer *from, size_t most,
    size_t *moved_out) REQUIRES(to->lock, from->lock)
{
	size_t old_from = from->size;
	size_t old_to = to->size;
	size_t moved = most < old_from ? most : old_from;
	int rc;

	*moved_out = moved;
	if (moved == 0)
		return 0;
	if (moved == old_from)
		return lvn_buffer_move_locked(to, from);
	if (!lvn_buffer_has_limit_for_locked(to, moved))
		return lvn_buffer_refuse_locked(to, moved);
	rc = move_part_locked(to, from, moved);
	if (rc < 0)
		return rc;
	lvn_buffer_fit_locked(to);
	lvn_buffer_fit_locked(from);
	lvn_buffer_has_grown_locked(to, old_to, moved);
	lvn_buffer_has_shrunk_locked(from, old_from, moved);
	return 0;
}

int
lvn_buffer_move_shared_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock)
{
	struct chain *first = NULL, *last = NULL;
	size_t size = from->size;
	size_t old_size = to->size;
	size_t held = 0;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(to, size))
		return lvn_buffer_refuse_locked(to, size);
	for (struct chain *chain = from->first; chain && chain->size > 0; chain = chain->next) {
		struct chain *part = part_of(chain, chain->size);

		if (!part) {
			lvn_chain_release_all(first);
			return -ENOMEM;
		}
		if (last)
			last->next = part;
		else
			first = part;
		last = part;
		held += lvn_chain_held(part);
	}
	lvn_buffer_append_locked(to, first, last, size, held);
	lvn_buffer_fit_locked(to);
	lvn_buffer_has_grown_locked(to, old_size, size);
	return 0;
}
