/* SPDX-License-Identifier: BSD-3-Clause */
/* Queries, escapes and header fields: what is accepted, what is in the list, what is decoded. */
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "kit.h"

/* Printable; rotates through four buffers. */
static const char *
shown(const char *text, size_t size)
{
	static char buffers[4][1024];
	static unsigned next;
	char *out = buffers[next++ % 4], *at = out;

	for (size_t i = 0; text && i < size; i++) {
		if (text[i] > ' ' && text[i] < 127)
			*at++ = text[i];
		else
			at += sprintf(at, "\\%02x", (unsigned char)text[i]);
	}
	*at = '\0';
	return text ? out : "(none)";
}

static const char *
quoted(const char *text)
{
	return shown(text, text ? strlen(text) : 0);
}

static void
say_list(const struct evkeyvalq *list)
{
	for (struct evkeyval *field = list->tqh_first; field; field = field->next.tqe_next)
		say("\t[%s] [%s]", quoted(field->key), quoted(field->value));
}

static void
parse_queries(void)
{
	static const char *const queries[] = {"", "&", "&&", "=", "=&", "a", "a=", "=b", "a=b",
	    "a=b&", "&a=b", "a=b&&", "a=b&&c=d", "a=b&c", "a&c=d", "a=b&=d", "a=b=c",
	    "a==", "a=b;c=d", "a=b+c", "a+b=c", "a%3db=c", "a%20b=c%20d", "a=%", "a=%4", "a=%41",
	    "a=b#c", "a=b?c=d", "a=1&a=2", "A=1&a=2", "a=%26&b=c", "a=%3d", "?a=b", "a=\x80",
	    "a b=c d", "a=&b=", "a=%00", "a=b%00c", "a=b&c=%00", "a%00=b"};

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		struct evkeyvalq list;

		memset(&list, 0x55, sizeof(list));
		say("query [%s]: %d", quoted(queries[i]),
		    evhttp_parse_query_str(queries[i], &list));
		say_list(&list);
		evhttp_clear_headers(&list);
	}
}

static void
parse_whole_uris(void)
{
	static const char *const uris[] = {"", "/", "/?", "/?a", "/?a=b", "/?a=b#c", "?a=b", "a=b",
	    "http://h/p?a=b", "http://h/p?a=b&c", "http://h?a=b", "/a b?a=b", "/?a=b c", "/?a=[",
	    "/#?a=b", "//?a=b", "/p?a=b?c=d", "/%?a=b", "?", "#", "/?=&", "/?a=b+c", "/?a=%00"};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct evkeyvalq list;

		memset(&list, 0x55, sizeof(list));
		say("uri [%s]: %d", uris[i], evhttp_parse_query(uris[i], &list));
		say_list(&list);
		evhttp_clear_headers(&list);
	}
}

static void
decode(void)
{
	static const char *const texts[] = {"", "%41", "%4", "%", "a%F", "%%41", "%zz", "%4g",
	    "%g4", "a+b", "a+b?c+d", "a+b?c+d?e+f", "?+", "%3f+", "%2b?%2B", "%00", "a%00b",
	    "%c3%A9", "%u0041", "+%", "%+1", "% 1", "%0x", "%-1", "\x80%ff\xff"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *decoded = evhttp_decode_uri(texts[i]);

		say("decode [%s]: [%s]", quoted(texts[i]), quoted(decoded));
		free(decoded);
		for (int plus = -1; plus < 3; plus++) {
			size_t size = 99;

			decoded = evhttp_uridecode(texts[i], plus, &size);
			say("\t%d: [%s]", plus, shown(decoded, size));
			free(decoded);
		}
	}
}

static void
encode_and_escape(void)
{
	static const char *const texts[] = {"", "a", "<a href=\"x\">'&'</a>", "&amp;", "\x80<"};
	char bytes[256], *encoded;

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)(i + 1);
	for (int plus = 0; plus < 3; plus++) {
		encoded = evhttp_uriencode(bytes, -1, plus);
		say("encode %d: %s", plus, encoded);
		free(encoded);
		encoded = evhttp_uriencode("a\0b c", 5, plus);
		say("encode %d: %s", plus, encoded);
		free(encoded);
		for (int size = -3; size < 3; size++) {
			encoded = evhttp_uriencode("abc", size, plus);
			say("\t%d: %s", size, encoded);
			free(encoded);
		}
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *escaped = evhttp_htmlescape(texts[i]);

		say("escape: %s", quoted(escaped));
		free(escaped);
	}
}

static void
add_fields(void)
{
	static const char *const fields[][2] = {{"a", "b"}, {"", ""}, {"a b", "x"}, {"a:b", "x"},
	    {"a\r", "x"}, {"a\n", "x"}, {"a\r\nb", "x"}, {"a", "x\r"}, {"a", "x\n"},
	    {"a", "x\r\ny"}, {"a", "x\r\n y"}, {"a", "x\r\n\ty"}, {"a", "x\n y"}, {"a", "x\r y"},
	    {"a", "x\r\n "}, {"a", "\r\n x"}, {"a", "x\r\n y\r\n z"}, {"a", " x "}, {"a", "\t"},
	    {"\x7f", "\x01"}, {"\x80", "\x80"}};
	struct evkeyvalq list = {NULL, &list.tqh_first};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		say("add [%s] [%s]: %d", quoted(fields[i][0]), quoted(fields[i][1]),
		    evhttp_add_header(&list, fields[i][0], fields[i][1]));
	say_list(&list);
	say("again: %d", evhttp_add_header(&list, "A", "c"));
	say("find: %s", evhttp_find_header(&list, "A"));
	say("remove: %d", evhttp_remove_header(&list, "A"));
	say_list(&list);
	say("remove what is not there: %d", evhttp_remove_header(&list, "x"));
	evhttp_clear_headers(&list);
	say_list(&list);
	say("add after clearing: %d", evhttp_add_header(&list, "a", "b"));
	/* It forgets what is there. */
	say("parse into it: %d", evhttp_parse_query_str("c=d", &list));
	say_list(&list);
	evhttp_clear_headers(&list);
}

static void
nothing(void)
{
}

static void
pass_nothing(void)
{
	struct evkeyvalq list = {NULL, &list.tqh_first}, zeros = {0};

	KIT_ANSWER(nothing, "find in nothing", evhttp_find_header(NULL, "a") != NULL);
	KIT_ANSWER(nothing, "find nothing", evhttp_find_header(&list, NULL) != NULL);
	KIT_ANSWER(nothing, "add without a name", evhttp_add_header(&list, NULL, "a"));
	KIT_ANSWER(nothing, "add without a value", evhttp_add_header(&list, "a", NULL));
	KIT_ANSWER(nothing, "add to zeros", evhttp_add_header(&zeros, "a", "b"));
	KIT_ANSWER(nothing, "clear nothing", (evhttp_clear_headers(NULL), 0));
	KIT_ANSWER(nothing, "parse no query", evhttp_parse_query_str(NULL, &list));
	KIT_ANSWER(nothing, "parse no uri", evhttp_parse_query(NULL, &list));
	KIT_ANSWER(nothing, "encode", evhttp_encode_uri(NULL) != NULL);
	KIT_ANSWER(nothing, "encode no bytes", evhttp_uriencode(NULL, 0, 0) != NULL);
	KIT_ANSWER(nothing, "decode", evhttp_decode_uri(NULL) != NULL);
	KIT_ANSWER(nothing, "decode a part", evhttp_uridecode(NULL, 0, NULL) != NULL);
	KIT_ANSWER(nothing, "escape", evhttp_htmlescape(NULL) != NULL);
}

int
main(void)
{
	event_set_log_callback(kit_log_apart);
	parse_queries();
	parse_whole_uris();
	decode();
	encode_and_escape();
	add_fields();
	pass_nothing();
	return 0;
}
