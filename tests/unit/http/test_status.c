/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/status.h"

#include <limits.h>

#include "support/suite.h"

TEST(lvn_http_status_text__those_of_libevent)
{
	ck_assert_str_eq(lvn_http_status_text(100), "Continue");
	ck_assert_str_eq(lvn_http_status_text(200), "OK");
	ck_assert_str_eq(lvn_http_status_text(206), "Partial Content");
	ck_assert_str_eq(lvn_http_status_text(305), "Use Proxy");
	ck_assert_str_eq(lvn_http_status_text(408), "Request Time-out");
	ck_assert_str_eq(lvn_http_status_text(413), "Request Entity Too Large");
	ck_assert_str_eq(lvn_http_status_text(416), "Requested range not satisfiable");
	ck_assert_str_eq(lvn_http_status_text(417), "Expectation Failed");
	ck_assert_str_eq(lvn_http_status_text(505), "HTTP Version not supported");
}

TEST(lvn_http_status_text__those_of_the_registry)
{
	ck_assert_str_eq(lvn_http_status_text(103), "Early Hints");
	ck_assert_str_eq(lvn_http_status_text(226), "IM Used");
	ck_assert_str_eq(lvn_http_status_text(307), "Temporary Redirect");
	ck_assert_str_eq(lvn_http_status_text(308), "Permanent Redirect");
	ck_assert_str_eq(lvn_http_status_text(426), "Upgrade Required");
	ck_assert_str_eq(lvn_http_status_text(431), "Request Header Fields Too Large");
	ck_assert_str_eq(lvn_http_status_text(451), "Unavailable For Legal Reasons");
	ck_assert_str_eq(lvn_http_status_text(511), "Network Authentication Required");
}

TEST(lvn_http_status_text__classes)
{
	ck_assert_str_eq(lvn_http_status_text(199), "Informational");
	ck_assert_str_eq(lvn_http_status_text(299), "Success");
	ck_assert_str_eq(lvn_http_status_text(306), "Redirection");
	ck_assert_str_eq(lvn_http_status_text(418), "Client Error");
	ck_assert_str_eq(lvn_http_status_text(499), "Client Error");
	ck_assert_str_eq(lvn_http_status_text(509), "Server Error");
	ck_assert_str_eq(lvn_http_status_text(599), "Server Error");
}

TEST(lvn_http_status_text__no_class)
{
	static const int codes[] = {INT_MIN, -1, 0, 1, 99, 600, 999, INT_MAX};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		ck_assert_str_eq(lvn_http_status_text(codes[i]), "Unknown Status Class");
}

TEST(lvn_http_status_has_body__all_codes)
{
	for (int code = 100; code < 1000; code++)
		ck_assert_int_eq(
		    lvn_http_status_has_body(code), !(code < 200 || code == 204 || code == 304));
}
