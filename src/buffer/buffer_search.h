/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Positions in a buffer, and searching for bytes and ends of lines.  A search takes time in
 * proportion to what is searched, whatever the bytes are and however they are spread.
 */
#ifndef LVN_BUFFER_BUFFER_SEARCH_H
#define LVN_BUFFER_BUFFER_SEARCH_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "buffer/buffer.h"

/*
 * A position: at <= chain->size, and position is its distance from the front.  The position
 * behind the last byte has the last chain, or NULL if the buffer is empty.
 */
struct chain_position {
	struct chain *chain;
	size_t at;
	size_t position;
};

/* The front for NULL. */
struct chain_position lvn_buffer_search_begin_locked(
    struct evbuffer *buffer, const struct evbuffer_ptr *start) REQUIRES(buffer->lock);

/* `size` bytes further on; false if there are fewer. */
bool lvn_buffer_search_advance_locked(
    struct evbuffer *buffer, struct chain_position *pos, size_t size) REQUIRES(buffer->lock);

struct evbuffer_ptr lvn_buffer_search_as_ptr(const struct chain_position *pos);

/*
 * Search for the first `what` that begins at `pos` or behind and ends at `end` or before, and
 * move `pos` there.  No bytes are found at once.
 */
bool lvn_buffer_search_locked(struct evbuffer *buffer, struct chain_position *pos, size_t end,
    const void *what, size_t size) REQUIRES(buffer->lock);

/* Move to where the next end of a line begins; returns its length, or 0 if there is none. */
size_t lvn_buffer_search_eol_locked(struct evbuffer *buffer, struct chain_position *pos,
    enum evbuffer_eol_style style) REQUIRES(buffer->lock);

#endif
