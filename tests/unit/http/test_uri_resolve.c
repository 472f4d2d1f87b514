/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/uri_resolve.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "http/uri.h"
#include "support/fail_nth.h"
#include "support/suite.h"

/* RFC 3986 5.4.1 and 5.4.2, with http for the base, without fragments and other schemes. */
static const struct {
	const char *reference;
	const char *text;
} references[] = {
    {"http:g", NULL},
    {"g:h", NULL},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q"},
    {"g#s", "http://a/b/c/g"},
    {"g?y#s", "http://a/b/c/g?y"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"https://h:8443/x/../y?z", "https://h:8443/y?z"},
    {"//h:81", "http://h:81"},
    {"//[::1]/x", "http://[::1]/x"},
    {"/a b", NULL},
    {"/a%4", NULL},
    {"//u@h/", "http://u@h/"},
};
enum { REFERENCES = sizeof(references) / sizeof(references[0]) };

static int
resolve(const char *base_text, const char *reference, char **text_out)
{
	struct evhttp_uri *base;
	int rc = lvn_http_uri_parse(base_text, strlen(base_text), 0, &base);

	if (rc == 0) {
		rc = lvn_http_uri_resolve(base, reference, text_out);
		lvn_http_uri_free(base);
	}
	return rc;
}

TEST_RANGE(lvn_http_uri_resolve__as_rfc_3986_says, 0, REFERENCES)
{
	char *text = NULL;
	int rc = resolve("http://a/b/c/d;p?q", references[_i].reference, &text);

	if (references[_i].text) {
		ck_assert_int_eq(rc, 0);
		ck_assert_str_eq(text, references[_i].text);
	} else {
		ck_assert_int_eq(rc, -EINVAL);
	}
	lvn_free(text);
}

TEST(lvn_http_uri_resolve__base_without_path_and_with_port)
{
	char *text;

	ck_assert_int_eq(resolve("http://a:81", "b", &text), 0);
	ck_assert_str_eq(text, "http://a:81/b");
	lvn_free(text);
	ck_assert_int_eq(resolve("https://[::1]:8443/x", "/b", &text), 0);
	ck_assert_str_eq(text, "https://[::1]:8443/b");
	lvn_free(text);
}

TEST(lvn_http_uri_resolve__out_of_memory)
{
	struct fail_nth fail = {0, 0};
	char *text = NULL;
	int rc;

	for (;;) {
		fail_nth_begin(&fail);
		rc = resolve("http://a/b/c/d;p?q", "../g", &text);
		if (!fail_nth_end(&fail))
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		fail.number++;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_ge(fail.number, 4);
	lvn_free(text);
}
