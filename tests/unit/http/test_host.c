/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/host.h"

#include <stdio.h>
#include <string.h>

#include "support/suite.h"

/* "HOST PORT", or "bad". */
static const char *
split(const char *text)
{
	static char result[128];
	struct http_slice host, port;

	if (!lvn_http_host_split(lvn_http_slice_of(text), &host, &port))
		return "bad";
	snprintf(
	    result, sizeof(result), "%.*s %.*s", (int)host.size, host.at, (int)port.size, port.at);
	return result;
}

static bool
is_address(const char *address)
{
	char text[128];

	snprintf(text, sizeof(text), "[%s]", address);
	return lvn_http_host_is_valid(lvn_http_slice_of(text));
}

TEST(lvn_http_host_split__host_and_port)
{
	ck_assert_str_eq(split("a.example"), "a.example ");
	ck_assert_str_eq(split("a.example:80"), "a.example 80");
	ck_assert_str_eq(split("[::1]:8080"), "[::1] 8080");
	ck_assert_str_eq(split("[::1]"), "[::1] ");
	ck_assert_str_eq(split("a:"), "a ");
	ck_assert_str_eq(split(":80"), " 80");
	ck_assert_str_eq(split(""), " ");
	ck_assert(lvn_http_host_is_valid((struct http_slice){NULL, 0}));
}

TEST(lvn_http_host_split__names)
{
	ck_assert_str_eq(split("a_b-c~d!$&'()*+,;="), "a_b-c~d!$&'()*+,;= ");
	ck_assert_str_eq(split("%c3%bc"), "%c3%bc ");
	ck_assert_str_eq(split("%c3%b"), "bad");
	ck_assert_str_eq(split("a b"), "bad");
	ck_assert_str_eq(split("a/b"), "bad");
	ck_assert_str_eq(split("u@a"), "bad");
	ck_assert_str_eq(split("\xc3\xbc"), "bad");
	ck_assert_str_eq(split("a]"), "bad");
	ck_assert(!lvn_http_host_is_valid((struct http_slice){"a\0", 2}));
}

TEST(lvn_http_host_split__ports)
{
	ck_assert_str_eq(split("a:0"), "a 0");
	ck_assert_str_eq(split("a:65535"), "a 65535");
	ck_assert_str_eq(split("a:00080"), "a 00080");
	ck_assert_str_eq(split("a:65536"), "bad");
	ck_assert_str_eq(split("a:99999999999999999999"), "bad");
	ck_assert_str_eq(split("a:-1"), "bad");
	ck_assert_str_eq(split("a:8x"), "bad");
	ck_assert_str_eq(split("a:80:80"), "bad");
	ck_assert_str_eq(split("[::1]80"), "bad");
}

TEST(lvn_http_host_is_valid__addresses_of_ipv6)
{
	static const char *const good[] = {"::", "::1", "1::", "1:2:3:4:5:6:7:8",
	    "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "abcd:ABCD::0001", "::1.2.3.4",
	    "1:2:3:4:5:6:1.2.3.4", "1::255.255.255.0"};
	static const char *const bad[] = {"", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::", "1::2::3",
	    "12345::", "g::", "::1:", "1:::2", "::1%eth0", "::1%25eth0", "0x1::", " ::1", "::+1",
	    "1.2.3.4", "::1.2.3", "::1.2.3.", "::1.2.3.4.5", "::1.2.3.256", "::1.2.3.04",
	    "::1.2.3.0004", "::a.2.3.4", "::1..3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(is_address(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!is_address(bad[i]), "%s", bad[i]);
}

TEST(lvn_http_host_is_valid__addresses_to_come)
{
	ck_assert(is_address("v1.a"));
	ck_assert(is_address("VfF.a:b-c"));
	ck_assert(!is_address("v.a"));
	ck_assert(!is_address("v1"));
	ck_assert(!is_address("v1."));
	ck_assert(!is_address("vg.a"));
	ck_assert(!is_address("v1.a%41"));
	ck_assert(!is_address("v1.a/"));
}

TEST(lvn_http_host_is_valid__brackets_without_end)
{
	ck_assert_str_eq(split("["), "bad");
	ck_assert_str_eq(split("[::1"), "bad");
	ck_assert_str_eq(split("[]"), "bad");
}
