/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A queue of bytes: one flat array.
 */
#ifndef BENCH_ENGINES_BYTES_FLAT_H
#define BENCH_ENGINES_BYTES_FLAT_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/bench.h"

/* Room before the bytes, for what is put in front. */
#define BYTES_IN_FRONT 64

struct bytes {
	char *memory;
	size_t capacity;
	size_t front;
	size_t size;
};

static inline void
bytes_choose(const char *variant)
{
	if (*variant)
		bench_fail("a flat array has no variant '%s'", variant);
}

static inline void
bytes_open(struct bytes *bytes)
{
	memset(bytes, 0, sizeof(*bytes));
	bytes->front = BYTES_IN_FRONT;
}

static inline void
bytes_close(struct bytes *bytes)
{
	free(bytes->memory);
}

static inline size_t
bytes_size(struct bytes *bytes)
{
	return bytes->size;
}

static __attribute__((noinline)) void
bytes_grow(struct bytes *bytes, size_t more)
{
	char *memory;

	if (bytes->size > 0 && bytes->front > BYTES_IN_FRONT)
		memmove(bytes->memory + BYTES_IN_FRONT, bytes->memory + bytes->front, bytes->size);
	bytes->front = BYTES_IN_FRONT;
	if (bytes->front + bytes->size + more <= bytes->capacity)
		return;
	bytes->capacity = 2 * (bytes->front + bytes->size + more);
	memory = realloc(bytes->memory, bytes->capacity);
	if (!memory)
		bench_fail("no memory");
	bytes->memory = memory;
}

static inline char *
bytes_room(struct bytes *bytes, size_t size)
{
	if (bytes->front + bytes->size + size > bytes->capacity)
		bytes_grow(bytes, size);
	return bytes->memory + bytes->front + bytes->size;
}

static inline void
bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	memcpy(bytes_room(bytes, size), data, size);
	bytes->size += size;
}

static inline void
bytes_prepend(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->front < size)
		bench_fail("no room in front");
	bytes->front -= size;
	bytes->size += size;
	memcpy(bytes->memory + bytes->front, data, size);
}

static inline void
bytes_drain(struct bytes *bytes, size_t size)
{
	bytes->size -= size;
	bytes->front = bytes->size ? bytes->front + size : BYTES_IN_FRONT;
}

static inline void
bytes_reserve_and_commit(struct bytes *bytes, size_t size)
{
	*bytes_room(bytes, size) = 'x';
	bytes->size += size;
}

static inline char *
bytes_take_line(struct bytes *bytes, size_t *size_out)
{
	char *start = bytes->memory + bytes->front;
	char *end = memchr(start, '\n', bytes->size);
	size_t size = (size_t)(end - start);
	char *line = end ? malloc(size + 1) : NULL;

	if (!line)
		return NULL;
	memcpy(line, start, size);
	line[size] = '\0';
	*size_out = size;
	bytes_drain(bytes, size + 1);
	return line;
}

static inline long
bytes_find(struct bytes *bytes, const char *what, size_t size)
{
	char *start = bytes->memory + bytes->front;
	char *found = memmem(start, bytes->size, what, size);

	return found ? found - start : -1;
}

static inline long
bytes_find_line_end(struct bytes *bytes)
{
	char *start = bytes->memory + bytes->front;
	char *found = memchr(start, '\n', bytes->size);

	return found ? found - start : -1;
}

/* It is always one piece. */
static inline long
bytes_peek(struct bytes *bytes, size_t size)
{
	return bytes->size >= size;
}

static inline void
bytes_move(struct bytes *to, struct bytes *from, size_t size)
{
	bytes_add(to, from->memory + from->front, size);
	bytes_drain(from, size);
}

static inline void
bytes_move_all(struct bytes *to, struct bytes *from)
{
	bytes_move(to, from, from->size);
}

static inline long
bytes_read(struct bytes *bytes, int fd)
{
	ssize_t got = read(fd, bytes_room(bytes, 131072), 131072);

	if (got > 0)
		bytes->size += (size_t)got;
	return (long)got;
}

#endif
