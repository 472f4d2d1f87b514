/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_reader.h"

#include <string.h>

#include "base/private.h"
#include "ws/ws_close.h"

/* The memory of a message grows by doubling, from this; so much stays for the next message. */
#define CAPACITY_LEAST 256
#define CAPACITY_KEPT  4096

/* What a frame announces is reserved at once if it is no more than that. */
#define RESERVED_MOST (64 * 1024)

void
lvn_ws_reader_init(
    struct ws_reader *reader, enum ws_masking masking, const struct ws_limits *limits)
{
	reader->masking = masking;
	reader->limits = *limits;
}

void
lvn_ws_reader_clear(struct ws_reader *reader)
{
	lvn_free(reader->data);
	reader->data = NULL;
	reader->size = reader->capacity = 0;
}

void
lvn_ws_reader_shrink(struct ws_reader *reader)
{
	if (reader->is_over && reader->capacity > CAPACITY_KEPT)
		lvn_ws_reader_clear(reader);
}

static enum ws_event
fail(struct ws_reader *reader, int code, const char *why)
{
	reader->code = code;
	reader->why = why;
	return WS_EVENT_FAILED;
}

/* ---- data ---- */

/* For `more` bytes, of which `announced` are to come in all. */
static int
reserve(struct ws_reader *reader, size_t more, uint64_t announced)
{
	size_t capacity = reader->capacity ? reader->capacity : CAPACITY_LEAST;
	size_t needed = reader->size + more + 1;
	uint8_t *data;

	if (needed <= reader->capacity)
		return 0;
	if (announced <= RESERVED_MOST && reader->size + announced + 1 > needed)
		needed = (size_t)(reader->size + announced + 1);
	while (capacity < needed)
		capacity *= 2;
	data = lvn_realloc(reader->data, capacity);
	if (!data)
		return -1;
	reader->data = data;
	reader->capacity = capacity;
	return 0;
}

static bool
is_text(const struct ws_reader *reader)
{
	return reader->opcode == WS_OPCODE_TEXT;
}

/* Returns WS_EVENT_MORE if all is well. */
static enum ws_event
add_data(struct ws_reader *reader, const uint8_t *bytes, size_t size)
{
	uint8_t *to;

	if (reserve(reader, size, reader->frame.size - reader->position) < 0)
		return WS_EVENT_NO_MEMORY;
	to = reader->data + reader->size;
	lvn_ws_frame_copy(&reader->frame, to, bytes, size, reader->position);
	if (is_text(reader) && !lvn_ws_utf8_add(&reader->utf8, to, size))
		return fail(reader, WS_CLOSE_BAD_DATA, "a text is not UTF-8");
	reader->size += size;
	reader->data[reader->size] = '\0';
	return WS_EVENT_MORE;
}

/* ---- the beginning of a frame ---- */

static const char *
why_out_of_order(const struct ws_reader *reader)
{
	bool is_under_way = reader->opcode != WS_OPCODE_CONTINUATION;
	bool continues = reader->frame.opcode == WS_OPCODE_CONTINUATION;

	if (continues && !is_under_way)
		return "a fragment continues no message";
	if (!continues && is_under_way)
		return "a message begins inside of another one";
	return NULL;
}

/* A frame of a message begins.  Returns WS_EVENT_MORE if it may. */
static enum ws_event
begin_data(struct ws_reader *reader)
{
	const struct ws_frame *frame = &reader->frame;
	const char *why = why_out_of_order(reader);

	if (why)
		return fail(reader, WS_CLOSE_PROTOCOL_ERROR, why);
	if (frame->opcode != WS_OPCODE_CONTINUATION) {
		reader->opcode = frame->opcode;
		reader->message_size = 0;
		reader->empty_fragments = 0;
		reader->utf8 = (struct ws_utf8){0};
	}
	if (frame->size > reader->limits.frame)
		return fail(reader, WS_CLOSE_TOO_BIG, "a frame is too long");
	if (frame->size > reader->limits.message - reader->message_size)
		return fail(reader, WS_CLOSE_TOO_BIG, "a message is too long");
	reader->message_size += frame->size;
	if (frame->size == 0 && !frame->is_final &&
	    ++reader->empty_fragments > reader->limits.empty_fragments)
		return fail(reader, WS_CLOSE_POLICY, "a message has too many empty fragments");
	return WS_EVENT_MORE;
}

/* Adds bytes to the head of a frame; returns WS_EVENT_MORE if it may go on. */
static enum ws_event
read_head(struct ws_reader *reader, const uint8_t *bytes, size_t size, size_t *used_out)
{
	size_t before = reader->head_size;
	size_t taken = LVN_WS_HEAD_SIZE - before;
	int head_size;

	if (taken > size)
		taken = size;
	memcpy(reader->head + before, bytes, taken);
	head_size = lvn_ws_frame_read_head(
	    &reader->frame, reader->head, before + taken, reader->masking, &reader->why);
	if (head_size < 0)
		return fail(reader, WS_CLOSE_PROTOCOL_ERROR, reader->why);
	if (head_size == 0) {
		reader->head_size = (uint8_t)(before + taken);
		*used_out = taken;
		return WS_EVENT_MORE;
	}
	*used_out = (size_t)head_size - before;
	reader->head_size = 0;
	reader->in_frame = true;
	reader->position = 0;
	return lvn_ws_frame_is_control(&reader->frame) ? WS_EVENT_MORE : begin_data(reader);
}

/* ---- the end of a frame ---- */

static enum ws_event
end_control(struct ws_reader *reader)
{
	reader->in_frame = false;
	reader->control[reader->frame.size] = '\0';
	if (reader->frame.opcode != WS_OPCODE_CLOSE)
		return WS_EVENT_CONTROL;
	reader->why =
	    lvn_ws_close_why_bad(reader->control, (size_t)reader->frame.size, &reader->code);
	return reader->why ? WS_EVENT_FAILED : WS_EVENT_CONTROL;
}

static enum ws_event
end_data(struct ws_reader *reader)
{
	reader->in_frame = false;
	if (!reader->frame.is_final)
		return WS_EVENT_MORE;
	if (is_text(reader) && !lvn_ws_utf8_is_whole(&reader->utf8))
		return fail(reader, WS_CLOSE_BAD_DATA, "a text ends inside of a character");
	/* An empty message has data, too, for the zero byte. */
	if (reserve(reader, 0, 0) < 0)
		return WS_EVENT_NO_MEMORY;
	reader->data[reader->size] = '\0';
	reader->is_over = true;
	return WS_EVENT_MESSAGE;
}

static enum ws_event
read_payload(struct ws_reader *reader, const uint8_t *bytes, size_t size, size_t *used_out)
{
	struct ws_frame *frame = &reader->frame;
	bool is_control = lvn_ws_frame_is_control(frame);
	enum ws_event event = WS_EVENT_MORE;

	if (size > frame->size - reader->position)
		size = (size_t)(frame->size - reader->position);
	*used_out = size;
	if (is_control)
		lvn_ws_frame_copy(
		    frame, reader->control + reader->position, bytes, size, reader->position);
	else if (size > 0)
		event = add_data(reader, bytes, size);
	reader->position += size;
	if (event != WS_EVENT_MORE || reader->position < frame->size)
		return event;
	return is_control ? end_control(reader) : end_data(reader);
}

/* What the last event returned is over. */
static void
begin_anew(struct ws_reader *reader)
{
	if (reader->is_over)
		reader->opcode = WS_OPCODE_CONTINUATION;
	if (reader->is_over || reader->piece_is_over)
		reader->size = 0;
	reader->is_over = false;
	reader->piece_is_over = false;
}

enum ws_event
lvn_ws_reader_read(struct ws_reader *reader, const uint8_t *bytes, size_t size, size_t *used_out)
{
	enum ws_event event = WS_EVENT_MORE;
	size_t used = 0;

	begin_anew(reader);
	while (event == WS_EVENT_MORE) {
		size_t now = 0;

		/* A frame without a payload ends where it begins. */
		if (used == size && !(reader->in_frame && reader->frame.size == 0))
			break;
		if (!reader->in_frame)
			event = read_head(reader, bytes + used, size - used, &now);
		else
			event = read_payload(reader, bytes + used, size - used, &now);
		used += now;
	}
	*used_out = used;
	if (event != WS_EVENT_MORE || !reader->in_pieces || reader->size == 0)
		return event;
	reader->piece_is_over = true;
	return WS_EVENT_PIECE;
}
