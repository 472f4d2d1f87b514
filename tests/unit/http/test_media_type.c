/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/media_type.h"

#include "support/suite.h"

TEST(lvn_http_media_type_of__by_the_end_of_the_name)
{
	ck_assert_str_eq(lvn_http_media_type_of("a/index.HTML"), "text/html; charset=utf-8");
	ck_assert_str_eq(lvn_http_media_type_of("a.tar.gz"), "application/gzip");
	ck_assert_str_eq(lvn_http_media_type_of(".png"), "image/png");
}

TEST(lvn_http_media_type_of__others)
{
	static const char other[] = "application/octet-stream";

	ck_assert_str_eq(lvn_http_media_type_of(""), other);
	ck_assert_str_eq(lvn_http_media_type_of("html"), other);
	ck_assert_str_eq(lvn_http_media_type_of("a.html/b"), other);
	ck_assert_str_eq(lvn_http_media_type_of("a."), other);
	ck_assert_str_eq(lvn_http_media_type_of("a.html5"), other);
}
