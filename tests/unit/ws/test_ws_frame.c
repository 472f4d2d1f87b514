/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Heads that are written are read again, and masks at all places; tests/ws/frames.txt has what is
 * refused.
 */
#include "ws/ws_frame.h"

#include <string.h>

#include "support/suite.h"

static const uint64_t sizes[] = {
    0, 1, 125, 126, 127, 255, 256, 65535, 65536, 1 << 24, UINT64_C(1) << 32, INT64_MAX};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

TEST_RANGE(frame_head__is_read_as_it_was_written, 0, 2 * SIZES)
{
	struct ws_frame frame = {.opcode = WS_OPCODE_BINARY,
	    .is_final = _i % 3 == 0,
	    .is_masked = _i % 2 == 1,
	    .mask = {1, 2, 3, 4},
	    .size = sizes[_i / 2]};
	enum ws_masking masking = frame.is_masked ? WS_MASKED : WS_UNMASKED;
	struct ws_frame read;
	uint8_t head[LVN_WS_HEAD_SIZE + 1] = {0};
	size_t size = lvn_ws_frame_write_head(head, &frame);
	const char *why = NULL;

	for (size_t come = 0; come < size; come++)
		ck_assert_int_eq(lvn_ws_frame_read_head(&read, head, come, masking, &why), 0);
	ck_assert_int_eq(lvn_ws_frame_read_head(&read, head, size, masking, &why), (int)size);
	ck_assert_int_eq(lvn_ws_frame_read_head(&read, head, size + 1, masking, &why), (int)size);
	ck_assert_uint_eq(read.size, frame.size);
	ck_assert_int_eq(read.is_final, frame.is_final);
	ck_assert_int_eq(read.opcode, frame.opcode);
	if (frame.is_masked)
		ck_assert_mem_eq(read.mask, frame.mask, sizeof(read.mask));
	ck_assert_ptr_null(why);
}

TEST(frame_head__other_masking)
{
	struct ws_frame frame = {.opcode = WS_OPCODE_TEXT, .is_final = true};
	uint8_t head[LVN_WS_HEAD_SIZE];
	const char *why = NULL;

	lvn_ws_frame_write_head(head, &frame);
	ck_assert_int_eq(lvn_ws_frame_read_head(&frame, head, 2, WS_MASKED, &why), -1);
	ck_assert_ptr_nonnull(why);
}

/* Byte by byte, as RFC 6455 5.3 has it. */
TEST(frame_copy__masks_at_each_place)
{
	const struct ws_frame frame = {.is_masked = true, .mask = {0x37, 0xfa, 0x21, 0x3d}};
	uint8_t from[64], to[64], expected[64];

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 7);
	for (size_t position = 0; position < 9; position++)
		for (size_t start = 0; start < 9; start++)
			for (size_t size = 0; size <= sizeof(from) - start; size++) {
				memset(to, 0xee, sizeof(to));
				memset(expected, 0xee, sizeof(expected));
				for (size_t i = 0; i < size; i++)
					expected[i] =
					    from[start + i] ^ frame.mask[(position + i) % 4];
				lvn_ws_frame_copy(&frame, to, from + start, size, position);
				ck_assert_mem_eq(to, expected, sizeof(to));
			}
}

TEST(frame_copy__without_a_mask)
{
	const struct ws_frame frame = {.is_masked = false, .mask = {1, 2, 3, 4}};
	uint8_t to[5];

	lvn_ws_frame_copy(&frame, to, (const uint8_t *)"hello", 5, 3);
	ck_assert_mem_eq(to, "hello", 5);
	lvn_ws_frame_copy(&frame, NULL, NULL, 0, 0);
}
