/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/url.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/util.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"
#include "http/uri.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443, PORT_SIZE = 8 };

static bool
is_usable(const struct evhttp_uri *uri)
{
	const char *scheme = uri->parts[URI_SCHEME], *host = lvn_http_uri_host(uri);

	if (!scheme ||
	    (lvn_text_compare(scheme, "http") != 0 && lvn_text_compare(scheme, "https") != 0))
		return false;
	return host && *host && !strchr(host, '%') && uri->port != 0 && !uri->parts[URI_USERINFO];
}

/* "/a?b" */
static char *
join_target(const struct evhttp_uri *uri)
{
	const char *path = uri->parts[URI_PATH], *query = uri->parts[URI_QUERY];
	size_t size;
	char *target;

	path = path && *path ? path : "/";
	size = strlen(path) + (query ? strlen(query) + 1 : 0) + 1;
	target = lvn_alloc(size);
	if (target)
		evutil_snprintf(target, size, "%s%s%s", path, query ? "?" : "", query ? query : "");
	return target;
}

static char *
join_authority(const struct http_url *url)
{
	bool is_implied = url->port == (url->is_tls ? HTTPS_PORT : HTTP_PORT);
	bool has_colon = strchr(url->host, ':') != NULL;
	size_t size = strlen(url->host) + sizeof("[]") + PORT_SIZE;
	char *authority = lvn_alloc(size), port[PORT_SIZE] = "";

	if (!is_implied)
		evutil_snprintf(port, sizeof(port), ":%u", url->port);
	if (authority)
		evutil_snprintf(authority, size, "%s%s%s%s", has_colon ? "[" : "", url->host,
		    has_colon ? "]" : "", port);
	return authority;
}

static int
fill(struct http_url *url)
{
	struct evhttp_uri *uri = url->uri;

	evhttp_uri_set_flags(uri, EVHTTP_URI_HOST_STRIP_BRACKETS);
	url->host = lvn_http_uri_host(uri);
	url->is_tls = lvn_text_compare(uri->parts[URI_SCHEME], "https") == 0;
	url->port = (uint16_t)(uri->port > 0 ? uri->port : url->is_tls ? HTTPS_PORT : HTTP_PORT);
	url->target = join_target(uri);
	url->authority = join_authority(url);
	return url->target && url->authority ? 0 : -ENOMEM;
}

int
lvn_http_url_parse(struct http_url *url_out, const char *text)
{
	struct http_url url = {.text = NULL};
	int rc;

	url.text = lvn_strdup(text);
	if (!url.text)
		return -ENOMEM;
	url.text[strcspn(url.text, "#")] = '\0';
	rc = lvn_http_uri_parse(url.text, strlen(url.text), 0, &url.uri);
	if (rc == 0)
		rc = is_usable(url.uri) ? fill(&url) : -EINVAL;
	if (rc < 0)
		lvn_http_url_clear(&url);
	else
		*url_out = url;
	return rc;
}

void
lvn_http_url_clear(struct http_url *url)
{
	lvn_free(url->text);
	lvn_free(url->target);
	lvn_free(url->authority);
	lvn_http_uri_free(url->uri);
	memset(url, 0, sizeof(*url));
}

bool
lvn_http_url_has_origin_of(const struct http_url *url, const struct http_url *other)
{
	return url->is_tls == other->is_tls && url->port == other->port &&
	       lvn_text_compare(url->host, other->host) == 0;
}
