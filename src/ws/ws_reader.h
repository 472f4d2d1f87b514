/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes of a peer become messages and control frames (RFC 6455 5.4 to 5.6).  No sockets and no
 * clock; bytes come in parts of any size.
 */
#ifndef LVN_WS_READER_H
#define LVN_WS_READER_H

#include "ws/ws_frame.h"
#include "ws/ws_utf8.h"

/* What a peer may send at most. */
struct ws_limits {
	uint64_t frame;           /* of one frame's payload, in bytes */
	uint64_t message;         /* over all its fragments, in bytes */
	unsigned empty_fragments; /* of one message */
};

enum ws_event {
	WS_EVENT_MORE,    /* all bytes are used */
	WS_EVENT_PIECE,   /* `data` has a part of a message, not its end; only if `in_pieces` */
	WS_EVENT_MESSAGE, /* `data` has the message, or its last piece */
	WS_EVENT_CONTROL, /* `frame` and `control` have a ping, a pong or a close */
	WS_EVENT_FAILED,  /* `code` and `why` say what the peer has done wrong */
	WS_EVENT_NO_MEMORY,
};

/*
 * Invariants:
 *   1. `head` has the bytes of a head that is not whole; head_size is 0 inside of a frame
 *   2. inside of a frame `position` bytes of its payload have come
 *   3. `opcode` is that of the message under way, between its first frame and its last; it is
 *      WS_OPCODE_CONTINUATION when there is none
 *   4. there is a byte behind the data, for a zero
 */
struct ws_reader {
	struct ws_limits limits;
	enum ws_masking masking;
	bool in_pieces;

	uint8_t head[LVN_WS_HEAD_SIZE];
	uint8_t head_size;
	bool in_frame;
	bool is_over;       /* the message has been returned: the next one begins anew */
	bool piece_is_over; /* the data have been returned as a piece */
	struct ws_frame frame;
	uint64_t position;

	uint8_t opcode;
	uint64_t message_size; /* announced by the heads of its frames so far */
	unsigned empty_fragments;
	struct ws_utf8 utf8;
	uint8_t *data;
	size_t size;
	size_t capacity;

	uint8_t control[LVN_WS_CONTROL_SIZE + 1];

	int code;
	const char *why;
};

/* For memory of zeros. */
void lvn_ws_reader_init(
    struct ws_reader *reader, enum ws_masking masking, const struct ws_limits *limits);
/* Frees the data. */
void lvn_ws_reader_clear(struct ws_reader *reader);

/*
 * Uses bytes up to the next event.  `data` and `control` stay as they are until the next call.
 * After a failure there must be no next call.
 */
LVN_NODISCARD enum ws_event lvn_ws_reader_read(
    struct ws_reader *reader, const uint8_t *bytes, size_t size, size_t *used_out);

/* Memory of an ended message, of which a connection that is idle has no need. */
void lvn_ws_reader_shrink(struct ws_reader *reader);

#endif
