/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_close.h"

#include <string.h>

#include "support/suite.h"
#include "ws/ws_utf8.h"

TEST(close_may_be_sent__every_code)
{
	for (int code = -1; code < 70000; code++) {
		bool is_registered =
		    (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
		bool is_free = code >= 3000 && code <= 4999;

		ck_assert(lvn_ws_close_may_be_sent(code) == (is_registered || is_free));
	}
}

TEST(close_write__code_and_reason)
{
	uint8_t payload[LVN_WS_CONTROL_SIZE];
	int code = 0;

	ck_assert_uint_eq(lvn_ws_close_write(payload, 1000, "bye", 3), 5);
	ck_assert_mem_eq(payload,
	    "\x03\xe8"
	    "bye",
	    5);
	ck_assert_ptr_null(lvn_ws_close_why_bad(payload, 5, &code));
	ck_assert_int_eq(lvn_ws_close_code(payload, 5), 1000);
	ck_assert_uint_eq(lvn_ws_close_write(payload, 4999, NULL, 0), 2);
	ck_assert_int_eq(lvn_ws_close_code(payload, 2), 4999);
	ck_assert_uint_eq(lvn_ws_close_write(payload, WS_CLOSE_NO_CODE, "x", 1), 0);
	ck_assert_int_eq(lvn_ws_close_code(payload, 0), WS_CLOSE_NO_CODE);
}

/* Characters of two bytes, beginning at even and at odd places. */
TEST_RANGE(close_write__long_reason_is_cut_between_characters, 0, 2)
{
	uint8_t payload[LVN_WS_CONTROL_SIZE];
	struct ws_utf8 utf8 = {0};
	char reason[201];
	size_t size;

	reason[0] = 'a';
	for (size_t i = (size_t)_i; i + 1 < sizeof(reason); i += 2)
		memcpy(reason + i, "\xc3\xa4", 2);
	size = lvn_ws_close_write(payload, 1000, reason, 200);
	ck_assert_uint_eq(size, _i == 0 ? 124 : 125);
	ck_assert(lvn_ws_utf8_add(&utf8, payload + 2, size - 2));
	ck_assert(lvn_ws_utf8_is_whole(&utf8));
}
