/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Door: taking bytes out of buffers, and looking at them.
 */
#include <event2/buffer.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "buffer/buffer_move.h"
#include "buffer/buffer_search.h"
#include "buffer/buffer_take.h"
#include "buffer/door.h"
#include "buffer/evbuffer_pair.h"
#include "buffer/quick.h"

/* Taking nothing is no change, and nothing is all that can be taken from an empty buffer. */
static bool
may_take_locked(const struct evbuffer *buffer, size_t size) REQUIRES(buffer->lock)
{
	return size == 0 || buffer->size == 0 || !lvn_buffer_is_frozen_locked(buffer, FROZEN_FRONT);
}

static LVN_NOINLINE int
drain(struct evbuffer *buf, size_t len)
{
	int rc = -1;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (buf->size == 0 || !lvn_buffer_is_frozen_locked(buf, FROZEN_FRONT)) {
		lvn_buffer_drain_locked(buf, len);
		rc = 0;
	}
	lvn_buffer_leave(buf);
	return rc;
}

int
evbuffer_drain(struct evbuffer *buf, size_t len) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_drain_locked(buf, len))
		return drain(buf, len);
	lvn_quick_untouch(buf, inside);
	return 0;
}

static LVN_NOINLINE int
take_out(struct evbuffer *buf, void *data, size_t datlen)
{
	ptrdiff_t taken = -1;

	lvn_quick_miss(buf);
	lvn_buffer_enter(buf);
	if (may_take_locked(buf, datlen))
		taken = lvn_buffer_remove_locked(buf, data, datlen < INT_MAX ? datlen : INT_MAX);
	lvn_buffer_leave(buf);
	return taken < 0 ? -1 : (int)taken;
}

int
evbuffer_remove(struct evbuffer *buf, void *data, size_t datlen) NO_LOCK_ANALYSIS
{
	struct lock_thread *inside;

	if (!lvn_quick_touch(buf, &inside) || !lvn_quick_remove_locked(buf, data, datlen))
		return take_out(buf, data, datlen);
	lvn_quick_untouch(buf, inside);
	return (int)datlen;
}

ev_ssize_t
evbuffer_copyout_from(
    struct evbuffer *buf, const struct evbuffer_ptr *pos, void *data_out, size_t datlen)
{
	ptrdiff_t copied = -1;

	if (pos && pos->pos < 0)
		return lvn_log_misuse(__func__, "from nowhere");
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

int
evbuffer_remove_buffer(struct evbuffer *src, struct evbuffer *dst, size_t datlen) NO_LOCK_ANALYSIS
{
	size_t moved = 0;
	int rc = 0;

	lvn_evbuffer_pair_enter(dst, src);
	if (src != dst && datlen > 0) {
		rc = -1;
		if (!lvn_buffer_is_frozen_locked(dst, FROZEN_BACK) &&
		    !lvn_buffer_is_frozen_locked(src, FROZEN_FRONT))
			rc = lvn_buffer_move_some_locked(
			    dst, src, datlen < INT_MAX ? datlen : INT_MAX, &moved);
	}
	lvn_evbuffer_pair_leave(dst, src);
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
	lvn_buffer_leave(buf);
	return bytes;
}

/*
 * The extents from a place on, as far as they are asked for; how many there are.  All that
 * fit for a negative size, and if there is no room for any, all are counted.
 */
static int
peek_locked(struct evbuffer *buffer, ev_ssize_t size, struct chain_place place,
    struct evbuffer_iovec *extents, int most) REQUIRES(buffer->lock)
{
	size_t wanted = size < 0 ? buffer->size - place.position : (size_t)size;
	size_t seen = 0;
	int count = 0;

	if (place.chain && place.at == place.chain->size && place.at > 0)
		place = (struct chain_place){.chain = place.chain->next};
	for (struct chain *chain = place.chain; chain && (chain == place.chain || chain->size > 0);
	     chain = chain->next) {
		size_t at = chain == place.chain ? place.at : 0;

		if (size < 0 && most != 0 ? count >= most : seen >= wanted)
			break;
		if (count < most)
			extents[count] = (struct evbuffer_iovec){
			    lvn_chain_is_readable(chain) ? lvn_chain_data(chain) + at : NULL,
			    chain->size - at};
		seen += chain->size - at;
		count++;
	}
	return count;
}

int
evbuffer_peek(struct evbuffer *buffer, ev_ssize_t len, struct evbuffer_ptr *start_at,
    struct evbuffer_iovec *vec_out, int n_vec)
{
	int count;

	if (start_at && start_at->pos < 0)
		return 0;
	lvn_buffer_enter(buffer);
	count = peek_locked(
	    buffer, len, lvn_buffer_search_begin_locked(buffer, start_at), vec_out, n_vec);
	lvn_buffer_leave(buffer);
	return count;
}

/* The usual line: ends by LF and is in the first extent.  Its end's length, or 0. */
static size_t
find_usual_line_locked(struct evbuffer *buffer, size_t *size_out, enum evbuffer_eol_style style)
    REQUIRES(buffer->lock)
{
	const struct chain *first = buffer->first;
	const unsigned char *bytes, *lf;

	if ((style != EVBUFFER_EOL_LF && style != EVBUFFER_EOL_CRLF) || buffer->size == 0 ||
	    !lvn_chain_is_readable(first))
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

static size_t
find_line_locked(struct evbuffer *buffer, size_t *size_out, enum evbuffer_eol_style style)
    REQUIRES(buffer->lock)
{
	struct chain_place eol;
	size_t eol_size = find_usual_line_locked(buffer, size_out, style);

	if (eol_size > 0)
		return eol_size;
	eol = lvn_buffer_search_begin_locked(buffer, NULL);
	eol_size = lvn_buffer_search_eol_locked(buffer, &eol, style);
	*size_out = eol.position;
	return eol_size;
}

/* Told one after the other, as programs know it. */
static void
drain_line_locked(struct evbuffer *buffer, size_t size, size_t eol_size) REQUIRES(buffer->lock)
{
	if (!lvn_quick_drain_locked(buffer, size + eol_size)) {
		lvn_buffer_drain_locked(buffer, size);
		lvn_buffer_drain_locked(buffer, eol_size);
	}
}

static char *
take_line_locked(struct evbuffer *buffer, size_t *size_out, enum evbuffer_eol_style style)
    REQUIRES(buffer->lock)
{
	size_t size = 0;
	size_t eol_size = find_line_locked(buffer, &size, style);
	char *line;

	if (eol_size == 0)
		return NULL;
	line = lvn_alloc(size + 1);
	if (!line)
		return NULL;
	if (size <= buffer->first->size && lvn_chain_is_readable(buffer->first)) {
		memcpy(line, lvn_chain_data(buffer->first), size);
	} else if (lvn_buffer_copyout_locked(buffer, NULL, line, size) < 0) {
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
