/* SPDX-License-Identifier: BSD-3-Clause */
#include "buffer/buffer_file.h"

#include <errno.h>

int
lvn_buffer_file_add_locked(struct evbuffer *buffer, struct evbuffer_file_segment *segment,
    size_t offset, size_t size) REQUIRES(buffer->lock, segment->lock)
{
	size_t old_size = buffer->size;
	struct chain *chain;

	if (!lvn_buffer_has_limit_for_locked(buffer, size))
		return lvn_buffer_refuse_locked(buffer, size);
	if (size == 0)
		return 0;
	if (!(buffer->flags & BUFFER_DRAINS_TO_FD) || !lvn_file_segment_can_be_sent(segment)) {
		int rc = lvn_file_segment_load_locked(segment);

		if (rc < 0)
			return rc;
	}
	chain = lvn_chain_new_file(segment, segment->contents, offset, size);
	if (!chain)
		return -ENOMEM;
	lvn_file_segment_retain(segment);
	lvn_buffer_append_chain_locked(buffer, chain);
	lvn_buffer_has_grown_locked(buffer, old_size, size);
	return 0;
}
