/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading and writing bytes within bounds.  A reader or writer that was asked for
 * more than there is remembers it, so that a parser states its format and checks
 * once at the end.
 */
#ifndef LVN_BASE_BYTES_H
#define LVN_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Invariants:
 *   1. at <= end
 *   2. once overrun is set, every read gives 0 or NULL, and at stays where it is
 */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool overrun;
};

/*
 * Invariants:
 *   1. at <= end
 *   2. once overrun is set, nothing more is written, and at stays where it is
 */
struct writer {
	uint8_t *at;
	uint8_t *end;
	bool overrun;
};

static inline size_t
lvn_reader_left(const struct reader *in)
{
	return (size_t)(in->end - in->at);
}

static inline size_t
lvn_writer_left(const struct writer *out)
{
	return (size_t)(out->end - out->at);
}

/* Where the next `size` bytes are; they are then behind the reader. */
static inline const uint8_t *
lvn_read_bytes(struct reader *in, size_t size)
{
	const uint8_t *bytes = in->at;

	if (in->overrun || size > lvn_reader_left(in)) {
		in->overrun = true;
		return NULL;
	}
	in->at += size;
	return bytes;
}

/* The next `size` bytes (1 to 8) as a number, most significant byte first. */
static inline uint64_t
lvn_read_be(struct reader *in, size_t size)
{
	const uint8_t *bytes = lvn_read_bytes(in, size);
	uint64_t value = 0;

	if (!bytes)
		return 0;
	/* One load: compilers do not see it in the loop. */
	if (size == 4)
		return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
		       (uint64_t)bytes[2] << 8 | bytes[3];
	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Where the next `size` bytes are to be written; NULL if there is no space. */
static inline uint8_t *
lvn_write_space(struct writer *out, size_t size)
{
	uint8_t *at = out->at;

	if (out->overrun || size > lvn_writer_left(out)) {
		out->overrun = true;
		return NULL;
	}
	out->at += size;
	return at;
}

/* The lowest `size` bytes (1 to 8) of a number, most significant byte first. */
static inline void
lvn_write_be(struct writer *out, uint64_t value, size_t size)
{
	uint8_t *at = lvn_write_space(out, size);

	if (!at)
		return;
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static inline void
lvn_write_bytes(struct writer *out, const void *data, size_t size)
{
	uint8_t *at = lvn_write_space(out, size);

	if (at && size > 0)
		memcpy(at, data, size);
}

/* The first place of `what` in `bytes`, as memmem; NULL if it is not there.  Linear in time. */
const void *lvn_bytes_find(const void *bytes, size_t size, const void *what, size_t what_size);

#endif
