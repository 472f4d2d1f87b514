/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/redirect.h"

#include <errno.h>
#include <event2/http.h>
#include <string.h>

#include "http/fields.h"
#include "http/method.h"
#include "support/suite.h"

TEST(lvn_http_redirect_is__five_codes)
{
	int count = 0;

	for (int status = 100; status < 600; status++)
		count += lvn_http_redirect_is(status);
	ck_assert_int_eq(count, 5);
	ck_assert(!lvn_http_redirect_is(300));
	ck_assert(!lvn_http_redirect_is(304));
	ck_assert(lvn_http_redirect_is(308));
}

TEST(lvn_http_redirect_method__by_status)
{
	static const struct {
		const char *method;
		int status;
		const char *next;
	} cases[] = {{"GET", 301, "GET"}, {"POST", 301, "GET"}, {"POST", 302, "GET"},
	    {"PUT", 301, "PUT"}, {"PUT", 302, "PUT"}, {"DELETE", 302, "DELETE"},
	    {"HEAD", 302, "HEAD"}, {"HEAD", 303, "HEAD"}, {"POST", 303, "GET"}, {"PUT", 303, "GET"},
	    {"DELETE", 303, "GET"}, {"POST", 307, "POST"}, {"POST", 308, "POST"},
	    {"PUT", 308, "PUT"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct http_method *method =
		    lvn_http_method_find(cases[i].method, strlen(cases[i].method));

		method = lvn_http_redirect_method(method, cases[i].status);
		ck_assert_str_eq(method->name, cases[i].next);
	}
}

TEST(lvn_http_redirect_url__what_is_followed)
{
	static const struct {
		const char *from;
		const char *location;
		const char *to; /* NULL: refused */
	} cases[] = {{"http://a/b", "c", "http://a/c"}, {"http://a/b", "https://b/", "https://b/"},
	    {"https://a/b", "http://a/", NULL}, {"https://a/b", "//b/#c", "https://b/"},
	    {"http://a/", "ftp://a/", NULL}, {"http://a/", "javascript:x", NULL},
	    {"http://a/", "http://u:p@b/", NULL}, {"http://a/", "http://b/\x80", NULL}};
	struct http_url from, to;
	const char *why;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc;

		ck_assert_int_eq(lvn_http_url_parse(&from, cases[i].from), 0);
		rc = lvn_http_redirect_url(&from, cases[i].location, false, &to, &why);
		lvn_http_url_clear(&from);
		if (!cases[i].to) {
			ck_assert_int_eq(rc, -EINVAL);
			continue;
		}
		ck_assert_int_eq(rc, 0);
		ck_assert_str_eq(to.text, cases[i].to);
		lvn_http_url_clear(&to);
	}
	ck_assert_int_eq(lvn_http_url_parse(&from, "https://a/"), 0);
	ck_assert_int_eq(lvn_http_redirect_url(&from, "http://a/", true, &to, &why), 0);
	lvn_http_url_clear(&from);
	lvn_http_url_clear(&to);
}

static void
add(struct evkeyvalq *fields, const char *name)
{
	ck_assert_int_eq(lvn_http_fields_add(fields, name, strlen(name), "x", 1), 0);
}

TEST(lvn_http_redirect_fields__credentials_stay_with_their_origin)
{
	for (int i = 0; i < 4; i++) {
		bool is_same_origin = i % 2, keeps_body = i / 2;
		struct evkeyvalq fields;

		lvn_http_fields_init(&fields);
		add(&fields, "authorization");
		add(&fields, "Cookie");
		add(&fields, "cookie");
		add(&fields, "Host");
		add(&fields, "Content-Type");
		add(&fields, "Accept");
		lvn_http_redirect_fields(&fields, is_same_origin, keeps_body);
		ck_assert(!lvn_http_fields_find(&fields, "Authorization") == !is_same_origin);
		ck_assert(!lvn_http_fields_find(&fields, "Cookie") == !is_same_origin);
		ck_assert(!lvn_http_fields_find(&fields, "Host") == !is_same_origin);
		ck_assert(!lvn_http_fields_find(&fields, "Content-Type") == !keeps_body);
		ck_assert_ptr_nonnull(lvn_http_fields_find(&fields, "Accept"));
		lvn_http_fields_clear(&fields);
	}
}
