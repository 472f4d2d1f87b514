/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_search.h"

#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"

/* Needles up to half of it are compared across chains without an allocation. */
#define WINDOW_ON_STACK 512

/* As many bytes could be passed over instead of stopping once. */
#define COST_OF_A_STOP  64
#define ALLOWED_IN_VAIN 1024

/* Two bytes are looked for in so many bytes at once, so that the nearer one is found soon. */
#define STRIDE 128

/* ---- Positions -------------------------------------------------------------------------- */

struct chain_position
lvn_buffer_search_begin_locked(struct evbuffer *buffer, const struct evbuffer_ptr *start)
    REQUIRES(buffer->lock)
{
	struct chain_position pos = {buffer->first, 0, 0};

	if (!start || start->pos <= 0)
		return pos;
	if (start->internal_.chain) {
		pos.chain = start->internal_.chain;
		pos.at = start->internal_.pos_in_chain;
		pos.position = (size_t)start->pos;
	} else if (!lvn_buffer_search_advance_locked(buffer, &pos, (size_t)start->pos)) {
		pos.chain = NULL;
		pos.position = buffer->size;
	}
	return pos;
}

bool
lvn_buffer_search_advance_locked(struct evbuffer *buffer, struct chain_position *pos, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *chain = pos->chain;
	size_t left = size;

	if (size > buffer->size - pos->position)
		return false;
	if (!chain)
		return true;
	while (left >= chain->size - pos->at && chain != buffer->last) {
		left -= chain->size - pos->at;
		chain = chain->next;
		pos->at = 0;
	}
	pos->chain = chain;
	pos->at += left;
	pos->position += size;
	return true;
}

struct evbuffer_ptr
lvn_buffer_search_as_ptr(const struct chain_position *pos)
{
	return (struct evbuffer_ptr){
	    .pos = (ev_ssize_t)pos->position,
	    .internal_ = {pos->chain, pos->at},
	};
}

/* The chain and what is left of it before `end`; goes on to the next one if that is nothing. */
static size_t
left_in_chain(struct chain_position *pos, size_t end)
{
	size_t left = pos->chain->size - pos->at;

	if (left == 0) {
		pos->chain = pos->chain->next;
		pos->at = 0;
		left = pos->chain->size;
	}
	return left < end - pos->position ? left : end - pos->position;
}

static void
step(struct chain_position *pos, size_t size)
{
	pos->at += size;
	pos->position += size;
}

/* ---- Bytes --------------------------------------------------------------------------- */

/*
 * Bytes from `pos` on, of `*left` in its chain: all of them, or, of a file, as many as the
 * window takes.  NULL if the file cannot be read; then they match nothing.
 */
static const unsigned char *
look(const struct chain_position *pos, size_t *left, unsigned char *window)
{
	if (lvn_chain_is_memory(pos->chain))
		return lvn_chain_data(pos->chain) + pos->at;
	if (*left > WINDOW_ON_STACK)
		*left = WINDOW_ON_STACK;
	return lvn_chain_copy(pos->chain, pos->at, window, *left) < 0 ? NULL : window;
}

/* Moves on within the buffer, knowing that there are so many bytes. */
static void
step_far(struct chain_position *pos, size_t size)
{
	while (size > 0) {
		size_t part = left_in_chain(pos, pos->position + size);

		step(pos, part);
		size -= part;
	}
}

static bool
is_at(struct chain_position pos, const unsigned char *what, size_t size)
{
	unsigned char window[WINDOW_ON_STACK];
	size_t end = pos.position + size;

	while (pos.position < end) {
		size_t part = left_in_chain(&pos, end);
		const unsigned char *bytes = look(&pos, &part, window);

		if (!bytes || memcmp(bytes, what, part) != 0)
			return false;
		what += part;
		step(&pos, part);
	}
	return true;
}

/* Where less memory than for the needle is to be had: slow, but it finds it. */
static bool
search_step_by_step(struct chain_position *pos, size_t end, const void *what, size_t size)
{
	for (;;) {
		if (is_at(*pos, what, size))
			return true;
		if (end - pos->position <= size)
			return false;
		step_far(pos, 1);
	}
}

/*
 * Fewer bytes than the needle has are left in the chain, or they are in a file: looks at a
 * window of bytes gathered from all chains that they are in.  Moves on to where a match may
 * begin, or does.
 */
static bool
search_window(struct chain_position *pos, size_t end, const void *what, size_t size,
    unsigned char *window, size_t capacity)
{
	size_t left = end - pos->position;
	int error;
	size_t got = lvn_chain_gather(
	    pos->chain, pos->at, window, left < capacity ? left : capacity, &error);
	const unsigned char *found = got < size ? NULL : lvn_bytes_find(window, got, what, size);

	if (found) {
		step_far(pos, (size_t)(found - window));
	} else if (got >= size) {
		step_far(pos, got - (size - 1));
	} else {
		/* Beyond are bytes that cannot be read. */
		step_far(pos, got);
		step(pos, left_in_chain(pos, end));
	}
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
			return left < size ? NULL : lvn_bytes_find(bytes, left, what, size);
	}
	return NULL;
}

/* The needle fits into what is left of the chain, which is in memory. */
static bool
search_chain(struct chain_position *pos, size_t left, const void *what, size_t size)
{
	const unsigned char *bytes = lvn_chain_data(pos->chain) + pos->at;
	const unsigned char *found = find_in(bytes, left, what, size);

	step(pos, found ? (size_t)(found - bytes) : left - (size - 1));
	return found != NULL;
}

bool
lvn_buffer_search_locked(struct evbuffer *buffer, struct chain_position *pos, size_t end,
    const void *what, size_t size) REQUIRES(buffer->lock)
{
	unsigned char on_stack[WINDOW_ON_STACK];
	unsigned char *allocated = NULL;
	unsigned char *window = on_stack;
	bool found = size == 0;

	(void)buffer;
	while (!found && pos->position < end && size <= end - pos->position) {
		size_t left = left_in_chain(pos, end);
		bool is_memory = lvn_chain_is_memory(pos->chain);
		size_t capacity = 2 * (size - 1);

		if (is_memory && left >= size) {
			found = search_chain(pos, left, what, size);
			continue;
		}
		if (!is_memory && capacity < WINDOW_ON_STACK)
			capacity = WINDOW_ON_STACK;
		if (capacity > WINDOW_ON_STACK && !allocated) {
			allocated = lvn_alloc(capacity);
			if (!allocated)
				return search_step_by_step(pos, end, what, size);
			window = allocated;
		}
		found = search_window(pos, end, what, size, window, capacity);
	}
	lvn_free(allocated);
	return found;
}

/* ---- Ends of lines ------------------------------------------------------------------- */

/* The first LF, and the CR before it if that is not before the start. */
static size_t
find_lf_or_crlf_locked(struct evbuffer *buffer, struct chain_position *pos) REQUIRES(buffer->lock)
{
	struct chain_position before = *pos;
	size_t start = pos->position;
	unsigned char cr;

	if (!lvn_buffer_search_locked(buffer, pos, buffer->size, "\n", 1))
		return 0;
	if (pos->position == start)
		return 1;
	lvn_buffer_search_advance_locked(buffer, &before, pos->position - 1 - start);
	if (lvn_chain_copy(before.chain, before.at, &cr, 1) < 0 || cr != '\r')
		return 1;
	*pos = before;
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
find_cr_or_lf(struct chain_position *pos, size_t end)
{
	unsigned char window[WINDOW_ON_STACK];

	while (pos->position < end) {
		size_t left = left_in_chain(pos, end);
		const unsigned char *bytes = look(pos, &left, window);
		const unsigned char *found = bytes ? first_of_two(bytes, left) : NULL;

		if (found) {
			step(pos, (size_t)(found - bytes));
			return true;
		}
		step(pos, left);
	}
	return false;
}

static size_t
count_cr_and_lf(struct chain_position pos, size_t end)
{
	size_t start = pos.position;

	while (pos.position < end && left_in_chain(&pos, end) > 0) {
		char byte;

		if (lvn_chain_copy(pos.chain, pos.at, &byte, 1) < 0 ||
		    (byte != '\r' && byte != '\n'))
			break;
		step(&pos, 1);
	}
	return pos.position - start;
}

size_t
lvn_buffer_search_eol_locked(struct evbuffer *buffer, struct chain_position *pos,
    enum evbuffer_eol_style style) REQUIRES(buffer->lock)
{
	switch (style) {
	case EVBUFFER_EOL_ANY:
		if (!find_cr_or_lf(pos, buffer->size))
			return 0;
		return count_cr_and_lf(*pos, buffer->size);
	case EVBUFFER_EOL_CRLF:
		return find_lf_or_crlf_locked(buffer, pos);
	case EVBUFFER_EOL_CRLF_STRICT:
		return lvn_buffer_search_locked(buffer, pos, buffer->size, "\r\n", 2) ? 2 : 0;
	case EVBUFFER_EOL_LF:
		return lvn_buffer_search_locked(buffer, pos, buffer->size, "\n", 1) ? 1 : 0;
	case EVBUFFER_EOL_NUL:
		return lvn_buffer_search_locked(buffer, pos, buffer->size, "", 1) ? 1 : 0;
	default:
		return 0;
	}
}
