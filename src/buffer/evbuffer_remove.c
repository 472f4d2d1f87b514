/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Public functions: taking bytes out of buffers, and looking at them.
 */
#include <event2/buffer.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_remove.h"
#include "buffer/buffer_search.h"

/* Taking nothing is no change, and nothing is all that can be taken from an empty buffer. */
static bool
may_take_locked(const struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	return size == 0 || buffer->size == 0 || !lvn_buffer_is_frozen_locked(buffer, FROZEN_FRONT);
}

int
evbuffer_drain(struct evbuffer *buf, size_t len)
{
	int rc = -1;

	lvn_buffer_enter(buf);
	if (buf->size == 0 || !lvn_buffer_is_frozen_locked(buf, FROZEN_FRONT)) {
		lvn_buffer_drain_locked(buf, len);
		rc = 0;
	}
	lvn_buffer_leave(buf);
	return rc;
}

int
evbuffer_remove(struct evbuffer *buf, void *data, size_t datlen)
{
	ptrdiff_t taken = -1;

	lvn_buffer_enter(buf);
	if (may_take_locked(buf, datlen))
		taken = lvn_buffer_remove_locked(buf, data, datlen < INT_MAX ? datlen : INT_MAX);
	lvn_buffer_leave(buf);
	return taken < 0 ? -1 : (int)taken;
}

ev_ssize_t
evbuffer_copyout_from(
    struct evbuffer *buf, const struct evbuffer_ptr *pos, void *data_out, size_t datlen)
{
	ptrdiff_t copied = -1;

	if (pos && pos->pos < 0)
		return lvn_log_misuse(__func__, "no position to start from");
	lvn_buffer_enter(buf);
	if (may_take_locked(buf, pos && (size_t)pos->pos >= buf->size ? 0 : datlen))
		copied = lvn_buffer_copyout_locked(buf, pos, data_out, datlen);
	lvn_buffer_leave(buf);
	return copied < 0 ? -1 : copied;
}

ev_ssize_t
evbuffer_copyout(struct evbuffer *buf, void *data_out, size_t datlen)
{
	return evbuffer_copyout_from(buf, NULL, data_out, datlen);
}

/* The analysis cannot know whether both buffers have one lock. */
int
evbuffer_remove_buffer(struct evbuffer *src, struct evbuffer *dst, size_t datlen) NO_LOCK_ANALYSIS
{
	size_t moved = 0;
	int rc = 0;

	lvn_buffer_enter_pair(dst, src);
	if (src != dst && datlen > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(dst, FROZEN_BACK) &&
		    !lvn_buffer_is_frozen_locked(src, FROZEN_FRONT))
			rc = lvn_buffer_move_some_locked(
			    dst, src, datlen < INT_MAX ? datlen : INT_MAX, &moved);
	}
	lvn_buffer_leave_pair(dst, src);
	return rc < 0 ? -1 : (int)moved;
}

unsigned char *
evbuffer_pullup(struct evbuffer *buf, ev_ssize_t size)
{
	unsigned char *bytes = NULL;
	size_t wanted;

	lvn_buffer_enter(buf);
	wanted = size < 0 ? buf->size : (size_t)size;
	if (wanted > 0 && wanted <= buf->size)
		bytes = lvn_buffer_pullup_locked(buf, wanted);
	if ((buf->flags & (BUFFER_IS_FREED | BUFFER_IS_EMBEDDED)) == BUFFER_IS_FREED)
		bytes = NULL; /* by a cleanup function: they end with it */
	lvn_buffer_leave(buf);
	return bytes;
}

/*
 * The extents of `chain`, from position `at`, and those that follow, as far as they have
 * `wanted` bytes; returns how many there are, up to `most`.  Up to `filled` are written.
 */
static int
peek(struct chain *chain, size_t at, size_t wanted, int most, struct evbuffer_iovec *extents,
    int filled)
{
	size_t seen = 0;
	int count = 0;

	for (; chain && seen < wanted && count < most; chain = chain->next) {
		size_t size = chain->size - at;

		if (size == 0 && count > 0)
			break;
		if (count < filled) {
			unsigned char *data = lvn_chain_map(chain);

			extents[count].iov_base = data ? data + at : NULL;
			extents[count].iov_len = size;
		}
		seen += size;
		count++;
		at = 0;
	}
	return count;
}

/* No user is called here, so a reference is not needed. */
int
evbuffer_peek(struct evbuffer *buffer, ev_ssize_t len, struct evbuffer_ptr *start_at,
    struct evbuffer_iovec *vec_out, int n_vec) NO_LOCK_ANALYSIS
{
	struct chain_position start = {NULL, 0, 0};
	size_t wanted = (size_t)len;
	/* A negative length asks for as many extents as fit, or, without space, for all. */
	int most = len < 0 && n_vec != 0 ? n_vec : INT_MAX;
	int count;

	if (start_at && start_at->pos < 0)
		return 0;
	lvn_lock_acquire(buffer->lock);
	start.chain = buffer->first;
	if (start_at)
		start = lvn_buffer_search_begin_locked(buffer, start_at);
	if (start.chain && start.at == start.chain->size && start.at > 0) {
		start.chain = start.chain->next;
		start.at = 0;
	}
	if (len < 0)
		wanted = n_vec != 0 ? SIZE_MAX : buffer->size - start.position;
	count = peek(start.chain, start.at, wanted, most, vec_out, n_vec);
	lvn_lock_release(buffer->lock);
	return count;
}

/* The usual line ends by LF in the first extent: the length of its end, or 0. */
static size_t
find_usual_line_locked(struct evbuffer *buffer, size_t *size_out, enum evbuffer_eol_style style)
    REQUIRES(buffer->lock)
{
	const struct chain *first = buffer->first;
	const unsigned char *bytes, *lf;

	if ((style != EVBUFFER_EOL_LF && style != EVBUFFER_EOL_CRLF) || buffer->size == 0 ||
	    !lvn_chain_is_memory(first))
		return 0;
	bytes = lvn_chain_data(first);
	lf = memchr(bytes, '\n', first->size);
	if (!lf)
		return 0;
	*size_out = (size_t)(lf - bytes);
	if (style == EVBUFFER_EOL_LF || lf == bytes || lf[-1] != '\r')
		return 1;
	--*size_out;
	return 2;
}

/* Callbacks are notified of the line and of its end, as those of libevent are. */
static void
drain_line_locked(struct evbuffer *buffer, size_t size, size_t eol_size) REQUIRES(buffer->lock)
{
	if (buffer->checks & BUFFER_WATCHES_REMOVED) {
		lvn_buffer_drain_locked(buffer, size);
		lvn_buffer_drain_locked(buffer, eol_size);
	} else {
		lvn_buffer_drain_locked(buffer, size + eol_size);
	}
}

static char *
take_line_locked(struct evbuffer *buffer, size_t *size_out, enum evbuffer_eol_style style)
    REQUIRES(buffer->lock)
{
	size_t size = 0;
	size_t eol_size = find_usual_line_locked(buffer, &size, style);
	char *line;

	if (eol_size == 0) {
		struct chain_position eol = lvn_buffer_search_begin_locked(buffer, NULL);

		eol_size = lvn_buffer_search_eol_locked(buffer, &eol, style);
		size = eol.position;
	}
	if (eol_size == 0)
		return NULL;
	line = lvn_alloc(size + 1);
	if (!line)
		return NULL;
	if (lvn_buffer_copyout_locked(buffer, NULL, line, size) < 0) {
		lvn_free(line);
		return NULL;
	}
	line[size] = '\0';
	*size_out = size;
	drain_line_locked(buffer, size, eol_size);
	return line;
}

char *
evbuffer_readln(struct evbuffer *buffer, size_t *n_read_out, enum evbuffer_eol_style eol_style)
{
	char *line = NULL;
	size_t size = 0;

	lvn_buffer_enter(buffer);
	if (!lvn_buffer_is_frozen_locked(buffer, FROZEN_FRONT))
		line = take_line_locked(buffer, &size, eol_style);
	lvn_buffer_leave(buffer);
	if (n_read_out)
		*n_read_out = size;
	return line;
}
