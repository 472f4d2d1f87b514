/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/uri.h"

#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "http/host.h"
#include "http/slice.h"

/* What a byte may be part of, besides escapes; and the bytes that end a part. */
enum byte_class {
	IN_SCHEME = 1,
	IN_USERINFO = 2,
	IN_PATH = 4,
	IN_QUERY = 8, /* and in the fragment */
	HASH = 16,
	QUESTION_MARK = 32,
	SLASH = 64
};

/* RFC 3986 2 and 3, 16 bytes in a row.  Above ASCII there is nothing; the suite compares. */
/* clang-format off */
static const uint8_t classes[256] = {
	  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  /* 00 */
	  0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,  /* 10 */
	  0,  14,   0,  16,  14,   0,  14,  14,  14,  14,  14,  15,  14,  15,  15,  76,  /* 20 */
	 15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  14,  14,   0,  14,   0,  40,  /* 30 */
	 12,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  /* 40 */
	 15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,   0,   0,   0,   0,  14,  /* 50 */
	  0,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  /* 60 */
	 15,  15,  15,  15,  15,  15,  15,  15,  15,  15,  15,   0,   0,   0,  14,   0,  /* 70 */
};
/* clang-format on */

/* What stands before the name of a socket. */
static const char unix_prefix[] = "unix:";

#define UNIX_PREFIX_SIZE (sizeof(unix_prefix) - 1)

/* A part that is missing has `at` NULL. */
struct split {
	struct http_slice parts[URI_PARTS];
	int port;
};

static bool
is_in(char byte, unsigned class)
{
	return (classes[(uint8_t)byte] & class) != 0;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- Whether a text may be a part ---- */

/* Where bytes of the class, and escapes, end. */
static const char *
skip_escaped(const char *at, const char *end, unsigned class)
{
	for (;;) {
		while (at < end && is_in(*at, class))
			at++;
		if (end - at < 3 || *at != '%' || lvn_number_digit_value(at[1]) < 0 ||
		    lvn_number_digit_value(at[2]) < 0)
			return at;
		at += 3;
	}
}

/* Where bytes that are not of these classes end. */
static const char *
skip_until(const char *at, const char *end, unsigned stops)
{
	while (at < end && !is_in(*at, stops))
		at++;
	return at;
}

static bool
is_scheme(struct http_slice text)
{
	size_t at = 0;

	if (text.size == 0 || !is_letter(text.at[0]))
		return false;
	while (at < text.size && is_in(text.at[at], IN_SCHEME))
		at++;
	return at == text.size;
}

static bool
is_host(struct http_slice text)
{
	struct http_slice host, port;

	return lvn_http_host_split(text, &host, &port) && host.size == text.size;
}

/* A socket's name is followed by a colon. */
static bool
is_unix_socket(struct http_slice text, unsigned flags)
{
	const char *end = text.at + text.size;

	if (text.size == 0 || memchr(text.at, ':', text.size))
		return false;
	if (flags & EVHTTP_URI_NONCONFORMANT)
		return skip_until(text.at, end, QUESTION_MARK | HASH) == end;
	return skip_escaped(text.at, end, IN_PATH) == end;
}

/* Bytes of the class, and escapes; all bytes but those that end it if it need not conform. */
static bool
is_of(struct http_slice text, unsigned class, unsigned stops, unsigned flags)
{
	const char *end = text.at + text.size;

	if (flags & EVHTTP_URI_NONCONFORMANT)
		return skip_until(text.at, end, stops) == end;
	return skip_escaped(text.at, end, class) == end;
}

static bool
is_part(enum uri_part part, struct http_slice text, unsigned flags)
{
	switch (part) {
	case URI_SCHEME:
		return is_scheme(text);
	case URI_USERINFO:
		return is_of(text, IN_USERINFO, 0, 0);
	case URI_HOST:
		return is_host(text);
	case URI_UNIX_SOCKET:
		return is_unix_socket(text, flags);
	case URI_PATH:
		return is_of(text, IN_PATH, QUESTION_MARK | HASH, flags);
	case URI_QUERY:
		return is_of(text, IN_QUERY, HASH, flags);
	default:
		return is_of(text, IN_QUERY, 0, flags);
	}
}

/* ---- Text to parts ---- */

static struct http_slice
between(const char *at, const char *end)
{
	return (struct http_slice){at, (size_t)(end - at)};
}

/* The scheme, if there is one.  A first segment with a colon would look like one. */
static const char *
read_scheme(const char *at, const char *end, struct split *out)
{
	const char *segment_end = skip_until(at, end, SLASH | QUESTION_MARK | HASH);
	const char *colon = at == end ? NULL : memchr(at, ':', (size_t)(segment_end - at));

	if (!colon)
		return at;
	out->parts[URI_SCHEME] = between(at, colon);
	return colon + 1;
}

/* "unix:" and what follows it up to a colon, behind which a path begins or nothing is. */
static const char *
read_unix_socket(const char *at, const char *end, struct split *out)
{
	const char *stop = skip_until(at, end, QUESTION_MARK | HASH);
	const char *colon = memchr(at, ':', (size_t)(stop - at));

	if (!colon || (colon + 1 < end && !is_in(colon[1], SLASH | QUESTION_MARK | HASH)))
		return NULL;
	out->parts[URI_HOST] = (struct http_slice){"", 0};
	out->parts[URI_UNIX_SOCKET] = between(at, colon);
	return colon + 1;
}

/* What follows the two slashes.  Returns where it ends, or NULL. */
static const char *
read_authority(const char *at, const char *end, unsigned flags, struct split *out)
{
	struct http_slice host, port;
	const char *stop, *sign;
	uint64_t number;

	if ((flags & EVHTTP_URI_UNIX_SOCKET) && (size_t)(end - at) >= UNIX_PREFIX_SIZE &&
	    memcmp(at, unix_prefix, UNIX_PREFIX_SIZE) == 0)
		return read_unix_socket(at + UNIX_PREFIX_SIZE, end, out);
	stop = skip_until(at, end, SLASH | QUESTION_MARK | HASH);
	sign = memchr(at, '@', (size_t)(stop - at));
	if (sign) {
		out->parts[URI_USERINFO] = between(at, sign);
		at = sign + 1;
	}
	if (!lvn_http_host_split(between(at, stop), &host, &port))
		return NULL;
	out->parts[URI_HOST] = host;
	if (port.size > 0) {
		lvn_number_read_digits(port.at, port.at + port.size, 10, &number);
		out->port = (int)number;
	}
	return stop;
}

static void
read_path_and_rest(const char *at, const char *end, struct split *out)
{
	const char *stop = skip_until(at, end, QUESTION_MARK | HASH);

	out->parts[URI_PATH] = between(at, stop);
	if (stop < end && *stop == '?') {
		at = stop + 1;
		stop = skip_until(at, end, HASH);
		out->parts[URI_QUERY] = between(at, stop);
	}
	if (stop < end)
		out->parts[URI_FRAGMENT] = between(stop + 1, end);
}

/* Returns whether it is a URI or a relative reference. */
static bool
split(const char *at, size_t size, unsigned flags, struct split *out)
{
	const char *end = at + size;
	/* Behind the authority there is nothing to check then: parts end where others begin. */
	int checked = flags & EVHTTP_URI_NONCONFORMANT ? URI_PATH : URI_PARTS;

	*out = (struct split){.port = -1};
	if (memchr(at, '\0', size))
		return false;
	at = read_scheme(at, end, out);
	if (!(flags & LVN_HTTP_URI_ORIGIN_FORM) && end - at >= 2 && at[0] == '/' && at[1] == '/') {
		at = read_authority(at + 2, end, flags, out);
		if (!at)
			return false;
	}
	read_path_and_rest(at, end, out);
	for (int part = 0; part < checked; part++) {
		if (out->parts[part].at && !is_part(part, out->parts[part], flags))
			return false;
	}
	return true;
}

/* ---- The struct ---- */

static bool
is_bracketed(const char *text, size_t size)
{
	return size >= 2 && text[0] == '[';
}

/* How much space a part takes, the host's text between its brackets included. */
static size_t
space_of(enum uri_part part, struct http_slice text)
{
	bool twice = part == URI_HOST && is_bracketed(text.at, text.size);

	return text.size + 1 + (twice ? text.size - 1 : 0);
}

static char *
copy_text(char *at, const char *text, size_t size)
{
	if (size > 0)
		memcpy(at, text, size);
	at[size] = '\0';
	return at + size + 1;
}

/* Returns where the space of the part ends. */
static char *
copy_part(char *at, enum uri_part part, struct http_slice text)
{
	at = copy_text(at, text.at, text.size);
	if (part == URI_HOST && is_bracketed(text.at, text.size))
		at = copy_text(at, text.at + 1, text.size - 2);
	return at;
}

struct evhttp_uri *
lvn_http_uri_new(void)
{
	struct evhttp_uri *uri = lvn_calloc(1, sizeof(*uri));

	if (uri)
		uri->port = -1;
	return uri;
}

void
lvn_http_uri_free(struct evhttp_uri *uri)
{
	if (!uri)
		return;
	for (int part = 0; part < URI_PARTS; part++) {
		if (uri->own & (1U << part))
			lvn_free(uri->parts[part]);
	}
	if (uri->own & LVN_HTTP_URI_IS_LENT)
		uri->own = LVN_HTTP_URI_IS_LENT;
	else
		lvn_free(uri);
}

int
lvn_http_uri_parse(const char *text, size_t size, unsigned flags, struct evhttp_uri **uri_out)
{
	return lvn_http_uri_parse_into(NULL, 0, text, size, flags, uri_out);
}

int
lvn_http_uri_parse_into(struct evhttp_uri *lent, size_t lent_size, const char *text, size_t size,
    unsigned flags, struct evhttp_uri **uri_out)
{
	struct split found;
	struct evhttp_uri *uri;
	size_t space = sizeof(*uri);
	char *at;

	if (!split(text, size, flags, &found))
		return -EINVAL;
	for (int part = 0; part < URI_PARTS; part++) {
		if (found.parts[part].at)
			space += space_of(part, found.parts[part]);
	}
	uri = space <= lent_size ? lent : lvn_alloc(space);
	if (!uri)
		return -ENOMEM;
	*uri = (struct evhttp_uri){.flags = flags, .port = found.port};
	if (uri == lent)
		uri->own = LVN_HTTP_URI_IS_LENT;
	at = (char *)(uri + 1);
	for (int part = 0; part < URI_PARTS; part++) {
		if (!found.parts[part].at)
			continue;
		uri->parts[part] = at;
		at = copy_part(at, part, found.parts[part]);
	}
	*uri_out = uri;
	return 0;
}

const char *
lvn_http_uri_host(const struct evhttp_uri *uri)
{
	const char *host = uri->parts[URI_HOST];

	if (!host || !(uri->flags & EVHTTP_URI_HOST_STRIP_BRACKETS) || host[0] != '[')
		return host;
	return host + strlen(host) + 1;
}

int
lvn_http_uri_set(struct evhttp_uri *uri, enum uri_part part, const char *text)
{
	char *copy = NULL;

	if (text) {
		struct http_slice whole = {text, strlen(text)};

		if (!is_part(part, whole, uri->flags))
			return -EINVAL;
		copy = lvn_alloc(space_of(part, whole));
		if (!copy)
			return -ENOMEM;
		copy_part(copy, part, whole);
	}
	if (uri->own & (1U << part))
		lvn_free(uri->parts[part]);
	uri->parts[part] = copy;
	uri->own |= 1U << part;
	return 0;
}

/* ---- Parts to text ---- */

/* Counts, and writes if there is space. */
struct output {
	char *at; /* NULL: only counts */
	size_t size;
};

static void
put_bytes(struct output *out, const char *bytes, size_t size)
{
	if (out->at)
		memcpy(out->at + out->size, bytes, size);
	out->size += size;
}

/* A part that is there, between what stands before and behind it. */
static void
put(struct output *out, const char *before, const char *part, const char *behind)
{
	if (!part)
		return;
	put_bytes(out, before, strlen(before));
	put_bytes(out, part, strlen(part));
	put_bytes(out, behind, strlen(behind));
}

static bool
has_authority(const struct evhttp_uri *uri)
{
	return uri->parts[URI_HOST] || uri->parts[URI_UNIX_SOCKET];
}

/* The path must not be taken for a part of the host, a host, or a scheme (RFC 3986 3.3). */
static bool
path_fits(const struct evhttp_uri *uri)
{
	const char *path = uri->parts[URI_PATH];

	if (!path)
		return true;
	if (has_authority(uri))
		return path[0] == '\0' || path[0] == '/';
	if (path[0] == '/' && path[1] == '/')
		return false;
	return uri->parts[URI_SCHEME] || path[strcspn(path, "/:")] != ':';
}

/* A host with a port, or a user, must not be taken for a socket. */
static bool
authority_fits(const struct evhttp_uri *uri)
{
	const char *userinfo = uri->parts[URI_USERINFO], *host = uri->parts[URI_HOST];

	if (!(uri->flags & EVHTTP_URI_UNIX_SOCKET) || !host || uri->parts[URI_UNIX_SOCKET])
		return true;
	if (userinfo)
		return strncmp(userinfo, unix_prefix, UNIX_PREFIX_SIZE) != 0;
	return uri->port < 0 || strcmp(host, "unix") != 0;
}

static void
put_authority(struct output *out, const struct evhttp_uri *uri)
{
	char digits[24];

	if (uri->parts[URI_UNIX_SOCKET]) {
		put(out, "//", unix_prefix, "");
		put(out, "", uri->parts[URI_UNIX_SOCKET], ":");
		return;
	}
	put_bytes(out, "//", 2);
	put(out, "", uri->parts[URI_USERINFO], "@");
	put(out, "", uri->parts[URI_HOST], "");
	if (uri->port >= 0) {
		*lvn_number_write_digits(digits, (uint64_t)uri->port, 10) = '\0';
		put(out, ":", digits, "");
	}
}

static void
put_uri(struct output *out, const struct evhttp_uri *uri)
{
	put(out, "", uri->parts[URI_SCHEME], ":");
	if (has_authority(uri))
		put_authority(out, uri);
	put(out, "", uri->parts[URI_PATH], "");
	put(out, "?", uri->parts[URI_QUERY], "");
	put(out, "#", uri->parts[URI_FRAGMENT], "");
}

int
lvn_http_uri_write(const struct evhttp_uri *uri, char *text_out, size_t capacity)
{
	struct output counted = {NULL, 0}, written = {text_out, 0};

	if (!path_fits(uri) || !authority_fits(uri))
		return -EINVAL;
	put_uri(&counted, uri);
	if (counted.size >= capacity)
		return -ERANGE;
	put_uri(&written, uri);
	text_out[written.size] = '\0';
	return 0;
}
