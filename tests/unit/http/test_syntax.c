/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool
is_one_of(int byte, const char *set)
{
	return byte != 0 && strchr(set, byte);
}

/* The classes as RFC 9110 and RFC 3986 write them. */
static unsigned
classes_of(int byte)
{
	bool is_visible = byte > ' ' && byte < 0x7f;
	bool is_blank = byte == ' ' || byte == '\t';
	unsigned classes = 0;

	if (is_one_of(byte, "!#$%&'*+-.^_`|~" LETTERS_AND_DIGITS))
		classes |= HTTP_CLASS_TOKEN;
	if (is_visible || is_blank || byte >= 0x80)
		classes |= HTTP_CLASS_VALUE;
	if (is_visible && byte != '#')
		classes |= HTTP_CLASS_TARGET;
	if (is_one_of(byte, "-._~!$&'()*+,;=%" LETTERS_AND_DIGITS))
		classes |= HTTP_CLASS_HOST;
	if (is_blank)
		classes |= HTTP_CLASS_BLANK;
	if ((classes & HTTP_CLASS_VALUE) && byte != '"' && byte != '\\')
		classes |= HTTP_CLASS_QUOTED;
	if (is_one_of(byte, "0123456789abcdefABCDEF"))
		classes |= HTTP_CLASS_HEX;
	return classes;
}

TEST(lvn_http_syntax_classes__as_the_grammar)
{
	for (int byte = 0; byte < 256; byte++)
		ck_assert_uint_eq(lvn_http_syntax_classes[byte], classes_of(byte));
}

TEST(lvn_http_syntax_skip__up_to_the_end)
{
	static const char text[] = "ab:c";

	ck_assert_ptr_eq(lvn_http_syntax_skip(text, text + 4, HTTP_CLASS_TOKEN), text + 2);
	ck_assert_ptr_eq(lvn_http_syntax_skip(text, text + 1, HTTP_CLASS_TOKEN), text + 1);
	ck_assert_ptr_eq(lvn_http_syntax_skip(text, text, HTTP_CLASS_TOKEN), text);
}

/* Each byte at each place of texts of each size around a word. */
TEST(lvn_http_syntax_skip_value__as_byte_by_byte)
{
	char text[24];

	for (size_t size = 1; size <= sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			for (int byte = 0; byte < 256; byte++) {
				memset(text, at % 2 == 0 ? 'v' : 0xff, sizeof(text));
				text[at] = (char)byte;

				ck_assert_ptr_eq(lvn_http_syntax_skip_value(text, text + size),
				    lvn_http_syntax_skip(text, text + size, HTTP_CLASS_VALUE));
			}
		}
	}
}

TEST(lvn_http_syntax_skip_value__two_odd_bytes_in_a_word)
{
	char text[16];

	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			memset(text, ' ', sizeof(text));
			text[3] = (char)first;
			text[4] = (char)second;

			ck_assert_ptr_eq(lvn_http_syntax_skip_value(text, text + sizeof(text)),
			    lvn_http_syntax_skip(text, text + sizeof(text), HTTP_CLASS_VALUE));
		}
	}
}

TEST(lvn_http_syntax_skip_value__nothing_behind_the_end)
{
	for (size_t size = 0; size < 20; size++) {
		char *text = malloc(size > 0 ? size : 1);

		memset(text, 'v', size);
		ck_assert_ptr_eq(lvn_http_syntax_skip_value(text, text + size), text + size);
		free(text);
	}
}

TEST(lvn_http_syntax_is_token__names_of_methods_and_fields)
{
	ck_assert(lvn_http_syntax_is_token("X-a_1", 5));
	ck_assert(!lvn_http_syntax_is_token("", 0));
	ck_assert(!lvn_http_syntax_is_token("a b", 3));
	ck_assert(!lvn_http_syntax_is_token("a:", 2));
	ck_assert(!lvn_http_syntax_is_token("a\0", 2));
	ck_assert(!lvn_http_syntax_is_token("\xc3\xbc", 2));
}

TEST(lvn_http_syntax_is_value__no_controls)
{
	ck_assert(lvn_http_syntax_is_value("", 0));
	ck_assert(lvn_http_syntax_is_value("a \t\xc3\xbc", 5));
	ck_assert(!lvn_http_syntax_is_value("a\r\n b", 5));
	ck_assert(!lvn_http_syntax_is_value("a\0b", 3));
	ck_assert(!lvn_http_syntax_is_value("\x7f", 1));
}

TEST(lvn_http_syntax_has_good_escapes__two_digits_behind_each)
{
	ck_assert(lvn_http_syntax_has_good_escapes(NULL, 0));
	ck_assert(lvn_http_syntax_has_good_escapes("abc", 3));
	ck_assert(lvn_http_syntax_has_good_escapes("%aF%00", 6));
	ck_assert(!lvn_http_syntax_has_good_escapes("%", 1));
	ck_assert(!lvn_http_syntax_has_good_escapes("%a", 2));
	ck_assert(!lvn_http_syntax_has_good_escapes("%41%4", 5));
	ck_assert(!lvn_http_syntax_has_good_escapes("%4g", 3));
	ck_assert(!lvn_http_syntax_has_good_escapes("%%41", 4));
}
