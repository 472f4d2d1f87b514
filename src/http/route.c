/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/route.h"

#include <errno.h>
#include <event2/http.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "http/encoding.h"

/*
 * A node stands for the segments from the root to it.
 *
 * Invariants:
 *   1. no two literals of a node have the same text
 *   2. no two routes of a list have a method in common
 */
struct http_route_node {
	struct http_route_node *next;     /* another literal of the parent */
	struct http_route_node *literals; /* for segments with a certain text */
	struct http_route_node *named;    /* for any other segment */
	struct http_route *routes;        /* whose patterns end here */
	struct http_route *rests;         /* whose patterns go on with "*" */
	char text[];                      /* of a literal */
};

/* Takes the first segment off a path, and the slash behind it; returns whether there is one. */
static bool
next_segment(struct http_slice *path, struct http_slice *segment_out)
{
	const char *slash = path->size > 0 ? memchr(path->at, '/', path->size) : NULL;

	segment_out->at = path->at;
	segment_out->size = slash ? (size_t)(slash - path->at) : path->size;
	if (!slash) {
		*path = (struct http_slice){NULL, 0};
		return false;
	}
	path->size -= segment_out->size + 1;
	path->at = slash + 1;
	return true;
}

/* ---- adding ---- */

/* "{name}" */
static bool
is_name(struct http_slice segment)
{
	return segment.size > 2 && segment.at[0] == '{' && segment.at[segment.size - 1] == '}' &&
	       !memchr(segment.at + 1, '{', segment.size - 1) &&
	       !memchr(segment.at, '}', segment.size - 1);
}

static bool
is_literal(struct http_slice segment)
{
	for (size_t i = 0; i < segment.size; i++)
		if (strchr("{}*?#", segment.at[i]))
			return false;
	return true;
}

/* Whether it is a pattern; counts its names, and the bytes that they take with zero bytes. */
static bool
check_pattern(const char *pattern, unsigned *count_out, size_t *size_out)
{
	struct http_slice path = lvn_http_slice_of(pattern);
	struct http_slice segment;
	bool has_more;

	*count_out = 0;
	*size_out = 0;
	if (*pattern != '/')
		return false;
	(void)next_segment(&path, &segment);
	do {
		has_more = next_segment(&path, &segment);
		if (is_name(segment))
			*size_out += segment.size - 1;
		else if (!has_more && lvn_http_slice_is(segment, "*"))
			*size_out += 2;
		else if (is_literal(segment))
			continue;
		else
			return false;
		++*count_out;
	} while (has_more);
	return *count_out <= LVN_HTTP_ROUTE_SEGMENTS;
}

static struct http_route_node *
new_node(struct http_slice text)
{
	struct http_route_node *node = lvn_calloc(1, sizeof(*node) + text.size + 1);

	if (node && text.size > 0)
		memcpy(node->text, text.at, text.size);
	return node;
}

/* The link to the node for a segment of a pattern below `node`; NULL is there if it is new. */
static struct http_route_node **
link_of(struct http_route_node *node, struct http_slice segment)
{
	struct http_route_node **link = &node->literals;

	if (is_name(segment))
		return &node->named;
	while (*link && !lvn_http_slice_is(segment, (*link)->text))
		link = &(*link)->next;
	return link;
}

/* Makes the nodes that are missing; returns the list that the pattern ends in, or NULL. */
static struct http_route **
make_way(struct http_route_node **root, const char *pattern)
{
	struct http_slice path = lvn_http_slice_of(pattern);
	struct http_slice segment;
	struct http_route_node **link = root;
	bool has_more = true;

	for (;;) {
		if (!*link)
			*link = new_node(link == root ? (struct http_slice){NULL, 0} : segment);
		if (!*link)
			return NULL;
		if (!has_more)
			return &(*link)->routes;
		if (link == root)
			(void)next_segment(&path, &segment);
		has_more = next_segment(&path, &segment);
		if (!has_more && lvn_http_slice_is(segment, "*"))
			return &(*link)->rests;
		link = link_of(*link, segment);
	}
}

static void
copy_names(char *names, const char *pattern)
{
	struct http_slice path = lvn_http_slice_of(pattern);
	struct http_slice segment;
	bool has_more;

	do {
		has_more = next_segment(&path, &segment);
		if (is_name(segment))
			segment = (struct http_slice){segment.at + 1, segment.size - 2};
		else if (has_more || !lvn_http_slice_is(segment, "*"))
			continue;
		memcpy(names, segment.at, segment.size);
		names[segment.size] = '\0';
		names += segment.size + 1;
	} while (has_more);
}

int
lvn_http_route_add(
    struct http_route_node **root, const char *pattern, const struct http_route *route)
{
	struct http_route **link;
	struct http_route *copy;
	unsigned count;
	size_t size;

	if (!check_pattern(pattern, &count, &size))
		return -EINVAL;
	link = make_way(root, pattern);
	if (!link)
		return -ENOMEM;
	for (; *link; link = &(*link)->next)
		if ((*link)->methods & route->methods)
			return -EEXIST;
	copy = lvn_alloc(sizeof(*copy) + size);
	if (!copy)
		return -ENOMEM;
	*copy = *route;
	copy->next = NULL;
	copy_names(copy->names, pattern);
	*link = copy;
	return 0;
}

static void
free_routes(struct http_route *route)
{
	while (route) {
		struct http_route *next = route->next;

		lvn_free(route);
		route = next;
	}
}

/* As deep as a pattern that the program has written. */
void
lvn_http_route_free(struct http_route_node *root) /* NOLINT(misc-no-recursion) */
{
	struct http_route_node *literal = root ? root->literals : NULL;

	if (!root)
		return;
	while (literal) {
		struct http_route_node *next = literal->next;

		lvn_http_route_free(literal);
		literal = next;
	}
	lvn_http_route_free(root->named);
	free_routes(root->routes);
	free_routes(root->rests);
	lvn_free(root);
}

/* ---- looking up ---- */

/* Whether a segment of a path is this text once its escapes are decoded. */
static bool
is_text(struct http_slice segment, const char *text)
{
	const size_t escape_size = 3;
	size_t i = 0;

	for (; i < segment.size && *text; text++) {
		size_t left = segment.size - i;
		size_t used = left < escape_size || segment.at[i] != '%' ? 1 : escape_size;
		char decoded[3];

		/* What is no escape stays. */
		if (lvn_http_decode(segment.at + i, used, HTTP_PLUS_STAYS, decoded) != 1)
			used = 1;
		if (decoded[0] != *text)
			return false;
		i += used;
	}
	return i == segment.size && !*text;
}

static bool
accepts(uint32_t methods, uint32_t method)
{
	return (methods & method) || (method == EVHTTP_REQ_HEAD && (methods & EVHTTP_REQ_GET));
}

/* Whether one of the routes is for the method. */
static bool
choose(
    const struct http_route *route, uint32_t method, unsigned count, struct http_route_match *match)
{
	for (; route; route = route->next) {
		if (accepts(route->methods, method)) {
			match->route = route;
			match->count = count;
			return true;
		}
		match->allowed |= route->methods;
		if (route->methods & EVHTTP_REQ_GET)
			match->allowed |= EVHTTP_REQ_HEAD;
	}
	return false;
}

/*
 * Looks below `node`, for a path without its first slash; each node is visited once at most, and
 * the depth is that of the patterns.
 */
static bool
look(const struct http_route_node *node, struct http_slice path, /* NOLINT(misc-no-recursion) */
    uint32_t method, unsigned count, struct http_route_match *match)
{
	struct http_slice behind = path;
	struct http_slice segment;
	bool has_more = next_segment(&behind, &segment);
	const struct http_route_node *literal = node->literals;

	while (literal && !is_text(segment, literal->text))
		literal = literal->next;
	if (literal && (has_more ? look(literal, behind, method, count, match)
				 : choose(literal->routes, method, count, match)))
		return true;
	if (node->named && segment.size > 0) {
		match->segments[count] = segment;
		if (has_more ? look(node->named, behind, method, count + 1, match)
			     : choose(node->named->routes, method, count + 1, match))
			return true;
	}
	if (!node->rests)
		return false;
	match->segments[count] = path;
	return choose(node->rests, method, count + 1, match);
}

void
lvn_http_route_find(const struct http_route_node *root, const char *path, uint32_t method,
    struct http_route_match *match_out)
{
	match_out->route = NULL;
	match_out->allowed = 0;
	match_out->count = 0;
	if (root && path && *path == '/')
		(void)look(root, lvn_http_slice_of(path + 1), method, 0, match_out);
}
