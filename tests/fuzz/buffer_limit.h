/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether a buffer keeps the limit of its memory that buffer.h states.  The blocks are added up
 * here, from the chains, so that a wrong sum in the library is found as well.
 */
#ifndef LEVIN_TESTS_FUZZ_BUFFER_LIMIT_H
#define LEVIN_TESTS_FUZZ_BUFFER_LIMIT_H

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer/buffer.h"

/* Between two calls of the library; space that the program reserved has no limit. */
static inline bool
buffer_keeps_limit(const struct evbuffer *buffer)
{
	size_t memory = 0;

	for (const struct chain *chain = buffer->first; chain; chain = chain->next) {
		const struct chain *owner = chain;

		if (chain->kind == CHAIN_VIEW)
			owner = container_of(chain, const struct chain_view, chain)->shown;
		if (owner->kind == CHAIN_OWN)
			memory += owner->capacity;
	}
	return memory == buffer->held && ((buffer->checks & BUFFER_IS_RESERVED) ||
					     memory <= 2 * buffer->size + LVN_BUFFER_SLACK);
}

/* The buffers of a stream and of those below it, while none of their functions runs. */
static inline bool
stack_keeps_limit(struct bufferevent *stream)
{
	for (; stream; stream = bufferevent_get_underlying(stream)) {
		if (!buffer_keeps_limit(bufferevent_get_input(stream)) ||
		    !buffer_keeps_limit(bufferevent_get_output(stream)))
			return false;
	}
	return true;
}

#endif
