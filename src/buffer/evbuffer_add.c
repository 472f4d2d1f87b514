/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: adding bytes to buffers, and room for them.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <stdarg.h>

#include "base/log.h"
#include "buffer/buffer_add.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_room.h"
#include "buffer/door.h"
#include "buffer/evbuffer_pair.h"
#include "buffer/quick.h"

static LVN_NOINLINE int
add(struct evbuffer *buf, const void *data, size_t datlen)
{
	int rc = -1;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_add_locked(buf, data, datlen);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : 0;
}

static LVN_NOINLINE int
add_some(struct evbuffer *buf, const void *data, size_t datlen) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_add_locked(buf, data, datlen))
		return add(buf, data, datlen);
	lvn_quick_untouch(buf, inside);
	return 0;
}

int
evbuffer_add(struct evbuffer *buf, const void *data, size_t datlen) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_add_few_locked(buf, data, datlen))
		return add_some(buf, data, datlen);
	lvn_quick_untouch(buf, inside);
	return 0;
}

static LVN_NOINLINE int
prepend(struct evbuffer *buf, const void *data, size_t size)
{
	int rc = -1;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (size == 0 || !lvn_buffer_is_frozen_locked(buf, FROZEN_FRONT))
		rc = lvn_buffer_prepend_locked(buf, data, size);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : 0;
}

int
evbuffer_prepend(struct evbuffer *buf, const void *data, size_t size) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_prepend_locked(buf, data, size))
		return prepend(buf, data, size);
	lvn_quick_untouch(buf, inside);
	return 0;
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

static LVN_NOINLINE int
reserve(struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec, int n_vec)
{
	int rc = -1;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_reserve_locked(buf, (size_t)size, vec, n_vec);
	lvn_buffer_leave(buf);
	return rc < 0 ? -1 : rc;
}

int
evbuffer_reserve_space(
    struct evbuffer *buf, ev_ssize_t size, struct evbuffer_iovec *vec, int n_vec) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (n_vec < 1 || size < 0)
		return lvn_log_misuse(__func__, "no pieces, or a negative size");
	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_reserve_locked(buf, (size_t)size, vec))
		return reserve(buf, size, vec, n_vec);
	lvn_quick_untouch(buf, inside);
	return 1;
}

static LVN_NOINLINE int
commit(struct evbuffer *buf, const struct evbuffer_iovec *vec, int n_vecs)
{
	int rc = -EPERM;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (!lvn_buffer_is_frozen_locked(buf, FROZEN_BACK))
		rc = lvn_buffer_commit_locked(buf, vec, n_vecs);
	lvn_buffer_leave(buf);
	if (rc == -EINVAL)
		return lvn_log_misuse("evbuffer_commit_space", "that room was not reserved");
	return rc < 0 ? -1 : 0;
}

int
evbuffer_commit_space(struct evbuffer *buf, struct evbuffer_iovec *vec, int n_vecs) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || n_vecs != 1 || !lvn_quick_commit_locked(buf, vec))
		return commit(buf, vec, n_vecs);
	lvn_quick_untouch(buf, inside);
	return 0;
}

static int
add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf) NO_LOCK_ANALYSIS
{
	int rc = 0;

	lvn_evbuffer_pair_enter(outbuf, inbuf);
	if (outbuf != inbuf && inbuf->size > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(outbuf, FROZEN_BACK) &&
		    !lvn_buffer_is_frozen_locked(inbuf, FROZEN_FRONT))
			rc = lvn_buffer_move_locked(outbuf, inbuf);
	}
	lvn_evbuffer_pair_leave(outbuf, inbuf);
	return rc < 0 ? -1 : 0;
}

static LVN_NOINLINE int
add_buffer_with_locks(struct evbuffer *outbuf, struct evbuffer *inbuf) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch_both(outbuf, inbuf, &inside) ||
	    !lvn_quick_move_locked(outbuf, inbuf)) {
		lvn_quick_miss(outbuf);
		return add_buffer(outbuf, inbuf);
	}
	lvn_quick_untouch_both(outbuf, inbuf, inside);
	return 0;
}

int
evbuffer_add_buffer(struct evbuffer *outbuf, struct evbuffer *inbuf)
{
	return outbuf->lock == inbuf->lock ? add_buffer(outbuf, inbuf)
					   : add_buffer_with_locks(outbuf, inbuf);
}

int
evbuffer_prepend_buffer(struct evbuffer *dst, struct evbuffer *src) NO_LOCK_ANALYSIS
{
	int rc = 0;

	lvn_evbuffer_pair_enter(dst, src);
	if (dst != src && src->size > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(dst, FROZEN_FRONT) &&
		    !lvn_buffer_is_frozen_locked(src, FROZEN_FRONT))
			rc = lvn_buffer_move_front_locked(dst, src);
	}
	lvn_evbuffer_pair_leave(dst, src);
	return rc < 0 ? -1 : 0;
}
