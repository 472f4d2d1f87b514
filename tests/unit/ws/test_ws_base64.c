/* SPDX-License-Identifier: BSD-3-Clause */
#include "ws/ws_base64.h"

#include <string.h>

#include "support/suite.h"

/* RFC 4648 10. */
static const char *const vectors[][2] = {{"", ""}, {"f", "Zg=="},
    {"f"
     "o",
	"Zm8="},
    {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

TEST_RANGE(base64__vectors_of_the_standard, 0, 7)
{
	size_t size = strlen(vectors[_i][0]);
	char text[20];

	lvn_ws_base64_write(text, (const uint8_t *)vectors[_i][0], size);
	ck_assert_str_eq(text, vectors[_i][1]);
	ck_assert_uint_eq(LVN_WS_BASE64_SIZE(size), strlen(text));
	ck_assert(lvn_ws_base64_is(text, strlen(text), size));
}

TEST(base64__all_digits)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[48];
	char text[65];

	for (unsigned i = 0; i < 64; i += 4) {
		unsigned group = i << 18 | (i + 1) << 12 | (i + 2) << 6 | (i + 3);

		bytes[i / 4 * 3] = (uint8_t)(group >> 16);
		bytes[i / 4 * 3 + 1] = (uint8_t)(group >> 8);
		bytes[i / 4 * 3 + 2] = (uint8_t)group;
	}
	lvn_ws_base64_write(text, bytes, sizeof(bytes));
	ck_assert_str_eq(text, digits);
	ck_assert(lvn_ws_base64_is(digits, 64, 48));
}

TEST(base64__refused)
{
	static const struct {
		const char *text;
		size_t size;
	} bad[] = {{"", 1}, {"Zg==", 2}, {"Zg==", 3}, {"Zg=", 1}, {"Zg", 1}, {"Zg==Zg==", 1},
	    {"Z===", 1}, {"====", 1}, {"Zh==", 1}, {"Zm9=", 2}, {"Z g=", 1}, {"Zg=a", 1},
	    {"Zm-v", 3}, {"Zm_v", 3}, {"Zm9v\n", 3}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!lvn_ws_base64_is(bad[i].text, strlen(bad[i].text), bad[i].size),
		    "%s", bad[i].text);
	ck_assert(!lvn_ws_base64_is("Zm\0v", 4, 3));
}
