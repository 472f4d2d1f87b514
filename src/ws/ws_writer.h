/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages and control frames become bytes in the output of a stream.  A frame is written whole or
 * not at all.
 */
#ifndef LVN_WS_WRITER_H
#define LVN_WS_WRITER_H

#include "ws/ws_frame.h"
#include "ws/ws_utf8.h"

struct evbuffer;
struct io_world;

/* Masks that are fetched at a time. */
enum { LVN_WS_MASKS = 16 };

/*
 * Invariants:
 *   1. `opcode` is that of the message under way, WS_OPCODE_CONTINUATION when there is none
 *   2. the last `masks_left` masks have not been used
 */
struct ws_writer {
	enum ws_masking masking;
	struct io_world *world;
	uint8_t opcode;
	struct ws_utf8 utf8; /* of a text under way */
	uint8_t masks[LVN_WS_MASKS][LVN_WS_MASK_SIZE];
	unsigned masks_left;
};

/* Writes a control frame; `size` is LVN_WS_CONTROL_SIZE at most.  Returns 0 or -errno. */
LVN_NODISCARD int lvn_ws_writer_control(struct ws_writer *writer, struct evbuffer *output,
    enum ws_opcode opcode, const void *data, size_t size);

/*
 * Writes the next part of a message as a frame; `opcode` is that of the message each time.
 * Returns 0; -EINVAL if a message of another kind is under way, -EILSEQ for a text that is not
 * UTF-8, -ENOMEM, or the error of random bytes.
 */
LVN_NODISCARD int lvn_ws_writer_data(struct ws_writer *writer, struct evbuffer *output,
    enum ws_opcode opcode, const void *data, size_t size, bool is_last);

/* The same with the bytes of a buffer, which is empty then. */
LVN_NODISCARD int lvn_ws_writer_buffer(struct ws_writer *writer, struct evbuffer *output,
    enum ws_opcode opcode, struct evbuffer *data, bool is_last);

#endif
