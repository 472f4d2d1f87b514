/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/target.h"

#include "http/head.h"
#include "support/suite.h"

static enum http_target_form form;

static const char *
check_lenient(const char *method, const char *target, unsigned lenient)
{
	return lvn_http_target_check(
	    lvn_http_slice_of(method), lvn_http_slice_of(target), lenient, &form);
}

static const char *
check(const char *method, const char *target)
{
	return check_lenient(method, target, 0);
}

TEST(lvn_http_target_check__paths)
{
	ck_assert_ptr_null(check("GET", "/"));
	ck_assert_int_eq(form, HTTP_TARGET_ORIGIN);
	ck_assert_ptr_null(check("GET", "/a?b=http://c/"));
	ck_assert_int_eq(form, HTTP_TARGET_ORIGIN);
	ck_assert_ptr_null(check("OPTIONS", "/*"));
	ck_assert_int_eq(form, HTTP_TARGET_ORIGIN);
}

TEST(lvn_http_target_check__two_slashes_begin_a_path)
{
	ck_assert_ptr_null(check("GET", "//user@host:x/"));
	ck_assert_int_eq(form, HTTP_TARGET_ORIGIN);
}

TEST(lvn_http_target_check__uris)
{
	ck_assert_ptr_null(check("GET", "http://a:80/b?c"));
	ck_assert_int_eq(form, HTTP_TARGET_ABSOLUTE);
	ck_assert_ptr_null(check("OPTIONS", "a+b.c-1://[::1]"));
	ck_assert_int_eq(form, HTTP_TARGET_ABSOLUTE);
	ck_assert_ptr_nonnull(check("GET", "http://"));
	ck_assert_ptr_nonnull(check("GET", "http:///a"));
	ck_assert_ptr_nonnull(check("GET", "http://:80/"));
	ck_assert_ptr_nonnull(check("GET", "http://u@a/"));
	ck_assert_ptr_nonnull(check("GET", "http://a:b/"));
	ck_assert_ptr_nonnull(check("GET", "http:a"));
	ck_assert_ptr_nonnull(check("GET", "1a://b/"));
	ck_assert_ptr_nonnull(check("GET", "://b/"));
}

TEST(lvn_http_target_check__connect_has_a_host_and_a_port)
{
	ck_assert_ptr_null(check("CONNECT", "a:443"));
	ck_assert_int_eq(form, HTTP_TARGET_AUTHORITY);
	ck_assert_ptr_null(check("CONNECT", "[::1]:1"));
	ck_assert_ptr_nonnull(check("CONNECT", "a"));
	ck_assert_ptr_nonnull(check("CONNECT", "a:"));
	ck_assert_ptr_nonnull(check("CONNECT", ":443"));
	ck_assert_ptr_nonnull(check("CONNECT", "/"));
	ck_assert_ptr_nonnull(check("CONNECT", "http://a:443/"));
	ck_assert_ptr_nonnull(check("connect", "a:443"));
}

TEST(lvn_http_target_check__asterisk_is_for_options)
{
	ck_assert_ptr_null(check("OPTIONS", "*"));
	ck_assert_int_eq(form, HTTP_TARGET_ASTERISK);
	ck_assert_ptr_nonnull(check("GET", "*"));
	ck_assert_ptr_nonnull(check("OPTIONS", "**"));
}

TEST(lvn_http_target_check__nothing_else)
{
	ck_assert_ptr_nonnull(check("GET", ""));
	ck_assert_ptr_nonnull(check("GET", "a"));
	ck_assert_ptr_nonnull(check("GET", "?a"));
}

TEST(lvn_http_target_check__escapes)
{
	ck_assert_ptr_null(check("GET", "/%41?%00"));
	ck_assert_ptr_nonnull(check("GET", "/%4"));
	ck_assert_ptr_nonnull(check("GET", "/?%"));
	ck_assert_ptr_nonnull(check("GET", "/a%00"));
	ck_assert_ptr_nonnull(check("GET", "http://a/%00?b"));
	ck_assert_ptr_null(check("GET", "/%2500"));
}

TEST(lvn_http_target_check__lenient)
{
	ck_assert_ptr_null(check_lenient("GET", "/%zz%", HTTP_LENIENT_TARGET));
	ck_assert_ptr_nonnull(check_lenient("GET", "/%00", HTTP_LENIENT_TARGET));
	ck_assert_ptr_null(check_lenient("GET", "http://a#b", HTTP_LENIENT_TARGET));
}
