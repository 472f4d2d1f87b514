/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_add.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/memory.h"

/* Up to this capacity each further chain is twice as large as the one before. */
#define DOUBLED_UP_TO 2048

/* A longer text is formatted twice. */
#define TEXT_ON_STACK 512

/*
 * How large the next chain is at least.  The first ones double, as those of libevent, then half
 * of what keeps a buffer of so many bytes from being loose: blocks are up to twice as large.
 */
static size_t
next_capacity_locked(const struct evbuffer *buffer, size_t new_size) REQUIRES(buffer->lock)
{
	const struct chain *last = buffer->last;

	if (last && last->kind == CHAIN_OWN && last->capacity <= DOUBLED_UP_TO)
		return 2 * last->capacity;
	return buffer->held / 2 < new_size ? new_size - buffer->held / 2 : 0;
}

int
lvn_buffer_add_to_more_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;
	size_t least = next_capacity_locked(buffer, old_size + size);
	int rc = lvn_buffer_make_space_locked(buffer, size, least);
	const char *from = data;
	struct chain *chain;

	if (rc < 0)
		return rc;
	for (chain = lvn_buffer_space_locked(buffer); from < (const char *)data + size;
	     chain = chain->next) {
		size_t left = size - (size_t)(from - (const char *)data);
		size_t space = lvn_chain_space(chain);
		size_t part = left < space ? left : space;

		memcpy(lvn_chain_data(chain) + chain->size, from, part);
		chain->size += part;
		buffer->last = chain;
		from += part;
	}
	buffer->size += size;
	lvn_buffer_fit_locked(buffer);
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}

/* Space for bytes in front of those of the first chain. */
static size_t
space_in_front_locked(struct evbuffer *buffer) REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;

	if (!first || !lvn_chain_is_writable(first))
		return 0;
	if (first->size == 0 && !(buffer->checks & BUFFER_IS_RESERVED))
		first->offset = first->capacity;
	return first->offset;
}

static void
fill_front(struct chain *chain, const char *data, size_t size)
{
	chain->offset -= size;
	chain->size += size;
	memcpy(lvn_chain_data(chain), data, size);
}

int
lvn_buffer_prepend_locked(struct evbuffer *buffer, const void *data, size_t size)
    REQUIRES(buffer->lock)
{
	struct chain *first = buffer->first;
	size_t old_size = buffer->size;
	size_t space, fits, rest;

	if (size == 0)
		return 0;
	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	space = space_in_front_locked(buffer);
	if (old_size == 0 && space < size) {
		lvn_buffer_drop_space_locked(buffer);
		space = 0;
	}
	fits = size < space ? size : space;
	rest = size - fits;
	if (rest > 0) {
		struct chain *chain = lvn_chain_new(rest);

		if (!chain)
			return -ENOMEM;
		chain->offset = chain->capacity;
		fill_front(chain, data, rest);
		lvn_buffer_push_chain_locked(buffer, chain);
	}
	if (fits > 0) {
		fill_front(first, (const char *)data + rest, fits);
		buffer->size += fits;
	}
	lvn_buffer_fit_locked(buffer);
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}

int
lvn_buffer_add_text_locked(struct evbuffer *buffer, const char *format, va_list args)
    REQUIRES(buffer->lock)
{
	char on_stack[TEXT_ON_STACK];
	char *text = on_stack;
	va_list again;
	int size, rc;

	va_copy(again, args);
	size = vsnprintf(on_stack, sizeof(on_stack), format, again);
	va_end(again);
	if (size < 0)
		return errno ? -errno : -EINVAL;
	if (size == INT_MAX)
		return -EOVERFLOW;
	if ((size_t)size >= sizeof(on_stack)) {
		text = lvn_alloc((size_t)size + 1);
		if (!text)
			return -ENOMEM;
		vsnprintf(text, (size_t)size + 1, format, args);
	}
	rc = lvn_buffer_add_locked(buffer, text, (size_t)size);
	if (text != on_stack)
		lvn_free(text);
	return rc < 0 ? rc : size;
}

/* A chain that has bytes. */
static void
add_chain_locked(struct evbuffer *buffer, struct chain *chain) REQUIRES(buffer->lock)
{
	size_t old_size = buffer->size;

	lvn_buffer_append_locked(buffer, chain, chain, chain->size, lvn_chain_held(chain));
	lvn_buffer_fit_locked(buffer);
	lvn_buffer_has_grown_locked(buffer, old_size, chain->size);
}

int
lvn_buffer_add_reference_locked(struct evbuffer *buffer, const void *data, size_t offset,
    size_t size, void (*cleanup)(const void *data, size_t size, void *arg), void *arg)
    REQUIRES(buffer->lock)
{
	struct chain *chain;

	if (!lvn_buffer_has_limit_for_locked(buffer, size) || offset > LVN_CHAIN_MAX - size)
		return lvn_buffer_refuse_locked(buffer, size);
	if (size == 0) {
		if (cleanup)
			cleanup(data, offset, arg);
		return 0;
	}
	chain = lvn_chain_new_reference(data, offset, size, cleanup, arg);
	if (!chain)
		return -ENOMEM;
	add_chain_locked(buffer, chain);
	return 0;
}

int
lvn_buffer_add_file_locked(struct evbuffer *buffer, struct evbuffer_file_segment *segment,
    size_t offset, size_t size) REQUIRES(buffer->lock)
{
	struct chain *chain;

	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (segment->is_truncated && !(buffer->flags & BUFFER_DRAINS_TO_FD))
		return -ENODATA;
	if (size == 0)
		return 0;
	chain = lvn_chain_new_file(segment, offset, size);
	if (!chain)
		return -ENOMEM;
	add_chain_locked(buffer, chain);
	return 0;
}
