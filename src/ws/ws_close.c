/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_close.h"

#include <string.h>

#include "ws/ws_utf8.h"

/* The registry of IANA has codes up to this; those from 3000 on are of libraries and programs. */
#define LAST_REGISTERED 1014
#define FIRST_FREE      3000
#define LAST_FREE       4999

bool
lvn_ws_close_may_be_sent(int code)
{
	if (code >= FIRST_FREE && code <= LAST_FREE)
		return true;
	/* 1004 has no meaning yet. */
	return code >= WS_CLOSE_NORMAL && code <= LAST_REGISTERED && code != 1004 &&
	       code != WS_CLOSE_NO_CODE && code != WS_CLOSE_ABNORMAL;
}

int
lvn_ws_close_code(const uint8_t *payload, size_t size)
{
	return size < 2 ? WS_CLOSE_NO_CODE : payload[0] << 8 | payload[1];
}

const char *
lvn_ws_close_why_bad(const uint8_t *payload, size_t size, int *code_out)
{
	struct ws_utf8 utf8 = {0};

	*code_out = WS_CLOSE_PROTOCOL_ERROR;
	if (size == 0)
		return NULL;
	if (size == 1)
		return "a close frame has half a code";
	if (!lvn_ws_close_may_be_sent(lvn_ws_close_code(payload, size)))
		return "a close frame has a code that may not be sent";
	if (lvn_ws_utf8_add(&utf8, payload + 2, size - 2) && lvn_ws_utf8_is_whole(&utf8))
		return NULL;
	*code_out = WS_CLOSE_BAD_DATA;
	return "the reason of a close frame is not UTF-8";
}

size_t
lvn_ws_close_write(uint8_t *out, int code, const char *reason, size_t reason_size)
{
	if (code == WS_CLOSE_NO_CODE)
		return 0;
	out[0] = (uint8_t)(code >> 8);
	out[1] = (uint8_t)code;
	if (reason_size > LVN_WS_REASON_SIZE) {
		reason_size = LVN_WS_REASON_SIZE;
		while (reason_size > 0 && ((uint8_t)reason[reason_size] & 0xc0) == 0x80)
			reason_size--;
	}
	if (reason_size > 0)
		memcpy(out + 2, reason, reason_size);
	return 2 + reason_size;
}
