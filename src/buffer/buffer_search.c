/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_search.h"

#include <string.h>

#include "base/memory.h"

/* Needles up to half of it are compared across chains without asking for memory. */
#define WINDOW_ON_STACK 512

/* As many bytes could be passed over instead of stopping once. */
#define COST_OF_A_STOP  64
#define ALLOWED_IN_VAIN 1024

/* Two bytes are looked for in so many bytes at once, so that the nearer one is found soon. */
#define STRIDE 128

/* ---- Places -------------------------------------------------------------------------- */

struct chain_place
lvn_buffer_search_begin_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start)
    REQUIRES(buffer->lock)
{
	struct chain_place place = {buffer->first, 0, 0};

	if (!start || start->pos <= 0)
		return place;
	if (start->internal_.chain) {
		place.chain = start->internal_.chain;
		place.at = start->internal_.pos_in_chain;
		place.position = (size_t)start->pos;
	} else if (!lvn_buffer_search_advance_locked(buffer, &place, (size_t)start->pos)) {
		place.chain = NULL;
		place.position = buffer->size;
	}
	return place;
}

bool
lvn_buffer_search_advance_locked(struct evbuffer *buffer, struct chain_place *place, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *chain = place->chain;
	size_t left = size;

	if (size > buffer->size - place->position)
		return false;
	if (!chain)
		return true;
	while (left >= chain->size - place->at && chain != buffer->last) {
		left -= chain->size - place->at;
		chain = chain->next;
		place->at = 0;
	}
	place->chain = chain;
	place->at += left;
	place->position += size;
	return true;
}

struct evbuffer_ptr
lvn_buffer_search_as_ptr(const struct chain_place *place)
{
	return (struct evbuffer_ptr){
	    .pos = (ev_ssize_t)place->position,
	    .internal_ = {place->chain, place->at},
	};
}

/* The chain and what is left of it before `end`; goes on to the next one if that is nothing. */
static size_t
left_in_chain(struct chain_place *place, size_t end)
{
	size_t left = place->chain->size - place->at;

	if (left == 0) {
		place->chain = place->chain->next;
		place->at = 0;
		left = place->chain->size;
	}
	return left < end - place->position ? left : end - place->position;
}

static void
step(struct chain_place *place, size_t size)
{
	place->at += size;
	place->position += size;
}

/* ---- Bytes --------------------------------------------------------------------------- */

/* Copies what is in memory from `place` on, up to `capacity` bytes and up to `end`. */
static size_t
gather(struct chain_place place, size_t end, unsigned char *bytes, size_t capacity)
{
	size_t size = 0;

	while (size < capacity && place.position < end) {
		size_t part = left_in_chain(&place, end);

		if (!lvn_chain_is_readable(place.chain))
			break;
		if (part > capacity - size)
			part = capacity - size;
		memcpy(bytes + size, lvn_chain_data(place.chain) + place.at, part);
		size += part;
		step(&place, part);
	}
	return size;
}

/* Moves on within the buffer, knowing that there are so many bytes. */
static void
step_far(struct chain_place *place, size_t size)
{
	while (size > 0) {
		size_t part = left_in_chain(place, place->position + size);

		step(place, part);
		size -= part;
	}
}

static bool
is_at(struct chain_place place, const unsigned char *what, size_t size)
{
	size_t end = place.position + size;

	while (place.position < end) {
		size_t part = left_in_chain(&place, end);

		if (!lvn_chain_is_readable(place.chain) ||
		    memcmp(lvn_chain_data(place.chain) + place.at, what, part) != 0)
			return false;
		what += part;
		step(&place, part);
	}
	return true;
}

/* Where less memory than for the needle is to be had: slow, but it finds it. */
static bool
search_step_by_step(struct chain_place *place, size_t end, const void *what, size_t size)
{
	for (;;) {
		if (is_at(*place, what, size))
			return true;
		if (end - place->position <= size)
			return false;
		step_far(place, 1);
	}
}

/*
 * Fewer bytes than the needle has are left in the chain: looks at twice as many, gathered
 * from all chains they are in.  Moves on to where a match may begin, or does.
 */
static bool
search_border(
    struct chain_place *place, size_t end, const void *what, size_t size, unsigned char *window)
{
	size_t got = gather(*place, end, window, 2 * (size - 1));
	unsigned char *found = got < size ? NULL : memmem(window, got, what, size);

	if (found)
		step_far(place, (size_t)(found - window));
	else if (got >= size)
		step_far(place, got - (size - 1));
	else
		step_far(place, got + 1); /* beyond are bytes that are not in memory */
	return found != NULL;
}

/*
 * Looks for the first byte, which the C library does fast, as long as that is seldom found
 * without the others: what is compared in vain must stay less than what is passed over.
 */
static const unsigned char *
find_in(const unsigned char *bytes, size_t left, const unsigned char *what, size_t size)
{
	const unsigned char *start = bytes;
	size_t in_vain = 0;

	while (left >= size) {
		const unsigned char *found = memchr(bytes, *what, left - (size - 1));

		if (!found || memcmp(found, what, size) == 0)
			return found;
		left -= (size_t)(found + 1 - bytes);
		bytes = found + 1;
		in_vain += size + COST_OF_A_STOP;
		if (in_vain > (size_t)(bytes - start) + ALLOWED_IN_VAIN)
			return left < size ? NULL : memmem(bytes, left, what, size);
	}
	return NULL;
}

/* The needle fits into what is left of the chain. */
static bool
search_chain(struct chain_place *place, size_t left, const void *what, size_t size)
{
	const unsigned char *bytes;
	const unsigned char *found;

	if (!lvn_chain_is_readable(place->chain)) {
		step(place, left);
		return false;
	}
	bytes = lvn_chain_data(place->chain) + place->at;
	found = find_in(bytes, left, what, size);
	step(place, found ? (size_t)(found - bytes) : left - (size - 1));
	return found != NULL;
}

bool
lvn_buffer_search_locked(struct evbuffer *buffer, struct chain_place *place, size_t end,
    const void *what, size_t size) REQUIRES(buffer->lock)
{
	unsigned char on_stack[WINDOW_ON_STACK];
	unsigned char *allocated = NULL;
	bool found = size == 0;

	(void)buffer;
	while (!found && place->position < end && size <= end - place->position) {
		size_t left = left_in_chain(place, end);
		unsigned char *window = on_stack;

		if (left >= size) {
			found = search_chain(place, left, what, size);
			continue;
		}
		if (2 * (size - 1) > WINDOW_ON_STACK) {
			if (!allocated)
				allocated = lvn_alloc(2 * (size - 1));
			if (!allocated)
				return search_step_by_step(place, end, what, size);
			window = allocated;
		}
		found = search_border(place, end, what, size, window);
	}
	lvn_free(allocated);
	return found;
}

/* ---- Ends of lines ------------------------------------------------------------------- */

static bool
find_byte_locked(struct evbuffer *buffer, struct chain_place *place, unsigned char byte)
    REQUIRES(buffer->lock)
{
	return lvn_buffer_search_locked(buffer, place, buffer->size, &byte, 1);
}

/* The first LF, and the CR before it if that is not before the start. */
static size_t
find_lf_or_crlf_locked(struct evbuffer *buffer, struct chain_place *place) REQUIRES(buffer->lock)
{
	struct chain_place before = *place;
	size_t start = place->position;

	if (!find_byte_locked(buffer, place, '\n'))
		return 0;
	if (place->position == start)
		return 1;
	if (place->at > 0) {
		before = *place;
		before.at--;
		before.position--;
	} else {
		lvn_buffer_search_advance_locked(
		    buffer, &before, place->position - 1 - before.position);
	}
	if (!lvn_chain_is_readable(before.chain) || lvn_chain_data(before.chain)[before.at] != '\r')
		return 1;
	*place = before;
	return 2;
}

static const unsigned char *
first_of_two(const unsigned char *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += STRIDE) {
		size_t part = size - at < STRIDE ? size - at : STRIDE;
		const unsigned char *lf = memchr(bytes + at, '\n', part);
		const unsigned char *cr;

		if (lf)
			part = (size_t)(lf - (bytes + at));
		cr = memchr(bytes + at, '\r', part);
		if (cr || lf)
			return cr ? cr : lf;
	}
	return NULL;
}

static bool
find_cr_or_lf(struct chain_place *place, size_t end)
{
	while (place->position < end) {
		size_t left = left_in_chain(place, end);

		if (lvn_chain_is_readable(place->chain)) {
			const unsigned char *bytes = lvn_chain_data(place->chain) + place->at;
			const unsigned char *found = first_of_two(bytes, left);

			if (found) {
				step(place, (size_t)(found - bytes));
				return true;
			}
		}
		step(place, left);
	}
	return false;
}

static size_t
count_cr_and_lf(struct chain_place place, size_t end)
{
	size_t count = 0;

	while (place.position < end) {
		size_t left = left_in_chain(&place, end);
		const unsigned char *bytes;

		if (!lvn_chain_is_readable(place.chain))
			break;
		bytes = lvn_chain_data(place.chain) + place.at;
		for (size_t i = 0; i < left; i++) {
			if (bytes[i] != '\r' && bytes[i] != '\n')
				return count;
			count++;
		}
		step(&place, left);
	}
	return count;
}

size_t
lvn_buffer_search_eol_locked(struct evbuffer *buffer, struct chain_place *place,
    enum evbuffer_eol_style style) REQUIRES(buffer->lock)
{
	switch (style) {
	case EVBUFFER_EOL_ANY:
		if (!find_cr_or_lf(place, buffer->size))
			return 0;
		return count_cr_and_lf(*place, buffer->size);
	case EVBUFFER_EOL_CRLF:
		return find_lf_or_crlf_locked(buffer, place);
	case EVBUFFER_EOL_CRLF_STRICT:
		return lvn_buffer_search_locked(buffer, place, buffer->size, "\r\n", 2) ? 2 : 0;
	case EVBUFFER_EOL_LF:
		return find_byte_locked(buffer, place, '\n') ? 1 : 0;
	case EVBUFFER_EOL_NUL:
		return find_byte_locked(buffer, place, '\0') ? 1 : 0;
	default:
		return 0;
	}
}
