/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/method.h"

#include <string.h>

#include "support/suite.h"

static const struct http_method *
find(const char *name)
{
	return lvn_http_method_find(name, strlen(name));
}

/* Those of enum evhttp_cmd_type, from the lowest bit on. */
static const char *const names[] = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE",
    "CONNECT", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "LOCK", "UNLOCK", "COPY", "MOVE"};

TEST_RANGE(lvn_http_method_find__names_and_bits, 0, 16)
{
	const struct http_method *method = find(names[_i]);

	ck_assert_ptr_nonnull(method);
	ck_assert_str_eq(method->name, names[_i]);
	ck_assert_uint_eq(method->type, 1U << _i);
	ck_assert_ptr_eq(lvn_http_method_of_type(1U << _i), method);
}

TEST(lvn_http_method_find__names_have_a_case)
{
	ck_assert_ptr_null(find("get"));
	ck_assert_ptr_null(find("GE"));
	ck_assert_ptr_null(find("GETS"));
	ck_assert_ptr_null(find(""));
	ck_assert_ptr_null(lvn_http_method_find("GET\0", 4));
	ck_assert_ptr_null(lvn_http_method_find("GET", 2));
}

TEST(lvn_http_method_of_type__none)
{
	ck_assert_ptr_null(lvn_http_method_of_type(0));
	ck_assert_ptr_null(lvn_http_method_of_type(3));
	ck_assert_ptr_null(lvn_http_method_of_type(1U << 16));
	ck_assert_ptr_null(lvn_http_method_of_type(1U << 31));
	ck_assert_ptr_null(lvn_http_method_of_type(UINT32_MAX));
}

TEST(lvn_http_method_find__safe_ones_are_idempotent)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		unsigned flags = find(names[i])->flags;

		if (flags & HTTP_METHOD_SAFE)
			ck_assert_uint_ne(flags & HTTP_METHOD_IDEMPOTENT, 0);
	}
	ck_assert_uint_eq(find("POST")->flags, HTTP_METHOD_HAS_BODY);
	ck_assert_uint_eq(find("PATCH")->flags, HTTP_METHOD_HAS_BODY);
	ck_assert_uint_eq(find("CONNECT")->flags, 0);
	ck_assert_uint_eq(find("PUT")->flags, HTTP_METHOD_HAS_BODY | HTTP_METHOD_IDEMPOTENT);
	ck_assert_uint_eq(find("DELETE")->flags, HTTP_METHOD_IDEMPOTENT);
	ck_assert_uint_eq(find("HEAD")->flags, HTTP_METHOD_SAFE | HTTP_METHOD_IDEMPOTENT);
}
