/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_move.h"

#include <errno.h>
#include <string.h>

/* Fewer bytes are copied rather than shared when a chain is divided. */
#define SHARED_FROM 2048

/* `from` is empty afterwards; tells nobody.  Answers its first chain. */
static struct chain *
take_all_locked(struct evbuffer *from) REQUIRES(from->lock)
{
	struct chain *first = from->first;

	from->first = NULL;
	from->last = NULL;
	from->size = 0;
	return first;
}

/* The chains from `first` to `last`, and room behind that, with `size` bytes. */
static void
append_list_locked(struct evbuffer *to, struct chain *first, struct chain *last, size_t size)
    REQUIRES(to->lock)
{
	if (to->size == 0) {
		if (to->first)
			lvn_buffer_drop_chains_locked(to);
		to->first = first;
	} else {
		lvn_buffer_drop_spares_locked(to);
		to->last->next = first;
	}
	to->last = last;
	to->size += size;
}

int
lvn_buffer_move_slowly_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock)
{
	size_t size = from->size;
	size_t old_size = to->size;
	struct chain *last = from->last;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(to, size))
		return lvn_buffer_refuse_locked(to, size);
	append_list_locked(to, take_all_locked(from), last, size);
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
	lvn_buffer_drop_spares_locked(from);
	if (old_size == 0) {
		lvn_buffer_drop_chains_locked(to);
		to->last = from->last;
	} else {
		from->last->next = to->first;
	}
	to->first = take_all_locked(from);
	to->size += size;
	lvn_buffer_has_shrunk_locked(from, size, size);
	lvn_buffer_has_grown_locked(to, old_size, size);
	return 0;
}

/* The last chain of `from` that is moved as a whole, NULL if none is; the rest counts down. */
static struct chain *
last_whole_locked(struct evbuffer *from, size_t *rest) REQUIRES(from->lock)
{
	struct chain *whole = NULL;

	for (struct chain *chain = from->first; chain->size <= *rest && *rest > 0;
	     chain = chain->next) {
		*rest -= chain->size;
		whole = chain;
	}
	return whole;
}

/* The first bytes of a chain, for another list: shared, or copied if they are few. */
static struct chain *
divide(struct chain *chain, size_t size)
{
	struct chain *part;

	if (chain->kind != CHAIN_OWN || size >= SHARED_FROM)
		return lvn_chain_new_view(chain, size);
	part = lvn_chain_new(size);
	if (part) {
		memcpy(part->memory, lvn_chain_data(chain), size);
		part->size = size;
	}
	return part;
}

/* A small part finds room behind the last chain of the list it goes to. */
static bool
copies_into(struct chain *last, const struct chain *chain, size_t size)
{
	if (!last || size > lvn_chain_room(last) || !lvn_chain_is_readable(chain))
		return false;
	memcpy(lvn_chain_data(last) + last->size, lvn_chain_data(chain), size);
	return true;
}

/* Fewer bytes than there are. */
static int
move_part_locked(struct evbuffer *to, struct evbuffer *from, size_t size)
    REQUIRES(to->lock, from->lock)
{
	size_t rest = size;
	struct chain *whole = last_whole_locked(from, &rest);
	struct chain *divided = whole ? whole->next : from->first;
	struct chain *last = whole ? whole : to->last;
	struct chain *part = NULL;

	if (rest > 0 && rest < SHARED_FROM && copies_into(last, divided, rest)) {
		last->size += rest;
		if (!whole)
			to->size += rest;
	} else if (rest > 0) {
		part = divide(divided, rest);
		if (!part)
			return -ENOMEM;
	}
	if (whole) {
		struct chain *first = from->first;

		from->first = divided;
		whole->next = NULL;
		append_list_locked(to, first, whole, size - (part ? rest : 0));
	}
	if (part)
		lvn_buffer_append_chain_locked(to, part);
	divided->offset += rest;
	divided->size -= rest;
	from->size -= size;
	return 0;
}

int
lvn_buffer_move_some_locked(struct evbuffer *to, struct evbuffer *from, size_t most,
    size_t *moved_out) REQUIRES(to->lock, from->lock)
{
	size_t old_from = from->size;
	size_t old_to = to->size;
	int rc;

	*moved_out = most < old_from ? most : old_from;
	if (*moved_out == 0)
		return 0;
	if (*moved_out == old_from)
		return lvn_buffer_move_locked(to, from);
	if (!lvn_buffer_has_limit_for_locked(to, *moved_out))
		return lvn_buffer_refuse_locked(to, *moved_out);
	rc = move_part_locked(to, from, *moved_out);
	if (rc < 0)
		return rc;
	lvn_buffer_has_grown_locked(to, old_to, *moved_out);
	lvn_buffer_has_shrunk_locked(from, old_from, *moved_out);
	return 0;
}

int
lvn_buffer_move_shared_locked(struct evbuffer *to, struct evbuffer *from)
    REQUIRES(to->lock, from->lock)
{
	struct chain *first = NULL, *last = NULL;
	size_t size = from->size;
	size_t old_size = to->size;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(to, size))
		return lvn_buffer_refuse_locked(to, size);
	for (struct chain *chain = from->first; chain && chain->size > 0; chain = chain->next) {
		struct chain *view = lvn_chain_new_view(chain, chain->size);

		if (!view) {
			lvn_chain_release_all(first);
			return -ENOMEM;
		}
		if (last)
			last->next = view;
		else
			first = view;
		last = view;
	}
	append_list_locked(to, first, last, size);
	lvn_buffer_has_grown_locked(to, old_size, size);
	return 0;
}
