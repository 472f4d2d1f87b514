/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/bytes.h"

#include <string.h>

const uint8_t *
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

uint64_t
lvn_read_be(struct reader *in, size_t size)
{
	const uint8_t *bytes = lvn_read_bytes(in, size);
	uint64_t value = 0;

	if (!bytes)
		return 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* Room for `size` bytes, or NULL. */
static uint8_t *
claim(struct writer *out, size_t size)
{
	uint8_t *room = out->at;

	if (out->overrun || size > lvn_writer_left(out)) {
		out->overrun = true;
		return NULL;
	}
	out->at += size;
	return room;
}

void
lvn_write_be(struct writer *out, uint64_t value, size_t size)
{
	uint8_t *room = claim(out, size);

	if (!room)
		return;
	for (size_t i = 0; i < size; i++)
		room[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

void
lvn_write_bytes(struct writer *out, const void *data, size_t size)
{
	uint8_t *room = claim(out, size);

	if (room && size > 0)
		memcpy(room, data, size);
}
