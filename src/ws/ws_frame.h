/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of a WebSocket frame (RFC 6455 5.2), and masking (5.3).
 */
#ifndef LVN_WS_FRAME_H
#define LVN_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum ws_opcode {
	WS_OPCODE_CONTINUATION = 0,
	WS_OPCODE_TEXT = 1,
	WS_OPCODE_BINARY = 2,
	WS_OPCODE_CLOSE = 8,
	WS_OPCODE_PING = 9,
	WS_OPCODE_PONG = 10,
};

enum {
	LVN_WS_MASK_SIZE = 4,
	LVN_WS_HEAD_SIZE = 14,     /* at most */
	LVN_WS_CONTROL_SIZE = 125, /* of the payload of a control frame, at most (RFC 6455 5.5) */
};

/* Whether the frames of a peer are masked: those of clients are, those of servers are not. */
enum ws_masking { WS_UNMASKED, WS_MASKED };

struct ws_frame {
	uint8_t opcode;
	bool is_final;
	bool is_masked;
	uint8_t mask[LVN_WS_MASK_SIZE];
	uint64_t size; /* of the payload */
};

static inline bool
lvn_ws_frame_is_control(const struct ws_frame *frame)
{
	return frame->opcode >= WS_OPCODE_CLOSE;
}

/*
 * Reads a head of which `size` bytes have come.  Returns its size, 0 if bytes are missing, or -1
 * with *why_out if no frame may begin like that.  What is refused does not depend on how many
 * bytes come at a time.
 */
LVN_NODISCARD int lvn_ws_frame_read_head(struct ws_frame *frame_out, const uint8_t *bytes,
    size_t size, enum ws_masking masking, const char **why_out);

/* Writes the head; returns its size, LVN_WS_HEAD_SIZE at most. */
size_t lvn_ws_frame_write_head(uint8_t *out, const struct ws_frame *frame);

/*
 * Copies part of a payload, masked or unmasked if the frame has a mask.  `position` is the place
 * of the part in the payload.
 */
void lvn_ws_frame_copy(
    const struct ws_frame *frame, uint8_t *to, const uint8_t *from, size_t size, uint64_t position);

#endif
