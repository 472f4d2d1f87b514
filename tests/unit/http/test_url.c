/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/url.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/fail_nth.h"
#include "support/suite.h"

/* "host port target authority", with an s in front of https. */
static const struct {
	const char *text;
	const char *parts;
} urls[] = {
    {"http://a", "a 80 / a"},
    {"http://a/", "a 80 / a"},
    {"HTTP://A/b", "A 80 /b A"},
    {"http://a?b", "a 80 /?b a"},
    {"http://a:80/b?c=d#e", "a 80 /b?c=d a"},
    {"http://a:/", "a 80 / a"},
    {"http://a:81/", "a 81 / a:81"},
    {"http://a:443/", "a 443 / a:443"},
    {"https://a/", "s a 443 / a"},
    {"https://a:443/", "s a 443 / a"},
    {"https://a:80/", "s a 80 / a:80"},
    {"http://[::1]/", "::1 80 / [::1]"},
    {"http://[::1]:8080//a", "::1 8080 //a [::1]:8080"},
};

TEST_RANGE(lvn_http_url_parse__parts, 0, sizeof(urls) / sizeof(urls[0]))
{
	struct http_url url;
	char parts[200];

	ck_assert_int_eq(lvn_http_url_parse(&url, urls[_i].text), 0);
	snprintf(parts, sizeof(parts), "%s%s %u %s %s", url.is_tls ? "s " : "", url.host, url.port,
	    url.target, url.authority);
	ck_assert_str_eq(parts, urls[_i].parts);
	ck_assert_ptr_null(strchr(url.text, '#'));
	lvn_http_url_clear(&url);
	ck_assert_ptr_null(url.text);
}

TEST(lvn_http_url_parse__refuses_what_is_no_http_url)
{
	static const char *const texts[] = {"", "a", "/a", "//a/", "ftp://a/", "http:a", "http://",
	    "http:///a", "http://a:0/", "http://a:65536/", "http://u@a/", "http://a%41/",
	    "http://a/ b", "http://a/\r\n", "http://a b/", "http://a/%4", "http://[::1"};
	struct http_url url;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(lvn_http_url_parse(&url, texts[i]), -EINVAL);
}

TEST(lvn_http_url_has_origin_of__scheme_host_and_port)
{
	static const struct {
		const char *text;
		bool is_same;
	} others[] = {{"http://a:80/b", true}, {"http://A/", true}, {"https://a/", false},
	    {"https://a:80/", false}, {"http://a:81/", false}, {"http://b/", false}};
	struct http_url url, other;

	ck_assert_int_eq(lvn_http_url_parse(&url, "http://a/"), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_eq(lvn_http_url_parse(&other, others[i].text), 0);
		ck_assert(lvn_http_url_has_origin_of(&url, &other) == others[i].is_same);
		lvn_http_url_clear(&other);
	}
	lvn_http_url_clear(&url);
}

TEST(lvn_http_url_parse__out_of_memory)
{
	struct fail_nth fail = {0, 0};
	struct http_url url;
	int rc;

	do {
		fail_nth_begin(&fail);
		rc = lvn_http_url_parse(&url, "http://a/b?c");
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		fail.number++;
	} while (1);
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_ge(fail.number, 4);
	lvn_http_url_clear(&url);
}
