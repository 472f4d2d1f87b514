/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes as a URI, and as the parts of one: what is parsed is written as it was, and what can be
 * written is parsed as the same parts, whatever the flags are.
 */
#include <event2/http.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/uri.h"

#define TEXT_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part as it counts in the text: a socket stands in place of the rest of the authority. */
static const char *
part_of(const struct evhttp_uri *uri, enum uri_part part)
{
	const char *text = uri->parts[part];

	if (part == URI_USERINFO && (uri->parts[URI_UNIX_SOCKET] || !uri->parts[URI_HOST]))
		return NULL;
	if (part == URI_HOST && uri->parts[URI_UNIX_SOCKET])
		return "";
	return text || part != URI_PATH ? text : "";
}

static int
port_of(const struct evhttp_uri *uri)
{
	return uri->parts[URI_UNIX_SOCKET] || !uri->parts[URI_HOST] ? -1 : uri->port;
}

static void
must_be_equal(const struct evhttp_uri *left, const struct evhttp_uri *right)
{
	for (int part = 0; part < URI_PARTS; part++) {
		const char *one = part_of(left, part), *other = part_of(right, part);

		must((one == NULL) == (other == NULL));
		must(!one || strcmp(one, other) == 0);
	}
	must(port_of(left) == port_of(right));
}

/* What is written is the same URI; returns whether it can be written. */
static bool
write_and_parse(const struct evhttp_uri *uri, unsigned flags, char text_out[8 * TEXT_MAX])
{
	struct evhttp_uri *again;
	size_t size;

	memset(text_out, 0x55, 8 * TEXT_MAX);
	if (lvn_http_uri_write(uri, text_out, 8 * TEXT_MAX) < 0) {
		must(text_out[0] == 0x55);
		return false;
	}
	size = strlen(text_out);
	must(lvn_http_uri_write(uri, text_out, size) < 0);
	must(lvn_http_uri_write(uri, text_out, size + 1) == 0);
	if (uri->parts[URI_UNIX_SOCKET])
		flags |= EVHTTP_URI_UNIX_SOCKET;
	must(lvn_http_uri_parse(text_out, size, flags, &again) == 0);
	must_be_equal(uri, again);
	lvn_http_uri_free(again);
	return true;
}

/* The parts may be set one by one. */
static void
rebuild(const struct evhttp_uri *uri)
{
	struct evhttp_uri *built = lvn_http_uri_new();

	built->flags = uri->flags;
	built->port = uri->port;
	for (int part = 0; part < URI_PARTS; part++)
		must(lvn_http_uri_set(built, part, uri->parts[part]) == 0);
	must_be_equal(uri, built);
	lvn_http_uri_free(built);
}

/* As an array of exactly its size. */
static void
parse_bytes(const uint8_t *data, size_t size, unsigned flags)
{
	static char text[8 * TEXT_MAX];
	char *exact = malloc(size > 0 ? size : 1);
	struct evhttp_uri *uri;

	if (size > 0)
		memcpy(exact, data, size);
	if (lvn_http_uri_parse(exact, size, flags, &uri) == 0) {
		bool written = write_and_parse(uri, flags, text);

		must(written || (flags & LVN_HTTP_URI_ORIGIN_FORM));
		/* But for an empty port, and zeros before one. */
		must(!written || strlen(text) <= size);
		must(!written || memchr(exact, ':', size) ||
		     (strlen(text) == size && memcmp(text, exact, size) == 0));
		rebuild(uri);
		lvn_http_uri_free(uri);
	}
	free(exact);
}

/* Each line is the text of one part, which its first byte names. */
static void
set_parts(const uint8_t *data, size_t size, unsigned flags)
{
	static char text[8 * TEXT_MAX];
	struct evhttp_uri *uri = lvn_http_uri_new();
	const uint8_t *end = data + size;

	uri->flags = flags;
	while (data < end) {
		const uint8_t *stop = memchr(data, '\n', (size_t)(end - data));
		char part[TEXT_MAX];
		size_t part_size;

		stop = stop ? stop : end;
		part_size = (size_t)(stop - data);
		if (part_size > 0) {
			memcpy(part, data + 1, part_size - 1);
			part[part_size - 1] = '\0';
			if (*data % 8 == URI_PARTS)
				uri->port =
				    (int)(part_size * 1000 % (LVN_HTTP_URI_PORT_MAX + 2)) - 1;
			else
				(void)!lvn_http_uri_set(uri, *data % 8, part);
		}
		data = stop < end ? stop + 1 : end;
	}
	write_and_parse(uri, flags, text);
	lvn_http_uri_free(uri);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned flags;

	if (size == 0 || size > TEXT_MAX)
		return 0;
	flags = data[0] & (EVHTTP_URI_NONCONFORMANT | EVHTTP_URI_HOST_STRIP_BRACKETS |
			      EVHTTP_URI_UNIX_SOCKET);
	if (data[0] & 16)
		set_parts(data + 1, size - 1, flags);
	else
		parse_bytes(
		    data + 1, size - 1, flags | (data[0] & 32 ? LVN_HTTP_URI_ORIGIN_FORM : 0));
	return 0;
}
