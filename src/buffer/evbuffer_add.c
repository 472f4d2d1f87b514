/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: adding bytes to buffers, and space for them.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <stdarg.h>

#include "base/log.h"
#include "buffer/buffer.h"
#include "buffer/buffer_add.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_space.h"

int
evbuffer_add(struct evbuffer *buf, const void *data, size_t datlen)
{
	int rc = -1;

	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_add_locked(buf, data, datlen);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : 0;
}

int
evbuffer_prepend(struct evbuffer *buf, const void *data, size_t size)
{
	int rc = -1;

	lvn_buffer_enter(buf);
	if (size == 0 || !lvn_buffer_is_frozen_locked(buf, FROZEN_FRONT))
		rc = lvn_buffer_prepend_locked(buf, data, size);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : 0;
}

size_t
evbuffer_add_iovec(struct evbuffer *buffer, struct evbuffer_iovec *vec, int n_vec)
{
	size_t added = 0;

	lvn_buffer_enter(buffer);
	for (int i = 0; i < n_vec && !lvn_buffer_is_frozen_locked(buffer, FROZEN_BACK); i++) {
		if (lvn_buffer_add_locked(buffer, vec[i].iov_base, vec[i].iov_len) < 0)
			break;
		added += vec[i].iov_len;
	}
	lvn_buffer_leave(buffer);
	return added;
}

int
evbuffer_add_vprintf(struct evbuffer *buf, const char *fmt, va_list ap)
{
	int rc = -1;

	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_add_text_locked(buf, fmt, ap);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : rc;
}

int
evbuffer_add_printf(struct evbuffer *buf, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = evbuffer_add_vprintf(buf, fmt, args);
	va_end(args);
	return rc;
}

int
evbuffer_expand(struct evbuffer *buf, size_t datlen)
{
	int rc;

	lvn_buffer_enter(buf);
	rc = lvn_buffer_expand_locked(buf, datlen);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : 0;
}

int
evbuffer_reserve_space(struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec, int n_vec)
{
	int rc = -1;

	if (n_vec < 1 || size < 0)
		return lvn_log_misuse(__func__, "no extents, or a negative size");
	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_reserve_locked(buf, (size_t)size, vec, n_vec);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : rc;
}

int
evbuffer_commit_space(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs)
{
	int rc = -EPERM;

	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_commit_locked(buf, vec, n_vecs);
	lvn_buffer_leave(buf);
	if (rc == -EINVAL)
		return lvn_log_misuse(__func__, "that space was not reserved");
	return rc < 0 ? -1 : 0;
}

/* The analysis cannot know whether both buffers have one lock. */
int
evbuffer_add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf) NO_LOCK_ANALYSIS
{
	int rc = 0;

	lvn_buffer_enter_pair(outbuf, inbuf);
	if (outbuf != inbuf && inbuf->size > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(outbuf, FROZEN_BACK) &&
		    !lvn_buffer_is_frozen_locked(inbuf, FROZEN_FRONT))
			rc = lvn_buffer_move_locked(outbuf, inbuf);
	}
	lvn_buffer_leave_pair(outbuf, inbuf);
	return rc < 0 ? -1 : 0;
}

/* The analysis cannot know whether both buffers have one lock. */
int
evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src) NO_LOCK_ANALYSIS
{
	int rc = 0;

	lvn_buffer_enter_pair(dst, src);
	if (dst != src && src->size > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(dst, FROZEN_FRONT) &&
		    !lvn_buffer_is_frozen_locked(src, FROZEN_FRONT))
			rc = lvn_buffer_move_front_locked(dst, src);
	}
	lvn_buffer_leave_pair(dst, src);
	return rc < 0 ? -1 : 0;
}

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

/* The analysis cannot know whether both buffers have one lock. */
int
evbuffer_add_buffer_reference(struct evbuffer *outbuf, struct evbuffer *inbuf) NO_LOCK_ANALYSIS
{
	int rc = -1;

	lvn_buffer_enter_pair(outbuf, inbuf);
	if (inbuf->size == 0)
		rc = 0;
	else if (outbuf != inbuf && !lvn_buffer_is_frozen_locked(outbuf, FROZEN_BACK))
		rc = lvn_buffer_move_shared_locked(outbuf, inbuf);
	lvn_buffer_leave_pair(outbuf, inbuf);
	return rc < 0 ? -1 : 0;
}
