/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A line of bytes as a base URI, the next one as a reference, as the Location of a hostile server
 * is: the result is an absolute URI that stays the same when it is resolved again, and dots go as
 * RFC 3986 5.2.4 removes them, word by word.
 */
#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/private.h"
#include "fuzz/must.h"
#include "http/redirect.h"
#include "http/uri.h"
#include "http/uri_resolve.h"

#define TEXT_MAX 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- Dots, by the letter of the RFC, for paths that begin with a slash ---- */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
remove_dots(const char *in, char *out)
{
	size_t size = 0;

	while (*in) {
		if (begins(in, "/./")) {
			in += 2;
		} else if (strcmp(in, "/.") == 0) {
			in = "/";
		} else if (begins(in, "/../") || strcmp(in, "/..") == 0) {
			in = in[3] ? in + 3 : "/";
			while (size > 0 && out[--size] != '/')
				;
		} else {
			do
				out[size++] = *in++;
			while (*in && *in != '/');
		}
	}
	out[size] = '\0';
}

static void
compare_dots(const char *path)
{
	char ours[TEXT_MAX + 2] = "/", theirs[TEXT_MAX + 2], again[TEXT_MAX + 2];

	strcpy(ours + (*path != '/'), path);
	remove_dots(ours, theirs);
	lvn_http_uri_resolve_dots(ours);
	must(strcmp(ours, theirs) == 0);
	strcpy(again, ours);
	lvn_http_uri_resolve_dots(again);
	must(strcmp(ours, again) == 0);
}

/* ---- References ---- */

static struct evhttp_uri *
parse(const char *text)
{
	struct evhttp_uri *uri;

	return lvn_http_uri_parse(text, strlen(text), 0, &uri) == 0 ? uri : NULL;
}

/* Each result is one that resolves to itself, but for dots that were in the base. */
static void
resolve(const struct evhttp_uri *base, const char *reference)
{
	struct evhttp_uri *uri;
	char *first, *second, *third;

	if (lvn_http_uri_resolve(base, reference, &first) < 0)
		return;
	uri = parse(first);
	must(uri && uri->parts[URI_SCHEME] && uri->parts[URI_HOST]);
	must(!uri->parts[URI_FRAGMENT] && !strchr(first, '#'));
	must(lvn_http_uri_resolve(uri, first, &second) == 0);
	must(lvn_http_uri_resolve(uri, second, &third) == 0);
	must(strcmp(second, third) == 0);
	lvn_http_uri_free(uri);
	lvn_free(first);
	lvn_free(second);
	lvn_free(third);
}

/* What a client follows has a host, a port and a target that can be sent. */
static void
follow(const char *base, const char *location)
{
	struct http_url from, to;
	const char *why = NULL;
	int rc;

	if (lvn_http_url_parse(&from, base) < 0)
		return;
	rc = lvn_http_redirect_url(&from, location, false, &to, &why);
	if (rc == 0) {
		must(*to.host && to.port > 0 && to.target[0] == '/');
		must(!strpbrk(to.target, " \t\r\n#") && !strpbrk(to.authority, " \t\r\n#/@"));
		must(to.is_tls || !from.is_tls);
		lvn_http_url_clear(&to);
	} else {
		must(rc == -EINVAL && why);
	}
	lvn_http_url_clear(&from);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], *reference;
	struct evhttp_uri *base;

	if (size > TEXT_MAX)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	compare_dots(text);
	reference = strchr(text, '\n');
	if (!reference)
		return 0;
	*reference++ = '\0';
	follow(text, reference);
	base = parse(text);
	if (base && base->parts[URI_SCHEME] && base->parts[URI_HOST])
		resolve(base, reference);
	if (base)
		lvn_http_uri_free(base);
	return 0;
}
