/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/uri.h"

#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fail_nth.h"
#include "support/suite.h"

static struct evhttp_uri *
parse(const char *text, unsigned flags)
{
	struct evhttp_uri *uri = NULL;
	/* Without a zero byte behind it. */
	size_t size = strlen(text);
	char *copy = malloc(size + 1);
	int rc;

	memcpy(copy, text, size);
	copy[size] = '/';
	rc = lvn_http_uri_parse(copy, size, flags, &uri);
	free(copy);
	ck_assert_int_eq(rc, uri ? 0 : -EINVAL);
	return uri;
}

/* Part by part: "scheme userinfo host unixsocket path query fragment port", "-" for what is missing. */
static const char *
parts_of(const char *text, unsigned flags)
{
	static char out[512];
	struct evhttp_uri *uri = parse(text, flags);
	size_t size = 0;

	if (!uri)
		return "none";
	for (int part = 0; part < URI_PARTS; part++) {
		const char *shown = part == URI_HOST ? lvn_http_uri_host(uri) : uri->parts[part];

		size +=
		    (size_t)snprintf(out + size, sizeof(out) - size, shown ? "<%s> " : "- ", shown);
	}
	snprintf(out + size, sizeof(out) - size, "%d", uri->port);
	lvn_http_uri_free(uri);
	return out;
}

#define CHECK_PARTS(text, flags, expected) ck_assert_str_eq(parts_of(text, flags), expected)

TEST(lvn_http_uri_parse__all_parts)
{
	CHECK_PARTS("http://u:p@h:80/p/a?q=1#f", 0, "<http> <u:p> <h> - </p/a> <q=1> <f> 80");
	CHECK_PARTS("", 0, "- - - - <> - - -1");
	CHECK_PARTS("/", 0, "- - - - </> - - -1");
	CHECK_PARTS("?", 0, "- - - - <> <> - -1");
	CHECK_PARTS("#", 0, "- - - - <> - <> -1");
	CHECK_PARTS("//", 0, "- - <> - <> - - -1");
	CHECK_PARTS("//@:/", 0, "- <> <> - </> - - -1");
	CHECK_PARTS("a:b/c", 0, "<a> - - - <b/c> - - -1");
	CHECK_PARTS("urn:a:b", 0, "<urn> - - - <a:b> - - -1");
	CHECK_PARTS("./a:b", 0, "- - - - <./a:b> - - -1");
	CHECK_PARTS("//h//p", 0, "- - <h> - <//p> - - -1");
	CHECK_PARTS("?a?b/c#d?e", 0, "- - - - <> <a?b/c> <d?e> -1");
}

/* RFC 3986 2 and 3 say which byte may stand where. */
TEST(lvn_http_uri_parse__every_byte_in_every_part)
{
	static const char unreserved[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=";
	static const struct {
		const char *form;
		const char *more; /* beside the unreserved ones and the sub-delims */
		const char *ends; /* bytes that end the part, and make another one of the rest */
	} places[] = {
	    {"//u%cu@h", ":", "/?#"},
	    {"//h%ci", "", "/?#@"},
	    {"//[v1.a%cb]", ":", ""},
	    {"/p%cp", ":@/", "?#"},
	    {"?q%cq", ":@/?", "#"},
	    {"#f%cf", ":@/?", ""},
	};

	for (size_t i = 0; i < LVN_COUNT_OF(places); i++) {
		for (int c = 1; c < 256; c++) {
			bool allowed = strchr(unreserved, c) || strchr(places[i].more, c) ||
				       strchr(places[i].ends, c);
			struct evhttp_uri *uri;
			char text[32];

			snprintf(text, sizeof(text), places[i].form, c);
			uri = parse(text, 0);
			ck_assert_msg((uri != NULL) == allowed, "%s, byte %d", text, c);
			lvn_http_uri_free(uri);
		}
	}
}

TEST(lvn_http_uri_parse__scheme)
{
	CHECK_PARTS("Ht-t.p+2:", 0, "<Ht-t.p+2> - - - <> - - -1");
	CHECK_PARTS("h", 0, "- - - - <h> - - -1");
	CHECK_PARTS(":", 0, "none");
	CHECK_PARTS("1a:", 0, "none");
	CHECK_PARTS("+a:", 0, "none");
	CHECK_PARTS("a_b:", 0, "none");
	CHECK_PARTS("a b:", EVHTTP_URI_NONCONFORMANT, "none");
	CHECK_PARTS("\xc3\xa9:", 0, "none");
}

TEST(lvn_http_uri_parse__port)
{
	CHECK_PARTS("//h:", 0, "- - <h> - <> - - -1");
	CHECK_PARTS("//h:0", 0, "- - <h> - <> - - 0");
	CHECK_PARTS("//h:00000000000000000000080", 0, "- - <h> - <> - - 80");
	CHECK_PARTS("//h:65535", 0, "- - <h> - <> - - 65535");
	CHECK_PARTS("//h:65536", 0, "none");
	CHECK_PARTS("//h:18446744073709551617", 0, "none");
	CHECK_PARTS("//h:+1", 0, "none");
	CHECK_PARTS("//h:-1", 0, "none");
	CHECK_PARTS("//h: 1", 0, "none");
	CHECK_PARTS("//h:1:2", 0, "none");
	CHECK_PARTS("//h::", 0, "none");
}

TEST(lvn_http_uri_parse__user_information)
{
	CHECK_PARTS("//@h", 0, "- <> <h> - <> - - -1");
	CHECK_PARTS("//a%40b@h", 0, "- <a%40b> <h> - <> - - -1");
	CHECK_PARTS("//a@b@h", 0, "none");
	CHECK_PARTS("//a@b:c@h", EVHTTP_URI_NONCONFORMANT, "none");
	CHECK_PARTS("//h/a@b", 0, "- - <h> - </a@b> - - -1");
	CHECK_PARTS("//h?a@b", 0, "- - <h> - <> <a@b> - -1");
}

TEST(lvn_http_uri_parse__addresses_in_brackets)
{
	CHECK_PARTS("//[::]", 0, "- - <[::]> - <> - - -1");
	CHECK_PARTS("//[::1]:80/", 0, "- - <[::1]> - </> - - 80");
	CHECK_PARTS("//u@[1:2:3:4:5:6:7:8]:", 0, "- <u> <[1:2:3:4:5:6:7:8]> - <> - - -1");
	CHECK_PARTS("//[::FFFF:1.2.3.4]", 0, "- - <[::FFFF:1.2.3.4]> - <> - - -1");
	CHECK_PARTS("//[v1F.a:b]", 0, "- - <[v1F.a:b]> - <> - - -1");
	CHECK_PARTS("//[V1.a]", 0, "- - <[V1.a]> - <> - - -1");
	CHECK_PARTS("//[::1", 0, "none");
	CHECK_PARTS("//::1]", 0, "none");
	CHECK_PARTS("//::1", 0, "none");
	CHECK_PARTS("//[]", 0, "none");
	CHECK_PARTS("//[", 0, "none");
	CHECK_PARTS("//[::1]x", 0, "none");
	CHECK_PARTS("//x[::1]", 0, "none");
	CHECK_PARTS("//[[::1]]", 0, "none");
	CHECK_PARTS("//[::1]]", 0, "none");
	CHECK_PARTS("//[1.2.3.4]", 0, "none");
	CHECK_PARTS("//[v.a]", 0, "none");
	CHECK_PARTS("//[v1]", 0, "none");
	CHECK_PARTS("//[v1.]", 0, "none");
	CHECK_PARTS("//[v1.a%41]", 0, "none");
	CHECK_PARTS("//[::1%25lo]", 0, "none");
}

TEST(lvn_http_uri_parse__addresses_that_only_libevent_reads)
{
	CHECK_PARTS("//[0x1::]", 0, "none");
	CHECK_PARTS("//[::1:]", 0, "none");
	CHECK_PARTS("//[::ffff:1.2.3. 4]", 0, "none");
	CHECK_PARTS("//[::ffff:1.2.3.+4]", 0, "none");
	CHECK_PARTS("//[::ffff:1.2.3.04]", 0, "none");
	CHECK_PARTS("//[::ffff:4294967297.2.3.4]", 0, "none");
	CHECK_PARTS("//[0000000000000000000000000000000000000000000000000000000001::]", 0, "none");
}

TEST(lvn_http_uri_parse__escapes)
{
	CHECK_PARTS("//%41%zz", 0, "none");
	CHECK_PARTS("//%4", 0, "none");
	CHECK_PARTS("/%", 0, "none");
	CHECK_PARTS("/%0", 0, "none");
	CHECK_PARTS("/%0g", 0, "none");
	CHECK_PARTS("/%g0", 0, "none");
	CHECK_PARTS("/%00%fF", 0, "- - - - </%00%fF> - - -1");
	CHECK_PARTS("/%", EVHTTP_URI_NONCONFORMANT, "- - - - </%> - - -1");
	CHECK_PARTS("//h%/", EVHTTP_URI_NONCONFORMANT, "none");
}

TEST(EVHTTP_URI_NONCONFORMANT__any_byte_in_path_query_and_fragment)
{
	for (int c = 1; c < 256; c++) {
		char text[16];

		snprintf(text, sizeof(text), "/%c?q%cq#%c", c == '?' || c == '#' ? 'x' : c,
		    c == '#' ? 'x' : c, c);
		ck_assert_str_ne(parts_of(text, EVHTTP_URI_NONCONFORMANT), "none");
	}
	CHECK_PARTS("a#b#c", EVHTTP_URI_NONCONFORMANT, "- - - - <a> - <b#c> -1");
}

TEST(lvn_http_uri_parse__a_zero_byte_is_in_no_part)
{
	struct evhttp_uri *uri = NULL;

	ck_assert_int_eq(lvn_http_uri_parse("/a\0b", 4, 0, &uri), -EINVAL);
	ck_assert_int_eq(lvn_http_uri_parse("/a\0b", 4, EVHTTP_URI_NONCONFORMANT, &uri), -EINVAL);
	ck_assert_ptr_null(uri);
}

TEST(LVN_HTTP_URI_ORIGIN_FORM__two_slashes_begin_a_path)
{
	CHECK_PARTS("//h/p?q", LVN_HTTP_URI_ORIGIN_FORM, "- - - - <//h/p> <q> - -1");
	CHECK_PARTS("//", LVN_HTTP_URI_ORIGIN_FORM, "- - - - <//> - - -1");
	CHECK_PARTS("//a:b@c:1/", LVN_HTTP_URI_ORIGIN_FORM, "- - - - <//a:b@c:1/> - - -1");
}

TEST(EVHTTP_URI_HOST_STRIP_BRACKETS__host_without_them)
{
	const unsigned flags = EVHTTP_URI_HOST_STRIP_BRACKETS;
	struct evhttp_uri *uri = parse("//[::1]:8", flags);
	char text[32];

	ck_assert_str_eq(lvn_http_uri_host(uri), "::1");
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//[::1]:8");
	uri->flags = 0;
	ck_assert_str_eq(lvn_http_uri_host(uri), "[::1]");
	uri->flags = flags;
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, "[v1.x]"), 0);
	ck_assert_str_eq(lvn_http_uri_host(uri), "v1.x");
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, "::1"), -EINVAL);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, "h"), 0);
	ck_assert_str_eq(lvn_http_uri_host(uri), "h");
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, NULL), 0);
	ck_assert_ptr_null(lvn_http_uri_host(uri));
	lvn_http_uri_free(uri);
}

TEST(EVHTTP_URI_UNIX_SOCKET__name_up_to_a_colon)
{
	const unsigned flags = EVHTTP_URI_UNIX_SOCKET;

	CHECK_PARTS(
	    "http://unix:/run/a.sock:/p?q#f", flags, "<http> - <> </run/a.sock> </p> <q> <f> -1");
	CHECK_PARTS("//unix:/s:", flags, "- - <> </s> <> - - -1");
	CHECK_PARTS("//unix:s:?q:", flags, "- - <> <s> <> <q:> - -1");
	CHECK_PARTS("//unix:@s:#f", flags, "- - <> <@s> <> - <f> -1");
	CHECK_PARTS("//unix:/a%20b:/", flags, "- - <> </a%20b> </> - - -1");
	CHECK_PARTS("//unix:/a b:/", flags | EVHTTP_URI_NONCONFORMANT, "- - <> </a b> </> - - -1");
}

TEST(EVHTTP_URI_UNIX_SOCKET__what_is_no_socket)
{
	const unsigned flags = EVHTTP_URI_UNIX_SOCKET;

	CHECK_PARTS("//unix:/run/a.sock:/p", 0, "- - <unix> - </run/a.sock:/p> - - -1");
	CHECK_PARTS("//unix/p", flags, "- - <unix> - </p> - - -1");
	CHECK_PARTS("//unix:", flags, "none");
	CHECK_PARTS("//unix:?q:", flags, "none");
	CHECK_PARTS("//UNIX:/s:/", flags, "- - <UNIX> - </s:/> - - -1");
	CHECK_PARTS("//unix::/p", flags, "none");
	CHECK_PARTS("//unix:/s", flags, "none");
	CHECK_PARTS("//unix:/s?:", flags, "none");
	CHECK_PARTS("//unix:80/", flags, "none");
	CHECK_PARTS("//unix:/s:p", flags, "none");
	CHECK_PARTS("//unix:/s:80/", flags, "none");
	CHECK_PARTS("//unix:/a b:/", flags, "none");
	CHECK_PARTS("//unix:/%:/", flags, "none");
}

TEST(lvn_http_uri_write__with_and_without_a_socket)
{
	struct evhttp_uri *uri = parse("//unix:/s:/p", EVHTTP_URI_UNIX_SOCKET);
	char text[32];

	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//unix:/s:/p");
	/* It stands in place of host and port. */
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, "h"), 0);
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//unix:/s:/p");
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_UNIX_SOCKET, "a:b"), -EINVAL);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_UNIX_SOCKET, ""), -EINVAL);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_UNIX_SOCKET, NULL), 0);
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//h/p");
	lvn_http_uri_free(uri);
}

TEST(lvn_http_uri_write__hosts_and_users_that_would_be_a_socket)
{
	struct evhttp_uri *uri = parse("//unix:80/p", 0);
	char text[32];

	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	uri->flags = EVHTTP_URI_UNIX_SOCKET;
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), -EINVAL);
	uri->port = -1;
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//unix/p");
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_USERINFO, "unix:x"), 0);
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), -EINVAL);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_USERINFO, "unix"), 0);
	uri->port = 80;
	ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "//unix@unix:80/p");
	lvn_http_uri_free(uri);
}

TEST(lvn_http_uri_write__what_it_needs_and_no_more)
{
	static const char expected[] = "s://u@h:1/p?q#f";
	struct evhttp_uri *uri = parse(expected, 0);

	for (size_t capacity = 0; capacity <= sizeof(expected) + 1; capacity++) {
		char text[sizeof(expected) + 2];

		memset(text, '!', sizeof(text));
		if (capacity < sizeof(expected)) {
			ck_assert_int_eq(lvn_http_uri_write(uri, text, capacity), -ERANGE);
			ck_assert_int_eq(text[0], '!');
		} else {
			ck_assert_int_eq(lvn_http_uri_write(uri, text, capacity), 0);
			ck_assert_str_eq(text, expected);
			ck_assert_int_eq(text[sizeof(expected)], '!');
		}
	}
	lvn_http_uri_free(uri);
}

TEST(lvn_http_uri_write__paths_that_would_be_something_else)
{
	static const struct {
		const char *scheme, *host, *path;
		int rc;
	} cases[] = {
	    {NULL, NULL, "//h", -EINVAL},
	    {"s", NULL, "//h", -EINVAL},
	    {NULL, "h", "//p", 0},
	    {NULL, "h", "p", -EINVAL},
	    {NULL, "h", "", 0},
	    {NULL, "h", NULL, 0},
	    {NULL, NULL, "a:b", -EINVAL},
	    {NULL, NULL, ":", -EINVAL},
	    {NULL, NULL, "a/b:c", 0},
	    {"s", NULL, "a:b", 0},
	    {NULL, NULL, NULL, 0},
	};

	for (size_t i = 0; i < LVN_COUNT_OF(cases); i++) {
		struct evhttp_uri *uri = lvn_http_uri_new();
		char text[32];

		ck_assert_int_eq(lvn_http_uri_set(uri, URI_SCHEME, cases[i].scheme), 0);
		ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, cases[i].host), 0);
		ck_assert_int_eq(lvn_http_uri_set(uri, URI_PATH, cases[i].path), 0);
		ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), cases[i].rc);
		lvn_http_uri_free(uri);
	}
}

TEST(lvn_http_uri_set__what_is_refused_changes_nothing)
{
	static const struct {
		enum uri_part part;
		const char *text;
	} cases[] = {
	    {URI_SCHEME, ""},
	    {URI_SCHEME, "1"},
	    {URI_SCHEME, "a:"},
	    {URI_USERINFO, "a@"},
	    {URI_USERINFO, "a b"},
	    {URI_HOST, "a:80"},
	    {URI_HOST, "a/b"},
	    {URI_HOST, "[::1"},
	    {URI_HOST, "[::1]:80"},
	    {URI_HOST, "::1"},
	    {URI_PATH, "a?b"},
	    {URI_PATH, "a#b"},
	    {URI_PATH, "a b"},
	    {URI_PATH, "%"},
	    {URI_QUERY, "a#b"},
	    {URI_QUERY, "a b"},
	    {URI_FRAGMENT, "a#b"},
	    {URI_FRAGMENT, "\n"},
	};
	struct evhttp_uri *uri = parse("s://u@h/p?q#f", 0);
	char text[32];

	for (size_t i = 0; i < LVN_COUNT_OF(cases); i++) {
		ck_assert_int_eq(lvn_http_uri_set(uri, cases[i].part, cases[i].text), -EINVAL);
		ck_assert_int_eq(lvn_http_uri_write(uri, text, sizeof(text)), 0);
		ck_assert_str_eq(text, "s://u@h/p?q#f");
	}
	lvn_http_uri_free(uri);
}

TEST(lvn_http_uri_set__twice_and_removed)
{
	struct evhttp_uri *uri = parse("s://u@h/p?q#f", 0);

	for (int part = 0; part < URI_PARTS; part++) {
		ck_assert_int_eq(lvn_http_uri_set(uri, part, "a"), 0);
		ck_assert_int_eq(lvn_http_uri_set(uri, part, "b"), 0);
		ck_assert_str_eq(uri->parts[part], "b");
		ck_assert_int_eq(lvn_http_uri_set(uri, part, NULL), 0);
		ck_assert_ptr_null(uri->parts[part]);
		ck_assert_int_eq(lvn_http_uri_set(uri, part, part == URI_SCHEME ? "c" : "%41"), 0);
	}
	lvn_http_uri_free(uri);
}

/* A text that fits and one that does not; what is set later is freed, the lent memory is not. */
TEST_RANGE(lvn_http_uri_parse_into__uses_lent_memory_if_it_is_large_enough, 0, 2)
{
	union {
		struct evhttp_uri uri;
		char space[sizeof(struct evhttp_uri) + sizeof("/p")];
	} lent;
	const char *text = _i == 0 ? "/p" : "/pp";
	struct evhttp_uri *uri = NULL;

	ck_assert_int_eq(
	    lvn_http_uri_parse_into(&lent.uri, sizeof(struct evhttp_uri) + sizeof("/p"), text,
		strlen(text), LVN_HTTP_URI_ORIGIN_FORM, &uri),
	    0);
	ck_assert_int_eq(uri == &lent.uri, _i == 0);
	ck_assert_str_eq(uri->parts[URI_PATH], text);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_PATH, "/q"), 0);
	ck_assert_str_eq(uri->parts[URI_PATH], "/q");
	lvn_http_uri_free(uri);
	if (_i == 0)
		ck_assert_uint_eq(lent.uri.own, LVN_HTTP_URI_IS_LENT);
}

TEST(lvn_http_uri_parse__one_allocation_that_may_fail)
{
	struct fail_nth fail = {0};
	struct evhttp_uri *uri = NULL;

	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_http_uri_parse("s://h/p", 7, 0, &uri), -ENOMEM);
	ck_assert(fail_nth_end(&fail));
	ck_assert_ptr_null(uri);
	fail.number = 1;
	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_http_uri_parse("s://h/p", 7, 0, &uri), 0);
	ck_assert(!fail_nth_end(&fail));
	fail.number = 0;
	fail_nth_begin(&fail);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_HOST, "i"), -ENOMEM);
	ck_assert_int_eq(lvn_http_uri_set(uri, URI_PATH, NULL), 0);
	ck_assert(fail_nth_end(&fail));
	ck_assert_str_eq(uri->parts[URI_HOST], "h");
	lvn_http_uri_free(uri);
	fail_nth_begin(&fail);
	ck_assert_ptr_null(lvn_http_uri_new());
	ck_assert(fail_nth_end(&fail));
	lvn_http_uri_free(NULL);
}
