/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_writer.h"

#include <errno.h>
#include <event2/buffer.h>

#include "base/private.h"

static int
set_mask(struct ws_writer *writer, struct ws_frame *frame)
{
	const uint8_t *mask;

	if (writer->masking == WS_UNMASKED)
		return 0;
	if (writer->masks_left == 0) {
		int rc = lvn_io_random(writer->world, writer->masks, sizeof(writer->masks));

		if (rc < 0)
			return rc;
		writer->masks_left = LVN_WS_MASKS;
	}
	mask = writer->masks[LVN_WS_MASKS - writer->masks_left--];
	for (unsigned i = 0; i < LVN_WS_MASK_SIZE; i++)
		frame->mask[i] = mask[i];
	frame->is_masked = true;
	return 0;
}

static int
write_frame(
    struct ws_writer *writer, struct evbuffer *output, struct ws_frame *frame, const void *data)
{
	struct evbuffer_iovec space;
	uint8_t *at;
	int rc = set_mask(writer, frame);

	if (rc < 0)
		return rc;
	if (frame->size > EV_SSIZE_MAX - LVN_WS_HEAD_SIZE ||
	    evbuffer_reserve_space(output, (ev_ssize_t)frame->size + LVN_WS_HEAD_SIZE, &space, 1) <
		1)
		return -ENOMEM;
	at = space.iov_base;
	at += lvn_ws_frame_write_head(at, frame);
	lvn_ws_frame_copy(frame, at, data, (size_t)frame->size, 0);
	at += frame->size;
	space.iov_len = (size_t)(at - (uint8_t *)space.iov_base);
	return evbuffer_commit_space(output, &space, 1) < 0 ? -ENOMEM : 0;
}

int
lvn_ws_writer_control(struct ws_writer *writer, struct evbuffer *output, enum ws_opcode opcode,
    const void *data, size_t size)
{
	struct ws_frame frame = {.opcode = (uint8_t)opcode, .is_final = true, .size = size};

	LVN_ASSERT(size <= LVN_WS_CONTROL_SIZE);
	return write_frame(writer, output, &frame, data);
}

/* What a text is like behind this part.  Returns 0 or -EILSEQ. */
static int
check_text(const struct ws_writer *writer, struct ws_utf8 *utf8, const void *data, size_t size,
    bool is_last)
{
	*utf8 = writer->utf8;
	if (writer->opcode == WS_OPCODE_CONTINUATION)
		*utf8 = (struct ws_utf8){0};
	if (!lvn_ws_utf8_add(utf8, data, size) || (is_last && !lvn_ws_utf8_is_whole(utf8)))
		return -EILSEQ;
	return 0;
}

int
lvn_ws_writer_data(struct ws_writer *writer, struct evbuffer *output, enum ws_opcode opcode,
    const void *data, size_t size, bool is_last)
{
	bool continues = writer->opcode != WS_OPCODE_CONTINUATION;
	struct ws_frame frame = {.is_final = is_last, .size = size};
	struct ws_utf8 utf8 = {0};
	int rc = 0;

	if (continues && writer->opcode != opcode)
		return -EINVAL;
	if (opcode == WS_OPCODE_TEXT)
		rc = check_text(writer, &utf8, data, size, is_last);
	frame.opcode = (uint8_t)(continues ? WS_OPCODE_CONTINUATION : opcode);
	if (rc == 0)
		rc = write_frame(writer, output, &frame, data);
	if (rc < 0)
		return rc;
	writer->utf8 = utf8;
	writer->opcode = (uint8_t)(is_last ? WS_OPCODE_CONTINUATION : opcode);
	return 0;
}

/* Unmasked bytes are moved, not copied. */
static int
move_buffer(struct ws_writer *writer, struct evbuffer *output, enum ws_opcode opcode,
    struct evbuffer *data, bool is_last)
{
	bool continues = writer->opcode != WS_OPCODE_CONTINUATION;
	struct ws_frame frame = {.is_final = is_last, .size = evbuffer_get_length(data)};
	uint8_t head[LVN_WS_HEAD_SIZE];
	size_t size;

	frame.opcode = (uint8_t)(continues ? WS_OPCODE_CONTINUATION : opcode);
	size = lvn_ws_frame_write_head(head, &frame);
	if (evbuffer_prepend(data, head, size) < 0)
		return -ENOMEM;
	if (evbuffer_add_buffer(output, data) < 0) {
		evbuffer_drain(data, size);
		return -ENOMEM;
	}
	writer->opcode = (uint8_t)(is_last ? WS_OPCODE_CONTINUATION : opcode);
	return 0;
}

int
lvn_ws_writer_buffer(struct ws_writer *writer, struct evbuffer *output, enum ws_opcode opcode,
    struct evbuffer *data, bool is_last)
{
	size_t size = evbuffer_get_length(data);
	const void *bytes;
	int rc;

	if (writer->opcode != WS_OPCODE_CONTINUATION && writer->opcode != opcode)
		return -EINVAL;
	if (writer->masking == WS_UNMASKED && opcode == WS_OPCODE_BINARY)
		return move_buffer(writer, output, opcode, data, is_last);
	bytes = size > 0 ? (const void *)evbuffer_pullup(data, -1) : "";
	if (!bytes)
		return -ENOMEM;
	rc = lvn_ws_writer_data(writer, output, opcode, bytes, size, is_last);
	return rc < 0 ? rc : evbuffer_drain(data, size);
}
