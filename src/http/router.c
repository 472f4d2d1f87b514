/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/router.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <string.h>

#include "base/private.h"
#include "base/text.h"
#include "http/fields.h"
#include "http/reply.h"
#include "http/server.h"

/* ---- paths ---- */

static struct http_path **
find_path(struct evhttp *server, const char *path)
{
	struct http_path **link = &server->paths;

	while (*link && strcmp((*link)->path, path) != 0)
		link = &(*link)->next;
	return link;
}

int
lvn_http_router_add_path(struct evhttp *server, const char *path,
    void (*callback)(struct evhttp_request *, void *), void *arg)
{
	struct http_path **link = find_path(server, path);
	size_t size = strlen(path) + 1;

	if (*link)
		return -EEXIST;
	*link = lvn_alloc(sizeof(**link) + size);
	if (!*link)
		return -ENOMEM;
	(*link)->next = NULL;
	(*link)->callback = (struct http_callback){callback, arg};
	memcpy((*link)->path, path, size);
	return 0;
}

bool
lvn_http_router_remove_path(struct evhttp *server, const char *path)
{
	struct http_path **link = find_path(server, path);
	struct http_path *found = *link;

	if (!found)
		return false;
	*link = found->next;
	lvn_free(found);
	return true;
}

/* ---- hosts ---- */

/* Each star takes as little as it can, and more when what follows does not fit. */
static bool
matches(const char *pattern, const char *name)
{
	const char *star = NULL, *again = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			again = name;
		} else if (lvn_text_lower(*pattern) == lvn_text_lower(*name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool
has_alias(const struct evhttp *server, const char *name)
{
	for (const struct http_name *alias = server->aliases; alias; alias = alias->next)
		if (lvn_text_compare(alias->name, name) == 0)
			return true;
	return false;
}

/* The host that a name belongs to: the one deepest inside; NULL if it is none of these. */
static struct evhttp *
find_host(struct evhttp *server, const char *name)
{
	for (struct evhttp *host = server->hosts; host; host = host->next) {
		struct evhttp *inside;

		if (!matches(host->pattern, name))
			continue;
		inside = find_host(host, name);
		return inside ? inside : host;
	}
	for (struct evhttp *host = server->hosts; host; host = host->next) {
		struct evhttp *inside;

		if (has_alias(host, name))
			return host;
		inside = find_host(host, name);
		if (inside)
			return inside;
	}
	return NULL;
}

bool
lvn_http_router_knows_host(struct evhttp *server, const char *name)
{
	return has_alias(server, name) || find_host(server, name) != NULL;
}

int
lvn_http_router_add_host(struct evhttp *server, const char *pattern, struct evhttp *host)
{
	struct evhttp **link = &server->hosts;

	if (host->parent || host->sockets || host == server)
		return -EEXIST;
	host->pattern = lvn_strdup(pattern);
	if (!host->pattern)
		return -ENOMEM;
	while (*link)
		link = &(*link)->next;
	*link = host;
	host->next = NULL;
	host->parent = server;
	return 0;
}

bool
lvn_http_router_remove_host(struct evhttp *server, struct evhttp *host)
{
	struct evhttp **link = &server->hosts;

	while (*link && *link != host)
		link = &(*link)->next;
	if (!*link)
		return false;
	*link = host->next;
	host->parent = NULL;
	lvn_free(host->pattern);
	host->pattern = NULL;
	return true;
}

int
lvn_http_router_add_alias(struct evhttp *server, const char *alias)
{
	size_t size = strlen(alias) + 1;
	struct http_name *name = lvn_alloc(sizeof(*name) + size);

	if (!name)
		return -ENOMEM;
	memcpy(name->name, alias, size);
	name->next = server->aliases;
	server->aliases = name;
	return 0;
}

bool
lvn_http_router_remove_alias(struct evhttp *server, const char *alias)
{
	struct http_name **link = &server->aliases;
	struct http_name *found;

	while (*link && lvn_text_compare((*link)->name, alias) != 0)
		link = &(*link)->next;
	found = *link;
	if (!found)
		return false;
	*link = found->next;
	lvn_free(found);
	return true;
}

void
lvn_http_router_clear(struct evhttp *server)
{
	while (server->paths)
		lvn_http_router_remove_path(server, server->paths->path);
	while (server->aliases)
		lvn_http_router_remove_alias(server, server->aliases->name);
}

/* ---- a request ---- */

static int
write_not_found_page(struct evhttp_request *request)
{
	char *target = evhttp_htmlescape(request->uri);
	int size = -1;

	if (target)
		size = evbuffer_add_printf(request->output_buffer,
		    "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1>"
		    "<p>The requested URL %s was not found on this server.</p></body></html>\n",
		    target);
	lvn_free(target);
	return size;
}

/* Unlike other errors, it tells the target, and the connection stays. */
static void
send_not_found(struct evhttp *server, struct evhttp_request *request)
{
	static const char type[] = "Content-Type";

	if (server->make_error || write_not_found_page(request) < 0 ||
	    lvn_http_fields_add(request->output_headers, type, sizeof(type) - 1, "text/html",
		strlen("text/html")) < 0)
		lvn_http_reply_send_error(request, HTTP_NOTFOUND, NULL);
	else
		lvn_http_reply_send(request, HTTP_NOTFOUND, NULL, NULL);
}

/* Returns the callback for a path, NULL if there is none. */
static const struct http_callback *
find_callback(struct evhttp *host, const char *path)
{
	const struct http_path *found = *find_path(host, path);

	if (found)
		return &found->callback;
	return host->other.call ? &host->other : NULL;
}

/*
 * The callback for the path of the request, its escapes decoded.  Returns 0, or the status of an
 * error: no memory, or a zero byte in the path.
 */
static int
find_by_path(
    struct evhttp *host, const struct evhttp_request *request, const struct http_callback **found)
{
	const char *path = evhttp_uri_get_path(request->uri_elems);
	size_t size = 0;
	char *decoded;
	bool is_bad;

	if (!path)
		path = "";
	if (!strchr(path, '%')) {
		*found = find_callback(host, path);
		return 0;
	}
	decoded = evhttp_uridecode(path, 0, &size);
	if (!decoded)
		return HTTP_INTERNAL;
	is_bad = strlen(decoded) != size;
	*found = find_callback(host, decoded);
	lvn_free(decoded);
	return is_bad ? HTTP_BADREQUEST : 0;
}

bool
lvn_http_router_has_path(struct evhttp *host, const struct evhttp_request *request)
{
	const struct http_callback *callback = NULL;

	return find_by_path(host, request, &callback) == 0 && callback && callback != &host->other;
}

struct evhttp *
lvn_http_router_find_server(struct evhttp *server, struct evhttp_request *request)
{
	struct evhttp *host;
	const char *name;

	if (!server->hosts)
		return server;
	name = evhttp_request_get_host(request);
	host = name ? find_host(server, name) : NULL;
	if (!name && (evhttp_uri_get_host(request->uri_elems) ||
			 lvn_http_fields_find(request->input_headers, "Host")))
		return NULL;
	return host ? host : server;
}

void
lvn_http_router_dispatch(struct evhttp *server, struct evhttp_request *request)
{
	struct evhttp *host = lvn_http_router_find_server(server, request);
	const struct http_callback *callback = NULL;
	int status = host ? find_by_path(host, request, &callback) : HTTP_INTERNAL;

	if (status)
		lvn_http_reply_send_error(request, status, NULL);
	else if (callback)
		callback->call(request, callback->arg);
	else
		send_not_found(server, request);
}
