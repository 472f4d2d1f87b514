/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/byte_range.h"

#include <stdio.h>

#include "support/suite.h"

static const char *
parsed(const char *text, uint64_t total)
{
	static char result[64];
	uint64_t at = 0, size = 0;

	switch (lvn_http_byte_range_parse(lvn_http_slice_of(text), total, &at, &size)) {
	case HTTP_RANGE_WHOLE:
		return "whole";
	case HTTP_RANGE_IMPOSSIBLE:
		return "416";
	case HTTP_RANGE_PART:
		break;
	}
	snprintf(
	    result, sizeof(result), "%llu+%llu", (unsigned long long)at, (unsigned long long)size);
	return result;
}

TEST(lvn_http_byte_range_parse__one_range)
{
	ck_assert_str_eq(parsed("bytes=0-0", 10), "0+1");
	ck_assert_str_eq(parsed("bytes=2-5", 10), "2+4");
	ck_assert_str_eq(parsed("BYTES= 2-5 ", 10), "2+4");
	ck_assert_str_eq(parsed("bytes=2-", 10), "2+8");
	ck_assert_str_eq(parsed("bytes=9-9", 10), "9+1");
	ck_assert_str_eq(parsed("bytes=9-10", 10), "9+1");
	ck_assert_str_eq(parsed("bytes=0-99999999999999999999999999", 10), "0+10");
	ck_assert_str_eq(parsed("bytes=-1", 10), "9+1");
	ck_assert_str_eq(parsed("bytes=-10", 10), "0+10");
	ck_assert_str_eq(parsed("bytes=-11", 10), "0+10");
}

TEST(lvn_http_byte_range_parse__nothing_of_it_is_there)
{
	ck_assert_str_eq(parsed("bytes=10-", 10), "416");
	ck_assert_str_eq(parsed("bytes=10-11", 10), "416");
	ck_assert_str_eq(parsed("bytes=99999999999999999999999999-", 10), "416");
	ck_assert_str_eq(parsed("bytes=-0", 10), "416");
	ck_assert_str_eq(parsed("bytes=0-", 0), "416");
	ck_assert_str_eq(parsed("bytes=-1", 0), "416");
}

TEST(lvn_http_byte_range_parse__what_is_ignored)
{
	static const char *const texts[] = {"", "bytes", "bytes=", "bytes=-", "bytes=a-b",
	    "bytes=1", "bytes=2-1", "bytes=0-1,3-4", "bytes=1-2-3", "bytes=+1-2", "bytes=1 -2",
	    "lines=0-1", "bytes=-1,-2", "bytes=--1"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(parsed(texts[i], 10)[0] == 'w', "%s", texts[i]);
}
