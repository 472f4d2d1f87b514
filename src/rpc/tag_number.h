/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The numbers of tagged data as bytes.
 *
 *   tag      7 bits in a byte, the lowest first; the top bit says that another byte follows
 *   integer  half bytes, the lowest first, behind one with their number less 1: 0xabc is
 *            2c ba, which is "three half bytes", c, b, a.  A half byte that is left over is 0
 */
#ifndef LVN_RPC_TAG_NUMBER_H
#define LVN_RPC_TAG_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum {
	TAG_SIZE = 5,            /* the most bytes of a tag */
	TAG_INTEGER_SIZE = 9,    /* of an integer */
	TAG_INTEGER_DIGITS = 16, /* half bytes of a 64-bit integer */
};

/* Write the number to `out`, and return how many bytes it has. */
size_t lvn_tag_write(uint8_t *out, uint32_t tag);
size_t lvn_tag_write_integer(uint8_t *out, uint64_t number);

/*
 * Read a number from the beginning of `size` bytes.  Return how many bytes it has; 0 if bytes are
 * missing or the number is too large: of more than `digits` half bytes.
 */
size_t lvn_tag_read(const uint8_t *bytes, size_t size, uint32_t *tag_out);
size_t lvn_tag_read_integer(
    const uint8_t *bytes, size_t size, unsigned digits, uint64_t *number_out);

#endif
