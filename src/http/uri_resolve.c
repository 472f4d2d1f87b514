/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/uri_resolve.h"

#include <errno.h>
#include <string.h>

#include "base/private.h"
#include "http/uri.h"

/* Behind the last slash before `end`. */
static char *
parent_of(char *path, char *end)
{
	while (end > path && end[-1] != '/')
		end--;
	return end;
}

/* Whether the segment of this size is "." or "..". */
static bool
is_dots(const char *segment, size_t size)
{
	return (size == 1 && segment[0] == '.') ||
	       (size == 2 && segment[0] == '.' && segment[1] == '.');
}

void
lvn_http_uri_resolve_dots(char *path)
{
	const char *from = path;
	char *to = path;

	while (*from) {
		size_t size = strcspn(from, "/");
		bool has_slash = from[size] == '/';

		if (!is_dots(from, size)) {
			memmove(to, from, size + has_slash);
			to += size + has_slash;
		} else if (size == 2 && to > path + 1) {
			to = parent_of(path, to - 1);
		}
		from += size + has_slash;
	}
	*to = '\0';
}

static const char *
path_of(const struct evhttp_uri *uri)
{
	return uri->parts[URI_PATH] ? uri->parts[URI_PATH] : "";
}

/* The directory of the base, and the path of the reference (RFC 3986 5.2.3). */
static char *
merge(const struct evhttp_uri *base, const char *path)
{
	const char *directory = path_of(base);
	const char *slash = strrchr(directory, '/');
	size_t size = slash ? (size_t)(slash + 1 - directory) : 0;
	char *merged = lvn_alloc(size + strlen(path) + 2);

	if (!merged)
		return NULL;
	if (size == 0) {
		directory = "/";
		size = 1;
	}
	memcpy(merged, directory, size);
	memcpy(merged + size, path, strlen(path) + 1);
	return merged;
}

static char *
choose_path(const struct evhttp_uri *base, const struct evhttp_uri *reference)
{
	const char *path = path_of(reference);
	char *chosen;

	if (reference->parts[URI_HOST] || *path == '/')
		chosen = lvn_strdup(path);
	else if (*path)
		chosen = merge(base, path);
	else
		return lvn_strdup(path_of(base));
	if (chosen)
		lvn_http_uri_resolve_dots(chosen);
	return chosen;
}

static int
take_authority(const struct evhttp_uri *base, struct evhttp_uri *reference)
{
	int rc = lvn_http_uri_set(reference, URI_HOST, base->parts[URI_HOST]);

	if (rc == 0 && base->parts[URI_USERINFO])
		rc = lvn_http_uri_set(reference, URI_USERINFO, base->parts[URI_USERINFO]);
	reference->port = base->port;
	return rc;
}

/* Fills what the reference lacks. */
static int
complete(const struct evhttp_uri *base, struct evhttp_uri *reference)
{
	bool has_authority = reference->parts[URI_HOST] != NULL;
	bool has_path = *path_of(reference) != '\0';
	char *path = choose_path(base, reference);
	int rc = path ? 0 : -ENOMEM;

	if (rc == 0 && !has_authority && !has_path && !reference->parts[URI_QUERY])
		rc = lvn_http_uri_set(reference, URI_QUERY, base->parts[URI_QUERY]);
	if (rc == 0 && !has_authority)
		rc = take_authority(base, reference);
	if (rc == 0)
		rc = lvn_http_uri_set(reference, URI_PATH, path);
	if (rc == 0 && !reference->parts[URI_SCHEME])
		rc = lvn_http_uri_set(reference, URI_SCHEME, base->parts[URI_SCHEME]);
	lvn_free(path);
	return rc;
}

static size_t
size_of(const struct evhttp_uri *uri)
{
	size_t size = sizeof("://@:65535?#");

	for (int i = 0; i < URI_PARTS; i++)
		size += uri->parts[i] ? strlen(uri->parts[i]) : 0;
	return size;
}

static int
write_text(const struct evhttp_uri *uri, char **text_out)
{
	size_t size = size_of(uri);
	char *text = lvn_alloc(size);
	int rc = text ? lvn_http_uri_write(uri, text, size) : -ENOMEM;

	if (rc < 0)
		lvn_free(text);
	else
		*text_out = text;
	return rc;
}

int
lvn_http_uri_resolve(const struct evhttp_uri *base, const char *reference, char **text_out)
{
	struct evhttp_uri *uri;
	int rc = lvn_http_uri_parse(reference, strcspn(reference, "#"), 0, &uri);

	if (rc < 0)
		return rc;
	/* With a scheme it stands for itself, and one without a host is none of ours. */
	if (uri->parts[URI_SCHEME] && !uri->parts[URI_HOST])
		rc = -EINVAL;
	else
		rc = complete(base, uri);
	if (rc == 0)
		rc = write_text(uri, text_out);
	lvn_http_uri_free(uri);
	return rc;
}
