/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_frame.h"

#include <string.h>

#define FINAL       0x80
#define RESERVED    0x70
#define OPCODE_BITS 0x0f
#define MASK        0x80
#define SIZE_BITS   0x7f

/* What stands in the place of sizes that are written behind it, in 16 and in 64 bits. */
#define SIZE_IN_16 126
#define SIZE_IN_64 127

static const char *
why_bad_start(uint8_t byte)
{
	uint8_t opcode = byte & OPCODE_BITS;

	if (byte & RESERVED)
		return "a reserved bit is set";
	if (opcode > WS_OPCODE_PONG || (opcode > WS_OPCODE_BINARY && opcode < WS_OPCODE_CLOSE))
		return "the opcode is unknown";
	if (opcode >= WS_OPCODE_CLOSE && !(byte & FINAL))
		return "a control frame is fragmented";
	return NULL;
}

static const char *
why_bad_size(uint8_t first, uint8_t second, enum ws_masking masking)
{
	if ((second & MASK) && masking == WS_UNMASKED)
		return "a frame of a server is masked";
	if (!(second & MASK) && masking == WS_MASKED)
		return "a frame of a client is not masked";
	if ((first & OPCODE_BITS) >= WS_OPCODE_CLOSE && (second & SIZE_BITS) > LVN_WS_CONTROL_SIZE)
		return "a control frame is too long";
	return NULL;
}

/* Of the size behind the first two bytes. */
static size_t
bytes_of_size(uint8_t second)
{
	switch (second & SIZE_BITS) {
	case SIZE_IN_16:
		return 2;
	case SIZE_IN_64:
		return 8;
	default:
		return 0;
	}
}

static uint64_t
read_number(const uint8_t *bytes, size_t count)
{
	uint64_t number = 0;

	while (count-- > 0)
		number = number << 8 | *bytes++;
	return number;
}

static const char *
why_bad_long_size(const uint8_t *bytes, size_t come, size_t count)
{
	uint64_t size;

	if (come == 0 || count == 0)
		return NULL;
	if (count == 8 && (bytes[0] & 0x80))
		return "the size of a frame has its first bit set";
	if (come < count)
		return NULL;
	size = read_number(bytes, count);
	if (size <= (count == 2 ? LVN_WS_CONTROL_SIZE : UINT16_MAX))
		return "the size of a frame is not in its shortest form";
	return NULL;
}

int
lvn_ws_frame_read_head(struct ws_frame *frame_out, const uint8_t *bytes, size_t size,
    enum ws_masking masking, const char **why_out)
{
	size_t count, masks = masking == WS_MASKED ? LVN_WS_MASK_SIZE : 0;
	const char *why = size > 0 ? why_bad_start(bytes[0]) : NULL;

	if (!why && size > 1)
		why = why_bad_size(bytes[0], bytes[1], masking);
	count = size > 1 ? bytes_of_size(bytes[1]) : 0;
	if (!why && size > 2)
		why = why_bad_long_size(bytes + 2, size - 2, count);
	if (why) {
		*why_out = why;
		return -1;
	}
	if (size < 2 || size < 2 + count + masks)
		return 0;
	*frame_out = (struct ws_frame){
	    .opcode = bytes[0] & OPCODE_BITS,
	    .is_final = (bytes[0] & FINAL) != 0,
	    .is_masked = masks > 0,
	    .size = count > 0 ? read_number(bytes + 2, count) : bytes[1] & SIZE_BITS,
	};
	memcpy(frame_out->mask, bytes + 2 + count, masks);
	return (int)(2 + count + masks);
}

size_t
lvn_ws_frame_write_head(uint8_t *out, const struct ws_frame *frame)
{
	uint8_t *at = out + 2;
	size_t count = 0;

	out[0] = (uint8_t)(frame->opcode | (frame->is_final ? FINAL : 0));
	out[1] = (uint8_t)frame->size;
	if (frame->size > UINT16_MAX) {
		out[1] = SIZE_IN_64;
		count = 8;
	} else if (frame->size > LVN_WS_CONTROL_SIZE) {
		out[1] = SIZE_IN_16;
		count = 2;
	}
	for (size_t i = 0; i < count; i++)
		*at++ = (uint8_t)(frame->size >> (8 * (count - 1 - i)));
	if (frame->is_masked) {
		out[1] |= MASK;
		memcpy(at, frame->mask, LVN_WS_MASK_SIZE);
		at += LVN_WS_MASK_SIZE;
	}
	return (size_t)(at - out);
}

void
lvn_ws_frame_copy(
    const struct ws_frame *frame, uint8_t *to, const uint8_t *from, size_t size, uint64_t position)
{
	uint8_t turned[8];
	uint64_t mask, word;
	size_t i = 0;

	if (!frame->is_masked) {
		if (size > 0)
			memcpy(to, from, size);
		return;
	}
	for (i = 0; i < sizeof(turned); i++)
		turned[i] = frame->mask[(position + i) % LVN_WS_MASK_SIZE];
	/* Bytes and mask are in one order, so that the order of the machine does not matter. */
	memcpy(&mask, turned, sizeof(mask));
	for (i = 0; size - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, from + i, sizeof(word));
		word ^= mask;
		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < size; i++)
		to[i] = from[i] ^ turned[i % sizeof(turned)];
}
