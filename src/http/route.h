/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes: which callback a method and a path go to, by patterns such as "/users/{id}".
 * Patterns are kept as a tree of segments, and a path is looked up in one walk.
 */
#ifndef LVN_HTTP_ROUTE_H
#define LVN_HTTP_ROUTE_H

#include <stdint.h>

#include "base/compiler.h"
#include "http/slice.h"

struct evhttp_request;

/* Names in one pattern, the rest behind its "*" among them. */
#define LVN_HTTP_ROUTE_SEGMENTS 16

typedef void http_route_fn(struct evhttp_request *, void *);

struct http_route {
	struct http_route *next; /* of the same pattern, for other methods */
	uint32_t methods;
	unsigned flags;
	http_route_fn *call;
	void *arg;
	char names[]; /* of its segments, each with a zero byte; "*" for the rest */
};

struct http_route_node;

/*
 * Adds a route to a tree, whose root is NULL at first.  A pattern consists of segments: a text;
 * "{name}", for any segment that is not empty; "*" at the end, for the rest, which may be empty.
 * Returns 0; -EINVAL for another pattern; -EEXIST if the same pattern has one of the methods;
 * -ENOMEM.
 */
LVN_NODISCARD int lvn_http_route_add(
    struct http_route_node **root, const char *pattern, const struct http_route *route);
/* Accepts NULL. */
void lvn_http_route_free(struct http_route_node *root);

struct http_route_match {
	const struct http_route *route; /* NULL: none */
	uint32_t allowed;               /* methods of routes for the path, when there is none */
	unsigned count;                 /* of segments with names, and what they are in the path */
	struct http_slice segments[LVN_HTTP_ROUTE_SEGMENTS];
};

/*
 * Looks up the path, whose escapes are not decoded yet.  Texts win over names, and these over the
 * rest.  A route for GET is one for HEAD, too.
 */
void lvn_http_route_find(const struct http_route_node *root, const char *path, uint32_t method,
    struct http_route_match *match_out);

#endif
