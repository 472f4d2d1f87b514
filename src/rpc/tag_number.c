/* SPDX-License-Identifier: BSD-3-Clause */
#include "rpc/tag_number.h"

#define MORE       0x80U
#define GROUP_BITS 7

size_t
lvn_tag_write(uint8_t *out, uint32_t tag)
{
	size_t size = 0;

	for (; tag >= MORE; tag >>= GROUP_BITS)
		out[size++] = (uint8_t)(tag | MORE);
	out[size++] = (uint8_t)tag;
	return size;
}

size_t
lvn_tag_read(const uint8_t *bytes, size_t size, uint32_t *tag_out)
{
	uint64_t tag = 0;

	for (size_t i = 0; i < size && i < TAG_SIZE; i++) {
		tag |= (uint64_t)(bytes[i] & ~MORE) << (GROUP_BITS * i);
		if (bytes[i] & MORE)
			continue;
		if (tag > UINT32_MAX)
			return 0;
		*tag_out = (uint32_t)tag;
		return i + 1;
	}
	return 0;
}

/* The half byte number i of the encoded integer, of which two are a byte. */
static uint8_t
get_half(const uint8_t *bytes, size_t i)
{
	return i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 0xf;
}

size_t
lvn_tag_write_integer(uint8_t *out, uint64_t number)
{
	unsigned digits = 0;

	out[0] = 0;
	do {
		unsigned digit = number & 0xf;

		digits++;
		if (digits % 2 == 0)
			out[digits / 2] = (uint8_t)(digit << 4);
		else
			out[digits / 2] |= (uint8_t)digit;
		number >>= 4;
	} while (number > 0);
	out[0] |= (uint8_t)((digits - 1) << 4);
	return digits / 2 + 1;
}

size_t
lvn_tag_read_integer(const uint8_t *bytes, size_t size, unsigned digits, uint64_t *number_out)
{
	uint64_t number = 0;
	unsigned count;

	if (size == 0)
		return 0;
	count = get_half(bytes, 0) + 1U;
	if (count > digits || size < count / 2 + 1)
		return 0;
	for (unsigned i = count; i > 0; i--)
		number = number << 4 | get_half(bytes, i);
	*number_out = number;
	return count / 2 + 1;
}
