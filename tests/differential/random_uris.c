/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded texts as URIs, parts of URIs, queries and header fields: what is accepted, what the
 * parts are, what is decoded.
 *
 * What ours refuses on purpose is kept out: "%00" in the value of a query, ports that are none,
 * and paths that cannot stand where they are.
 */
#include <ctype.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "kit.h"
#include "sequence.h"

#define TEXT_MAX 256

/* Pieces of which texts are made; single bytes come beside them. */
static const char *const pieces[] = {"http", "https", "unix", "a", "b", "Z9", "-._~",
    "!$&'()*+,;=", ":", "::", "/", "//", "///", "?", "#", "@", "[", "]", "[::1]",
    "[1:2:3:4:5:6:7:8]", "[::ffff:1.2.3.4]", "[v1.a:b]", "[vf.]x", "[1.2.3.4]", "[:]", "[::00001]",
    "[fe80::1%25eth0]", "%41", "%2f", "%", "%4", "%zz", "%C3%A9", "%25", ":80", ":0", ":65535",
    ":65536", ":00080", ":8a", "://", "http://", "http://h", "user:pw@", "&", "=", "&&", "a=b",
    "x=1&", "+", "%2B", " ", "\t", "\r\n", "\r\n ", "\"", "<", ">", "\\", "^", "`", "{", "|", "}",
    "\x7f", "\x80", "\xff", "\x01", "..", "/../", "Host", "host", "HOST"};

#define PIECE_COUNT (sizeof(pieces) / sizeof(pieces[0]))

static void
make_text(char *text, size_t pieces_max)
{
	size_t count = below(pieces_max + 1), size = 0;

	for (size_t i = 0; i < count; i++) {
		char byte[2] = {(char)(1 + below(255)), '\0'};
		const char *piece = chance(12) ? byte : pieces[below(PIECE_COUNT)];

		if (size + strlen(piece) >= TEXT_MAX)
			break;
		memcpy(text + size, piece, strlen(piece));
		size += strlen(piece);
	}
	text[size] = '\0';
}

/* Printable; rotates through four buffers. */
static const char *
shown(const char *text, size_t size)
{
	static char buffers[4][4 * TEXT_MAX * 6];
	static unsigned next;
	char *out = buffers[next++ % 4], *at = out;

	if (!text)
		return "(none)";
	*at++ = '"';
	for (size_t i = 0; i < size; i++) {
		if (text[i] > ' ' && text[i] < 127 && text[i] != '\\')
			*at++ = text[i];
		else
			at += sprintf(at, "\\%02x", (unsigned char)text[i]);
	}
	*at++ = '"';
	*at = '\0';
	return out;
}

static const char *
quoted(const char *text)
{
	return shown(text, text ? strlen(text) : 0);
}

/* Whether ours writes it as the reference does: see the head of this file. */
static bool
can_be_joined(const struct evhttp_uri *uri)
{
	const char *path = evhttp_uri_get_path(uri);

	if (evhttp_uri_get_host(uri) || !path)
		return true;
	if (strncmp(path, "//", 2) == 0)
		return false;
	return evhttp_uri_get_scheme(uri) || path[strcspn(path, "/:")] != ':';
}

static void
note_uri(struct evhttp_uri *uri)
{
	static char joined[9 * TEXT_MAX];
	size_t limit = chance(4) ? below(40) : sizeof(joined);

	note("  %s %s %s %d", quoted(evhttp_uri_get_scheme(uri)),
	    quoted(evhttp_uri_get_userinfo(uri)), quoted(evhttp_uri_get_host(uri)),
	    evhttp_uri_get_port(uri));
	note("  %s %s %s", quoted(evhttp_uri_get_path(uri)), quoted(evhttp_uri_get_query(uri)),
	    quoted(evhttp_uri_get_fragment(uri)));
	if (can_be_joined(uri))
		note("  %d: %s", (int)limit, quoted(evhttp_uri_join(uri, joined, limit)));
}

static unsigned
some_flags(void)
{
	return chance(2) ? EVHTTP_URI_NONCONFORMANT : 0;
}

static void
parse_one(void)
{
	char text[TEXT_MAX];
	unsigned flags = some_flags();
	struct evhttp_uri *uri;

	make_text(text, 8);
	uri = evhttp_uri_parse_with_flags(text, flags);
	note("parse %s %u: %d", quoted(text), flags, uri != NULL);
	if (uri) {
		note_uri(uri);
		evhttp_uri_free(uri);
	}
}

typedef int setter_fn(struct evhttp_uri *uri, const char *text);

static setter_fn *const setters[] = {evhttp_uri_set_scheme, evhttp_uri_set_userinfo,
    evhttp_uri_set_host, evhttp_uri_set_path, evhttp_uri_set_query, evhttp_uri_set_fragment};

static void
set_parts(void)
{
	struct evhttp_uri *uri = chance(2) ? evhttp_uri_new() : evhttp_uri_parse("s://u@h:1/p?q#f");
	size_t steps = below(10);

	for (size_t i = 0; i < steps; i++) {
		char text[TEXT_MAX];
		size_t which = below(8);

		make_text(text, 3);
		if (which < 6)
			note("set %d %s: %d", (int)which, quoted(text),
			    setters[which](uri, chance(8) ? NULL : text));
		else if (which == 6)
			note("port: %d", evhttp_uri_set_port(uri, (int)below(65539) - 3));
		else
			evhttp_uri_set_flags(uri, some_flags());
		note_uri(uri);
	}
	evhttp_uri_free(uri);
}

static void
note_list(struct evkeyvalq *list)
{
	for (struct evkeyval *field = list->tqh_first; field; field = field->next.tqe_next)
		note("  %s: %s", quoted(field->key), quoted(field->value));
}

static void
parse_query(void)
{
	struct evkeyvalq list;
	char text[TEXT_MAX];
	bool whole = chance(3);
	int rc;

	make_text(text, 10);
	if (strstr(text, "%00"))
		return;
	rc = whole ? evhttp_parse_query(text, &list) : evhttp_parse_query_str(text, &list);
	note("query %d %s: %d", whole, quoted(text), rc);
	note_list(&list);
	evhttp_clear_headers(&list);
}

static void
recode(void)
{
	char text[TEXT_MAX], *result;
	int plus = (int)below(2);
	ev_ssize_t cut;
	size_t size = 0;

	make_text(text, 10);
	cut = chance(2) ? -1 : (ev_ssize_t)below(strlen(text) + 1);
	result = evhttp_uriencode(text, cut, plus);
	note("encode %s %d %d: %s", quoted(text), (int)cut, plus, quoted(result));
	free(result);
	result = evhttp_encode_uri(text);
	note("  %s", quoted(result));
	free(result);
	result = evhttp_uridecode(text, plus, &size);
	note("  %s", shown(result, size));
	free(result);
	result = evhttp_decode_uri(text);
	note("  %s", quoted(result));
	free(result);
	result = evhttp_htmlescape(text);
	note("  %s", quoted(result));
	free(result);
}

static void
change_fields(void)
{
	struct evkeyvalq list = {NULL, &list.tqh_first};
	size_t steps = below(12);

	for (size_t i = 0; i < steps; i++) {
		char key[TEXT_MAX], value[TEXT_MAX];

		make_text(key, 1);
		make_text(value, 3);
		switch (below(4)) {
		case 0:
			note("remove %s: %d", quoted(key), evhttp_remove_header(&list, key));
			break;
		case 1:
			note("find %s: %s", quoted(key), quoted(evhttp_find_header(&list, key)));
			break;
		default:
			note("add %s %s: %d", quoted(key), quoted(value),
			    evhttp_add_header(&list, key, value));
		}
	}
	note_list(&list);
	evhttp_clear_headers(&list);
}

static void
play(uint64_t seed)
{
	static void (*const plays[])(void) = {parse_one, parse_one, parse_one, set_parts,
	    parse_query, parse_query, recode, change_fields};

	(void)seed;
	for (int i = 0; i < 4; i++)
		plays[below(sizeof(plays) / sizeof(plays[0]))]();
}

static void
ignore_line(int severity, const char *text)
{
	(void)severity;
	(void)text;
}

int
main(int argc, char **argv)
{
	event_set_log_callback(ignore_line);
	return play_sequences(argc, argv, play);
}
