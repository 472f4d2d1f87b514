/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * URIs and escaping in the hands of programs.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static int log_lines;

static void
count_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
	log_lines++;
}

static void
check_freed(char *text, const char *expected)
{
	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, expected);
	free(text);
}

TEST(evhttp_uri_parse__parts_of_a_uri)
{
	struct evhttp_uri *uri = evhttp_uri_parse("https://me:pw@[::1]:8443/a/b?c=d#e");
	char text[64];

	ck_assert_str_eq(evhttp_uri_get_scheme(uri), "https");
	ck_assert_str_eq(evhttp_uri_get_userinfo(uri), "me:pw");
	ck_assert_str_eq(evhttp_uri_get_host(uri), "[::1]");
	ck_assert_ptr_null(evhttp_uri_get_unixsocket(uri));
	ck_assert_int_eq(evhttp_uri_get_port(uri), 8443);
	ck_assert_str_eq(evhttp_uri_get_path(uri), "/a/b");
	ck_assert_str_eq(evhttp_uri_get_query(uri), "c=d");
	ck_assert_str_eq(evhttp_uri_get_fragment(uri), "e");
	ck_assert_ptr_eq(evhttp_uri_join(uri, text, sizeof(text)), text);
	ck_assert_str_eq(text, "https://me:pw@[::1]:8443/a/b?c=d#e");
	evhttp_uri_free(uri);
}

TEST(evhttp_uri_parse__says_why_it_failed)
{
	errno = 0;
	ck_assert_ptr_null(evhttp_uri_parse("1:"));
	ck_assert_int_eq(errno, EINVAL);
}

TEST(evhttp_uri_parse__blanks_are_refused)
{
	struct evhttp_uri *uri;

	ck_assert_ptr_null(evhttp_uri_parse("http://h/a b"));
	ck_assert_ptr_null(evhttp_uri_parse(" http://h/"));
	ck_assert_ptr_null(evhttp_uri_parse("http://h/ "));
	uri = evhttp_uri_parse_with_flags("http://h/a b", EVHTTP_URI_NONCONFORMANT);
	ck_assert_str_eq(evhttp_uri_get_path(uri), "/a b");
	evhttp_uri_free(uri);
	ck_assert_ptr_null(evhttp_uri_parse_with_flags("http://h i/", EVHTTP_URI_NONCONFORMANT));
}

TEST(evhttp_uri_new__has_no_parts)
{
	struct evhttp_uri *uri = evhttp_uri_new();
	char text[1];

	ck_assert_ptr_null(evhttp_uri_get_scheme(uri));
	ck_assert_ptr_null(evhttp_uri_get_host(uri));
	ck_assert_ptr_null(evhttp_uri_get_path(uri));
	ck_assert_int_eq(evhttp_uri_get_port(uri), -1);
	ck_assert_ptr_nonnull(evhttp_uri_join(uri, text, sizeof(text)));
	ck_assert_str_eq(text, "");
	evhttp_uri_free(uri);
	evhttp_uri_free(NULL);
}

TEST(evhttp_uri_set_path__all_setters)
{
	struct evhttp_uri *uri = evhttp_uri_new();
	char text[64];

	ck_assert_int_eq(evhttp_uri_set_scheme(uri, "http"), 0);
	ck_assert_int_eq(evhttp_uri_set_userinfo(uri, "u"), 0);
	ck_assert_int_eq(evhttp_uri_set_host(uri, "h"), 0);
	ck_assert_int_eq(evhttp_uri_set_port(uri, 80), 0);
	ck_assert_int_eq(evhttp_uri_set_path(uri, "/p"), 0);
	ck_assert_int_eq(evhttp_uri_set_query(uri, "q"), 0);
	ck_assert_int_eq(evhttp_uri_set_fragment(uri, "f"), 0);
	ck_assert_str_eq(evhttp_uri_join(uri, text, sizeof(text)), "http://u@h:80/p?q#f");
	ck_assert_int_eq(evhttp_uri_set_unixsocket(uri, "/s"), 0);
	ck_assert_str_eq(evhttp_uri_get_unixsocket(uri), "/s");
	ck_assert_str_eq(evhttp_uri_join(uri, text, sizeof(text)), "http://unix:/s:/p?q#f");
	ck_assert_int_eq(evhttp_uri_set_unixsocket(uri, NULL), 0);
	errno = 0;
	ck_assert_int_eq(evhttp_uri_set_path(uri, "a b"), -1);
	ck_assert_int_eq(errno, EINVAL);
	evhttp_uri_set_flags(uri, EVHTTP_URI_NONCONFORMANT);
	ck_assert_int_eq(evhttp_uri_set_path(uri, "/a b"), 0);
	ck_assert_str_eq(evhttp_uri_join(uri, text, sizeof(text)), "http://u@h:80/a b?q#f");
	evhttp_uri_free(uri);
}

TEST(evhttp_uri_set_port__numbers_that_are_no_port)
{
	struct evhttp_uri *uri = evhttp_uri_parse("//h:1");

	ck_assert_int_eq(evhttp_uri_set_port(uri, -2), -1);
	ck_assert_int_eq(evhttp_uri_set_port(uri, 65536), -1);
	ck_assert_int_eq(evhttp_uri_get_port(uri), 1);
	ck_assert_int_eq(evhttp_uri_set_port(uri, 65535), 0);
	ck_assert_int_eq(evhttp_uri_get_port(uri), 65535);
	ck_assert_int_eq(evhttp_uri_set_port(uri, 0), 0);
	ck_assert_int_eq(evhttp_uri_get_port(uri), 0);
	ck_assert_int_eq(evhttp_uri_set_port(uri, -1), 0);
	ck_assert_int_eq(evhttp_uri_get_port(uri), -1);
	evhttp_uri_free(uri);
}

TEST(evhttp_uri_join__paths_that_would_be_something_else)
{
	struct evhttp_uri *uri = evhttp_uri_new();
	char text[32] = "as it was";

	ck_assert_int_eq(evhttp_uri_set_path(uri, "//evil.example/"), 0);
	errno = 0;
	ck_assert_ptr_null(evhttp_uri_join(uri, text, sizeof(text)));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_str_eq(text, "as it was");
	ck_assert_int_eq(evhttp_uri_set_path(uri, "javascript:x"), 0);
	ck_assert_ptr_null(evhttp_uri_join(uri, text, sizeof(text)));
	evhttp_uri_free(uri);
}

TEST(evhttp_uri_set_flags__programs_have_no_other_flags)
{
	struct evhttp_uri *uri = evhttp_uri_parse_with_flags("//h/p", ~0U & ~8U);

	ck_assert_str_eq(evhttp_uri_get_host(uri), "h");
	evhttp_uri_set_flags(uri, EVHTTP_URI_HOST_STRIP_BRACKETS);
	ck_assert_int_eq(evhttp_uri_set_host(uri, "[::1]"), 0);
	ck_assert_str_eq(evhttp_uri_get_host(uri), "::1");
	evhttp_uri_free(uri);
}

TEST(EVHTTP_URI_UNIX_SOCKET__host_is_empty)
{
	struct evhttp_uri *uri =
	    evhttp_uri_parse_with_flags("http://unix:/run/a.sock:/p", EVHTTP_URI_UNIX_SOCKET);

	ck_assert_str_eq(evhttp_uri_get_unixsocket(uri), "/run/a.sock");
	ck_assert_str_eq(evhttp_uri_get_host(uri), "");
	ck_assert_int_eq(evhttp_uri_get_port(uri), -1);
	ck_assert_str_eq(evhttp_uri_get_path(uri), "/p");
	evhttp_uri_free(uri);
}

TEST(evhttp_uriencode__sizes)
{
	check_freed(evhttp_uriencode("a b", -1, 0), "a%20b");
	check_freed(evhttp_uriencode("a b", -5, 1), "a+b");
	check_freed(evhttp_uriencode("a b", 2, 1), "a+");
	check_freed(evhttp_uriencode("a b", 0, 1), "");
	check_freed(evhttp_uriencode(NULL, 0, 1), "");
	check_freed(evhttp_encode_uri("/a?b"), "%2Fa%3Fb");
}

TEST(evhttp_uriencode__zero_bytes_within_the_size)
{
	check_freed(evhttp_uriencode("a\0b c", 5, 0), "a%00b%20c");
	check_freed(evhttp_uriencode("\0", 1, 0), "%00");
}

TEST(evhttp_uridecode__a_percent_sign_at_the_end_is_not_read_beyond)
{
	static const char *const texts[] = {"%", "%F", "a%", "a%F"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* As large as it must be, for the address sanitizer. */
		char *exact = malloc(strlen(texts[i]) + 1);

		memcpy(exact, texts[i], strlen(texts[i]) + 1);
		check_freed(evhttp_uridecode(exact, 1, NULL), texts[i]);
		check_freed(evhttp_decode_uri(exact), texts[i]);
		free(exact);
	}
}

TEST(evhttp_uridecode__a_zero_byte_is_in_the_size)
{
	size_t size = 0;
	char *bytes = evhttp_uridecode("a%00b", 0, &size);

	ck_assert_uint_eq(size, 3);
	ck_assert_mem_eq(bytes, "a\0b", 4);
	free(bytes);
}

TEST(evhttp_uridecode__plus_is_a_blank_where_it_is_asked_for)
{
	size_t size = 0;

	check_freed(evhttp_uridecode("a+b?c+d", 0, &size), "a+b?c+d");
	ck_assert_uint_eq(size, 7);
	check_freed(evhttp_uridecode("a+b?c+d", 1, NULL), "a b?c d");
	check_freed(evhttp_uridecode("a%2Bb", 1, NULL), "a+b");
	check_freed(evhttp_decode_uri("a+b?c+d"), "a+b?c d");
	check_freed(evhttp_decode_uri("a+b%3fc+d"), "a+b?c+d");
}

TEST(evhttp_htmlescape__five_characters)
{
	check_freed(evhttp_htmlescape("<a href=\"x\">'&'"),
	    "&lt;a href=&quot;x&quot;&gt;&#039;&amp;&#039;");
}

TEST(evhttp_uri_parse__wrong_arguments)
{
	struct evhttp_uri *uri = evhttp_uri_new();

	event_set_log_callback(count_line);
	ck_assert_ptr_null(evhttp_uri_parse(NULL));
	evhttp_uri_set_flags(NULL, 0);
	ck_assert_ptr_null(evhttp_uri_get_scheme(NULL));
	ck_assert_ptr_null(evhttp_uri_get_userinfo(NULL));
	ck_assert_ptr_null(evhttp_uri_get_host(NULL));
	ck_assert_ptr_null(evhttp_uri_get_unixsocket(NULL));
	ck_assert_int_eq(evhttp_uri_get_port(NULL), -1);
	ck_assert_ptr_null(evhttp_uri_get_path(NULL));
	ck_assert_ptr_null(evhttp_uri_get_query(NULL));
	ck_assert_ptr_null(evhttp_uri_get_fragment(NULL));
	ck_assert_int_eq(evhttp_uri_set_path(NULL, "a"), -1);
	ck_assert_int_eq(evhttp_uri_set_port(NULL, 1), -1);
	ck_assert_ptr_null(evhttp_uri_join(NULL, NULL, 0));
	ck_assert_ptr_null(evhttp_uri_join(uri, NULL, 1));
	ck_assert_ptr_null(evhttp_encode_uri(NULL));
	ck_assert_ptr_null(evhttp_decode_uri(NULL));
	ck_assert_ptr_null(evhttp_uridecode(NULL, 0, NULL));
	ck_assert_ptr_null(evhttp_htmlescape(NULL));
	ck_assert_int_eq(log_lines, 18);
	ck_assert_int_eq(errno, EINVAL);
	/* Nothing fits, but nothing is wrong. */
	ck_assert_ptr_null(evhttp_uri_join(uri, NULL, 0));
	ck_assert_int_eq(errno, ERANGE);
	ck_assert_int_eq(log_lines, 18);
	evhttp_uri_free(uri);
}
