/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Close codes (RFC 6455 7.4), and the payload of a close frame: a code and a reason (5.5.1).
 */
#ifndef LVN_WS_CLOSE_H
#define LVN_WS_CLOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ws/ws_frame.h"

enum ws_close_code {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_PROTOCOL_ERROR = 1002,
	WS_CLOSE_NO_CODE = 1005,  /* never sent: the close frame has no code */
	WS_CLOSE_ABNORMAL = 1006, /* never sent: there was no close frame */
	WS_CLOSE_BAD_DATA = 1007,
	WS_CLOSE_POLICY = 1008,
	WS_CLOSE_TOO_BIG = 1009,
	WS_CLOSE_INTERNAL = 1011,
};

enum { LVN_WS_REASON_SIZE = LVN_WS_CONTROL_SIZE - 2 };

/* Whether the code may stand in a close frame. */
bool lvn_ws_close_may_be_sent(int code);

/* NULL if the payload of a close frame is right; or else why not, and the code to answer with. */
const char *lvn_ws_close_why_bad(const uint8_t *payload, size_t size, int *code_out);

/* The code of a right payload. */
int lvn_ws_close_code(const uint8_t *payload, size_t size);

/*
 * Writes a payload, LVN_WS_CONTROL_SIZE at most, and returns its size.  A reason that is too long
 * is cut between two characters.  WS_CLOSE_NO_CODE is an empty payload.
 */
size_t lvn_ws_close_write(uint8_t *out, int code, const char *reason, size_t reason_size);

#endif
