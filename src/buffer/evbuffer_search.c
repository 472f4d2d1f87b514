/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: positions in buffers, and searching.
 */
#include <event2/buffer.h>

#include "base/log.h"
#include "buffer/buffer.h"
#include "buffer/buffer_search.h"

static const struct evbuffer_ptr nowhere = {.pos = -1};

/* A search that found nothing returns no position to go on from.  NULL is the front. */
static bool
is_somewhere(const struct evbuffer_ptr *pos)
{
	return !pos || pos->pos >= 0;
}

int
evbuffer_ptr_set(
    struct evbuffer *buffer, struct evbuffer_ptr *ptr, size_t position, enum evbuffer_ptr_how how)
{
	const struct evbuffer_ptr *from = how == EVBUFFER_PTR_ADD ? ptr : NULL;
	struct chain_position pos;
	bool there;

	if (how != EVBUFFER_PTR_SET && how != EVBUFFER_PTR_ADD) {
		*ptr = nowhere;
		return lvn_log_misuse(__func__, "neither EVBUFFER_PTR_SET nor _ADD");
	}
	lvn_buffer_enter(buffer);
	there = is_somewhere(from);
	if (there) {
		pos = lvn_buffer_search_begin_locked(buffer, from);
		there = lvn_buffer_search_advance_locked(buffer, &pos, position);
	}
	*ptr = there ? lvn_buffer_search_as_ptr(&pos) : nowhere;
	lvn_buffer_leave(buffer);
	return there ? 0 : -1;
}

struct evbuffer_ptr
evbuffer_search_range(struct evbuffer *buffer, const char *what, size_t len,
    const struct evbuffer_ptr *start, const struct evbuffer_ptr *end)
{
	struct evbuffer_ptr found = nowhere;
	struct chain_position pos;

	lvn_buffer_enter(buffer);
	pos = lvn_buffer_search_begin_locked(buffer, start);
	if (is_somewhere(start) && len <= LVN_CHAIN_MAX &&
	    lvn_buffer_search_locked(
		buffer, &pos, end && end->pos >= 0 ? (size_t)end->pos : buffer->size, what, len))
		found = lvn_buffer_search_as_ptr(&pos);
	lvn_buffer_leave(buffer);
	return found;
}

struct evbuffer_ptr
evbuffer_search(
    struct evbuffer *buffer, const char *what, size_t len, const struct evbuffer_ptr *start)
{
	return evbuffer_search_range(buffer, what, len, start, NULL);
}

struct evbuffer_ptr
evbuffer_search_eol(struct evbuffer *buffer, struct evbuffer_ptr *start, size_t *eol_len_out,
    enum evbuffer_eol_style eol_style)
{
	struct evbuffer_ptr found = nowhere;
	struct chain_position pos;
	size_t size = 0;

	lvn_buffer_enter(buffer);
	if (is_somewhere(start)) {
		pos = lvn_buffer_search_begin_locked(buffer, start);
		size = lvn_buffer_search_eol_locked(buffer, &pos, eol_style);
		if (size > 0)
			found = lvn_buffer_search_as_ptr(&pos);
	}
	lvn_buffer_leave(buffer);
	if (eol_len_out)
		*eol_len_out = size;
	return found;
}
