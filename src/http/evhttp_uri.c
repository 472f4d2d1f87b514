/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The public functions about URIs and escaping.
 */
#include <errno.h>
#include <event2/http.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/encoding.h"
#include "http/uri.h"

/* A program's flags are below those of our own. */
#define PUBLIC_FLAGS (LVN_HTTP_URI_ORIGIN_FORM - 1)

struct evhttp_uri *
evhttp_uri_new(void)
{
	return lvn_http_uri_new();
}

void
evhttp_uri_free(struct evhttp_uri *uri)
{
	lvn_http_uri_free(uri);
}

struct evhttp_uri *
evhttp_uri_parse_with_flags(const char *source_uri, unsigned flags)
{
	struct evhttp_uri *uri;
	int rc;

	if (!source_uri) {
		lvn_log_misuse(__func__, "no text");
		return NULL;
	}
	rc = lvn_http_uri_parse(source_uri, strlen(source_uri), flags & PUBLIC_FLAGS, &uri);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return uri;
}

struct evhttp_uri *
evhttp_uri_parse(const char *source_uri)
{
	return evhttp_uri_parse_with_flags(source_uri, 0);
}

void
evhttp_uri_set_flags(struct evhttp_uri *uri, unsigned flags)
{
	if (!uri)
		lvn_log_misuse(__func__, "no URI");
	else
		uri->flags = flags & PUBLIC_FLAGS;
}

/* ---- Parts ---- */

static const char *
get_part(const struct evhttp_uri *uri, enum uri_part part, const char *caller)
{
	if (!uri) {
		lvn_log_misuse(caller, "no URI");
		return NULL;
	}
	return part == URI_HOST ? lvn_http_uri_host(uri) : uri->parts[part];
}

const char *
evhttp_uri_get_scheme(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_SCHEME, __func__);
}

const char *
evhttp_uri_get_userinfo(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_USERINFO, __func__);
}

const char *
evhttp_uri_get_host(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_HOST, __func__);
}

const char *
evhttp_uri_get_unixsocket(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_UNIX_SOCKET, __func__);
}

int
evhttp_uri_get_port(const struct evhttp_uri *uri)
{
	return uri ? uri->port : lvn_log_misuse(__func__, "no URI");
}

const char *
evhttp_uri_get_path(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_PATH, __func__);
}

const char *
evhttp_uri_get_query(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_QUERY, __func__);
}

const char *
evhttp_uri_get_fragment(const struct evhttp_uri *uri)
{
	return get_part(uri, URI_FRAGMENT, __func__);
}

static int
set_part(struct evhttp_uri *uri, enum uri_part part, const char *text, const char *caller)
{
	int rc;

	if (!uri)
		return lvn_log_misuse(caller, "no URI");
	rc = lvn_http_uri_set(uri, part, text);
	if (rc == 0)
		return 0;
	errno = -rc;
	return -1;
}

int
evhttp_uri_set_scheme(struct evhttp_uri *uri, const char *scheme)
{
	return set_part(uri, URI_SCHEME, scheme, __func__);
}

int
evhttp_uri_set_userinfo(struct evhttp_uri *uri, const char *userinfo)
{
	return set_part(uri, URI_USERINFO, userinfo, __func__);
}

int
evhttp_uri_set_host(struct evhttp_uri *uri, const char *host)
{
	return set_part(uri, URI_HOST, host, __func__);
}

int
evhttp_uri_set_unixsocket(struct evhttp_uri *uri, const char *unixsocket)
{
	return set_part(uri, URI_UNIX_SOCKET, unixsocket, __func__);
}

int
evhttp_uri_set_port(struct evhttp_uri *uri, int port)
{
	if (!uri)
		return lvn_log_misuse(__func__, "no URI");
	if (port < -1 || port > LVN_HTTP_URI_PORT_MAX) {
		errno = EINVAL;
		return -1;
	}
	uri->port = port;
	return 0;
}

int
evhttp_uri_set_path(struct evhttp_uri *uri, const char *path)
{
	return set_part(uri, URI_PATH, path, __func__);
}

int
evhttp_uri_set_query(struct evhttp_uri *uri, const char *query)
{
	return set_part(uri, URI_QUERY, query, __func__);
}

int
evhttp_uri_set_fragment(struct evhttp_uri *uri, const char *fragment)
{
	return set_part(uri, URI_FRAGMENT, fragment, __func__);
}

char *
evhttp_uri_join(struct evhttp_uri *uri, char *buf, size_t limit)
{
	int rc;

	if (!uri || (!buf && limit > 0)) {
		lvn_log_misuse(__func__, "no URI or no buffer");
		return NULL;
	}
	rc = lvn_http_uri_write(uri, buf, limit);
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return buf;
}

/* ---- Escaping ---- */

char *
evhttp_uriencode(const char *str, ev_ssize_t size, int space_to_plus)
{
	if (!str && size != 0) {
		lvn_log_misuse(__func__, "no text");
		return NULL;
	}
	return lvn_http_encode(str, size < 0 ? strlen(str) : (size_t)size, space_to_plus != 0);
}

char *
evhttp_encode_uri(const char *str)
{
	return evhttp_uriencode(str, -1, 0);
}

static char *
decode(const char *text, enum http_plus plus, size_t *size_out, const char *caller)
{
	size_t size;
	char *bytes;

	if (!text) {
		lvn_log_misuse(caller, "no text");
		return NULL;
	}
	size = strlen(text);
	bytes = lvn_alloc(size + 1);
	if (!bytes)
		return NULL;
	size = lvn_http_decode(text, size, plus, bytes);
	bytes[size] = '\0';
	if (size_out)
		*size_out = size;
	return bytes;
}

char *
evhttp_decode_uri(const char *uri)
{
	return decode(uri, HTTP_PLUS_IS_BLANK_IN_QUERY, NULL, __func__);
}

char *
evhttp_uridecode(const char *uri, int decode_plus, size_t *size_out)
{
	return decode(uri, decode_plus ? HTTP_PLUS_IS_BLANK : HTTP_PLUS_STAYS, size_out, __func__);
}

char *
evhttp_htmlescape(const char *html)
{
	if (!html) {
		lvn_log_misuse(__func__, "no text");
		return NULL;
	}
	return lvn_http_escape_html(html);
}
