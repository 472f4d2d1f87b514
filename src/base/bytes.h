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

/* The next `size` bytes (1 to 8) as a number, most significant byte first. */
uint64_t lvn_read_be(struct reader *in, size_t size);
/* Where the next `size` bytes are; they are then behind the reader. */
const uint8_t *lvn_read_bytes(struct reader *in, size_t size);

/* The lowest `size` bytes (1 to 8) of a number, most significant byte first. */
void lvn_write_be(struct writer *out, uint64_t value, size_t size);
void lvn_write_bytes(struct writer *out, const void *data, size_t size);

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

#endif
