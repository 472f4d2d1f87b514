/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: memory in buffers that is not copied.
 */
#include <errno.h>
#include <event2/buffer.h>

#include "base/memory.h"
#include "buffer/buffer_add.h"
#include "buffer/buffer_move.h"
#include "buffer/door.h"
#include "buffer/evbuffer_pair.h"

int
evbuffer_add_reference(struct evbuffer *outbuf, const void *data, size_t datlen,
    evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg)
{
	return evbuffer_add_reference_with_offset(
	    outbuf, data, 0, datlen, cleanupfn, cleanupfn_arg);
}

int
evbuffer_add_reference_with_offset(struct evbuffer *outbuf, const void *data, size_t offset,
    size_t datlen, evbuffer_ref_cleanup_cb cleanupfn, void *cleanupfn_arg)
{
	int rc = -1;

	lvn_buffer_enter(outbuf);
	if (!lvn_buffer_is_frozen_locked(outbuf, FROZEN_BACK))
		rc = lvn_buffer_add_reference_locked(
		    outbuf, data, offset, datlen, cleanupfn, cleanupfn_arg);
	lvn_buffer_leave(outbuf);
	return rc < 0 ? -1 : 0;
}

int
evbuffer_add_buffer_reference(struct evbuffer *outbuf, struct evbuffer *inbuf) NO_LOCK_ANALYSIS
{
	int rc = -1;

	lvn_evbuffer_pair_enter(outbuf, inbuf);
	if (inbuf->size == 0)
		rc = 0;
	else if (outbuf != inbuf && !lvn_buffer_is_frozen_locked(outbuf, FROZEN_BACK))
		rc = lvn_buffer_move_shared_locked(outbuf, inbuf);
	lvn_evbuffer_pair_leave(outbuf, inbuf);
	return rc < 0 ? -1 : 0;
}
