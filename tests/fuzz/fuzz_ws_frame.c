/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as frames of a peer.  The first byte chooses the side, whole messages or pieces, and how the
 * bytes are cut, which changes nothing.  A head that was read is written again as the same bytes,
 * and every text is UTF-8 by another way of reading it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"
#include "ws/ws_close.h"
#include "ws/ws_reader.h"

/* Low enough to be met. */
static const struct ws_limits limits = {.frame = 200, .message = 300, .empty_fragments = 3};

/* What came of the bytes. */
struct result {
	unsigned messages, controls;
	enum ws_event last;
	int code;
	uint32_t hash; /* of the messages and control frames */
	uint8_t message[512];
	size_t size; /* of the message under way */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_to_hash(struct result *result, uint8_t kind, const uint8_t *data, size_t size)
{
	result->hash = result->hash * 31 + kind;
	for (size_t i = 0; i < size; i++)
		result->hash = result->hash * 31 + data[i];
}

/* The size of the character at `at`, 0 if there is none. */
static size_t
size_of_character(const uint8_t *at, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t code = size == 1 ? at[0] : at[0] & (0xffU >> (size + 1));

	if (size > left || (at[0] & 0xc0) == 0x80 || at[0] > 0xf7)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fU);
	}
	if (code < least[size] || code > 0x10ffff || (code >> 11) == 0xd800 >> 11)
		return 0;
	return size;
}

static bool
is_utf8(const uint8_t *at, size_t left)
{
	while (left > 0) {
		size_t size = size_of_character(at, left);

		if (size == 0)
			return false;
		at += size;
		left -= size;
	}
	return true;
}

static void
take_data(struct result *result, const struct ws_reader *reader, bool is_last)
{
	must(reader->data[reader->size] == '\0');
	must(reader->size <= limits.message - result->size);
	if (reader->size > 0)
		memcpy(result->message + result->size, reader->data, reader->size);
	result->size += reader->size;
	if (!is_last)
		return;
	if (reader->opcode == WS_OPCODE_TEXT)
		must(is_utf8(result->message, result->size));
	add_to_hash(result, reader->opcode, result->message, result->size);
	result->messages++;
	result->size = 0;
}

static void
take_control(struct result *result, const struct ws_reader *reader)
{
	size_t size = (size_t)reader->frame.size;

	must(size <= LVN_WS_CONTROL_SIZE && reader->control[size] == '\0');
	add_to_hash(result, reader->frame.opcode, reader->control, size);
	result->controls++;
	if (reader->frame.opcode == WS_OPCODE_CLOSE && size > 0) {
		must(lvn_ws_close_may_be_sent(lvn_ws_close_code(reader->control, size)));
		must(is_utf8(reader->control + 2, size - 2));
	}
}

/* Takes what can be taken of these bytes, which are a block of their own; returns if it goes on. */
static bool
take(struct result *result, struct ws_reader *reader, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	size_t at = 0;

	must(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	while (at < size) {
		size_t used = 0;

		result->last = lvn_ws_reader_read(reader, copy + at, size - at, &used);
		must(used <= size - at && (used > 0 || result->last == WS_EVENT_FAILED));
		at += used;
		if (result->last == WS_EVENT_PIECE || result->last == WS_EVENT_MESSAGE)
			take_data(result, reader, result->last == WS_EVENT_MESSAGE);
		else if (result->last == WS_EVENT_CONTROL)
			take_control(result, reader);
		else if (result->last == WS_EVENT_FAILED)
			break;
		else
			must(result->last == WS_EVENT_MORE && at == size);
		must(result->last != WS_EVENT_PIECE || reader->in_pieces);
	}
	lvn_ws_reader_shrink(reader);
	free(copy);
	return result->last != WS_EVENT_FAILED;
}

static struct result
read_all(const uint8_t *bytes, size_t size, size_t step, enum ws_masking masking, bool in_pieces)
{
	struct result result = {.last = WS_EVENT_MORE};
	struct ws_reader reader = {.in_pieces = in_pieces};

	lvn_ws_reader_init(&reader, masking, &limits);
	for (size_t at = 0; at < size; at += step)
		if (!take(&result, &reader, bytes + at, size - at < step ? size - at : step))
			break;
	if (result.last == WS_EVENT_FAILED) {
		must(reader.why && lvn_ws_close_may_be_sent(reader.code));
		result.code = reader.code;
	}
	lvn_ws_reader_clear(&reader);
	return result;
}

/* Only heads that are as short as they can be are read, so writing makes the same bytes. */
static void
write_head_again(const uint8_t *bytes, size_t size, enum ws_masking masking)
{
	struct ws_frame frame;
	const char *why = NULL;
	uint8_t head[LVN_WS_HEAD_SIZE];
	int head_size = lvn_ws_frame_read_head(&frame, bytes, size, masking, &why);

	must((head_size < 0) == (why != NULL));
	if (head_size <= 0)
		return;
	must(lvn_ws_frame_write_head(head, &frame) == (size_t)head_size);
	must(memcmp(head, bytes, (size_t)head_size) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ws_masking masking;
	struct result whole, parts, pieces;
	size_t step;

	if (size == 0)
		return 0;
	masking = data[0] & 1 ? WS_MASKED : WS_UNMASKED;
	step = (data[0] >> 1) % 32 + 1U;
	data++;
	size--;
	write_head_again(data, size, masking);
	whole = read_all(data, size, size + 1, masking, false);
	parts = read_all(data, size, step, masking, false);
	pieces = read_all(data, size, step, masking, true);
	must(whole.messages == parts.messages && whole.controls == parts.controls);
	must(whole.hash == parts.hash && whole.code == parts.code);
	must(whole.messages == pieces.messages && whole.controls == pieces.controls);
	must(whole.hash == pieces.hash && whole.code == pieces.code);
	return 0;
}
