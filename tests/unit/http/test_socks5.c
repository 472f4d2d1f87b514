/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/socks5.h"

#include <string.h>

#include "support/suite.h"

#define BYTES(text) ((const uint8_t *)(text)), sizeof(text) - 1

TEST(lvn_http_socks5_write_greeting__with_a_user_and_without)
{
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];

	ck_assert_uint_eq(lvn_http_socks5_write_greeting(bytes, false), 3);
	ck_assert_mem_eq(bytes, "\5\1\0", 3);
	ck_assert_uint_eq(lvn_http_socks5_write_greeting(bytes, true), 4);
	ck_assert_mem_eq(bytes, "\5\2\0\2", 4);
}

TEST(lvn_http_socks5_write_user__and_what_has_no_place)
{
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];
	char most[256], more[257];

	memset(most, 'x', sizeof(most));
	most[255] = '\0';
	memset(more, 'x', sizeof(more));
	more[256] = '\0';
	ck_assert_uint_eq(lvn_http_socks5_write_user(bytes, "me", "it"), 7);
	ck_assert_mem_eq(bytes, "\1\2me\2it", 7);
	ck_assert_uint_eq(lvn_http_socks5_write_user(bytes, most, most), 1 + 256 + 256);
	ck_assert_uint_eq(lvn_http_socks5_write_user(bytes, more, ""), 0);
	ck_assert_uint_eq(lvn_http_socks5_write_user(bytes, "me", more), 0);
	ck_assert_uint_eq(lvn_http_socks5_write_user(bytes, "", "it"), 0);
}

TEST(lvn_http_socks5_write_connect__names_and_addresses)
{
	uint8_t bytes[LVN_HTTP_SOCKS5_SIZE];
	char long_name[257];

	ck_assert_uint_eq(lvn_http_socks5_write_connect(bytes, "a.b", 0x1234), 10);
	ck_assert_mem_eq(bytes, "\5\1\0\3\3a.b\x12\x34", 10);
	ck_assert_uint_eq(lvn_http_socks5_write_connect(bytes, "127.0.0.1", 80), 10);
	ck_assert_mem_eq(bytes, "\5\1\0\1\x7f\0\0\1\0\x50", 10);
	ck_assert_uint_eq(lvn_http_socks5_write_connect(bytes, "::1", 80), 22);
	ck_assert_mem_eq(bytes, "\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x50", 22);
	memset(long_name, 'x', sizeof(long_name));
	long_name[256] = '\0';
	ck_assert_uint_eq(lvn_http_socks5_write_connect(bytes, long_name, 80), 0);
	long_name[255] = '\0';
	ck_assert_uint_eq(lvn_http_socks5_write_connect(bytes, long_name, 80), 4 + 256 + 2);
}

TEST(lvn_http_socks5_read_method__whole_cut_and_refused)
{
	enum http_socks5_method method = HTTP_SOCKS5_NONE;
	const char *why;

	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\5\0"), &method, &why), 2);
	ck_assert_int_eq(method, HTTP_SOCKS5_NO_USER);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\5\2x"), &method, &why), 2);
	ck_assert_int_eq(method, HTTP_SOCKS5_USER);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\5"), &method, &why), 0);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES(""), &method, &why), 0);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\5\xff"), &method, &why), -1);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\5\1"), &method, &why), -1);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("\4"), &method, &why), -1);
	ck_assert_int_eq(lvn_http_socks5_read_method(BYTES("HTTP"), &method, &why), -1);
}

TEST(lvn_http_socks5_read_status__whole_cut_and_refused)
{
	const char *why;

	ck_assert_int_eq(lvn_http_socks5_read_status(BYTES("\1\0"), &why), 2);
	ck_assert_int_eq(lvn_http_socks5_read_status(BYTES("\1"), &why), 0);
	ck_assert_int_eq(lvn_http_socks5_read_status(BYTES("\1\1"), &why), -1);
	ck_assert_int_eq(lvn_http_socks5_read_status(BYTES("\5\0"), &why), -1);
}

TEST(lvn_http_socks5_read_reply__each_kind_of_address_cut_at_each_place)
{
	static const struct {
		const char *bytes;
		int size;
	} replies[] = {{"\5\0\0\1\0\0\0\0\0\0", 10},
	    {"\5\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22}, {"\5\0\0\3\3a.b\0\0", 10},
	    {"\5\0\0\3\0\0\0", 7}};
	const char *why;

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const uint8_t *bytes = (const uint8_t *)replies[i].bytes;

		for (int cut = 0; cut < replies[i].size; cut++)
			ck_assert_int_eq(lvn_http_socks5_read_reply(bytes, (size_t)cut, &why), 0);
		ck_assert_int_eq(lvn_http_socks5_read_reply(bytes, (size_t)replies[i].size, &why),
		    replies[i].size);
	}
}

TEST(lvn_http_socks5_read_reply__refused)
{
	const char *why = NULL;

	ck_assert_int_eq(lvn_http_socks5_read_reply(BYTES("\5\5\0\1\0\0\0\0\0\0"), &why), -1);
	ck_assert_str_eq(why, "the server refuses the proxy's connection");
	ck_assert_int_eq(lvn_http_socks5_read_reply(BYTES("\5\x63"), &why), -1);
	ck_assert_str_eq(why, "the proxy has refused");
	ck_assert_int_eq(lvn_http_socks5_read_reply(BYTES("\4\0"), &why), -1);
	ck_assert_int_eq(lvn_http_socks5_read_reply(BYTES("\5\0\0\2\0"), &why), -1);
}
