/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue of bytes: libevent's buffer.
 */
#ifndef BENCH_ENGINES_BYTES_LIBEVENT_H
#define BENCH_ENGINES_BYTES_LIBEVENT_H

#include <event2/buffer.h>
#include <event2/thread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/bench.h"

struct bytes {
	struct evbuffer *buffer;
};

static bool bytes_with_locks;

/* Once in a process, before the first queue is made. */
static inline void
bytes_choose(const char *variant)
{
	bytes_with_locks = strcmp(variant, "threads") == 0;
	if (bytes_with_locks)
		bench_must(evthread_use_pthreads(), "evthread_use_pthreads");
	else if (*variant)
		bench_fail("libevent has no variant '%s'", variant);
}

static inline void
bytes_open(struct bytes *bytes)
{
	bytes->buffer = evbuffer_new();
	if (!bytes->buffer)
		bench_fail("evbuffer_new failed");
	if (bytes_with_locks)
		bench_must(evbuffer_enable_locking(bytes->buffer, NULL), "evbuffer_enable_locking");
}

static inline void
bytes_close(struct bytes *bytes)
{
	evbuffer_free(bytes->buffer);
}

static inline size_t
bytes_size(struct bytes *bytes)
{
	return evbuffer_get_length(bytes->buffer);
}

static inline void
bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	evbuffer_add(bytes->buffer, data, size);
}

static inline void
bytes_prepend(struct bytes *bytes, const void *data, size_t size)
{
	evbuffer_prepend(bytes->buffer, data, size);
}

static inline void
bytes_drain(struct bytes *bytes, size_t size)
{
	evbuffer_drain(bytes->buffer, size);
}

/* Room for `size` bytes, of which all are written to; only the first one is here. */
static inline void
bytes_reserve_and_commit(struct bytes *bytes, size_t size)
{
	struct evbuffer_iovec room;

	evbuffer_reserve_space(bytes->buffer, (ev_ssize_t)size, &room, 1);
	*(char *)room.iov_base = 'x';
	room.iov_len = size;
	evbuffer_commit_space(bytes->buffer, &room, 1);
}

/* To be freed; NULL if there is none. */
static inline char *
bytes_take_line(struct bytes *bytes, size_t *size_out)
{
	return evbuffer_readln(bytes->buffer, size_out, EVBUFFER_EOL_LF);
}

static inline long
bytes_find(struct bytes *bytes, const char *what, size_t size)
{
	return (long)evbuffer_search(bytes->buffer, what, size, NULL).pos;
}

static inline long
bytes_find_line_end(struct bytes *bytes)
{
	return (long)evbuffer_search_eol(bytes->buffer, NULL, NULL, EVBUFFER_EOL_LF).pos;
}

static inline void
bytes_move(struct bytes *to, struct bytes *from, size_t size)
{
	evbuffer_remove_buffer(from->buffer, to->buffer, size);
}

static inline void
bytes_move_all(struct bytes *to, struct bytes *from)
{
	evbuffer_add_buffer(to->buffer, from->buffer);
}

/* How many extents have the first `size` bytes. */
static inline long
bytes_peek(struct bytes *bytes, size_t size)
{
	struct evbuffer_iovec extents[64];

	return evbuffer_peek(bytes->buffer, (ev_ssize_t)size, NULL, extents, 64);
}

static inline long
bytes_read(struct bytes *bytes, int fd)
{
	return evbuffer_read(bytes->buffer, fd, -1);
}

#endif
