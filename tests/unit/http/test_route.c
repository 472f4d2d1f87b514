/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/route.h"

#include <errno.h>
#include <event2/http.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

static struct http_route_node *root;

static int
add(const char *pattern, uint32_t methods)
{
	struct http_route route = {.methods = methods, .arg = (void *)pattern};

	return lvn_http_route_add(&root, pattern, &route);
}

/* The pattern of the route, its names and their segments; or the methods that are allowed. */
static const char *
found(const char *path, uint32_t method)
{
	static char text[300];
	struct http_route_match match;
	const char *name;
	size_t size;

	lvn_http_route_find(root, path, method, &match);
	if (!match.route) {
		snprintf(text, sizeof(text), "none, allowed %x", match.allowed);
		return text;
	}
	size = (size_t)snprintf(text, sizeof(text), "%s", (const char *)match.route->arg);
	name = match.route->names;
	for (unsigned i = 0; i < match.count; i++, name += strlen(name) + 1)
		size += (size_t)snprintf(text + size, sizeof(text) - size, " %s=%.*s", name,
		    (int)match.segments[i].size, match.segments[i].at);
	return text;
}

static const char *
got(const char *path)
{
	return found(path, EVHTTP_REQ_GET);
}

static void
add_all(void)
{
	static const char *const patterns[] = {"/", "/users", "/users/{id}", "/users/me",
	    "/users/{user}/books/{book}", "/static/*", "/static/special", "/a//b", "/x/{y}/*"};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		ck_assert_int_eq(add(patterns[i], EVHTTP_REQ_GET), 0);
}

static void
finish(void)
{
	lvn_http_route_free(root);
	root = NULL;
}

TEST(lvn_http_route_find__texts_names_and_rests)
{
	add_all();

	ck_assert_str_eq(got("/"), "/");
	ck_assert_str_eq(got("/users"), "/users");
	ck_assert_str_eq(got("/users/7"), "/users/{id} id=7");
	ck_assert_str_eq(got("/users/me"), "/users/me");
	ck_assert_str_eq(got("/users/me/books/1"), "/users/{user}/books/{book} user=me book=1");
	ck_assert_str_eq(got("/static/"), "/static/* *=");
	ck_assert_str_eq(got("/static/a/b//c/"), "/static/* *=a/b//c/");
	ck_assert_str_eq(got("/static/special"), "/static/special");
	ck_assert_str_eq(got("/static/special/x"), "/static/* *=special/x");
	ck_assert_str_eq(got("/a//b"), "/a//b");
	ck_assert_str_eq(got("/x/1/2/3"), "/x/{y}/* y=1 *=2/3");
	finish();
}

TEST(lvn_http_route_find__paths_of_no_route)
{
	static const char *const paths[] = {"", "*", "users", "/Users", "/users/", "/user",
	    "/users/7/", "/static", "/users//books/1", "/a/b", "//", "/x/1"};

	add_all();

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		ck_assert_msg(strcmp(got(paths[i]), "none, allowed 0") == 0, "%s", paths[i]);
	ck_assert_str_eq(got(NULL), "none, allowed 0");
	finish();
	ck_assert_str_eq(got("/"), "none, allowed 0");
}

TEST(lvn_http_route_find__escapes_are_decoded_within_a_segment)
{
	add_all();

	ck_assert_str_eq(got("/%75sers/%6De"), "/users/me");
	ck_assert_str_eq(got("/users%2F7"), "none, allowed 0");
	ck_assert_str_eq(got("/users/a%2Fb"), "/users/{id} id=a%2Fb");
	ck_assert_str_eq(got("/users/m%"), "/users/{id} id=m%");
	ck_assert_str_eq(got("/users/%zze"), "/users/{id} id=%zze");
	finish();
}

TEST(lvn_http_route_find__methods)
{
	ck_assert_int_eq(add("/a", EVHTTP_REQ_GET), 0);
	ck_assert_int_eq(add("/a", EVHTTP_REQ_PUT | EVHTTP_REQ_POST), 0);
	ck_assert_int_eq(add("/{b}", EVHTTP_REQ_DELETE), 0);
	ck_assert_int_eq(add("/h", EVHTTP_REQ_HEAD), 0);
	ck_assert_int_eq(add("/h", EVHTTP_REQ_GET), 0);

	ck_assert_str_eq(found("/a", EVHTTP_REQ_POST), "/a");
	ck_assert_str_eq(found("/a", EVHTTP_REQ_HEAD), "/a");
	ck_assert_str_eq(found("/a", EVHTTP_REQ_DELETE), "/{b} b=a");
	ck_assert_str_eq(found("/a", EVHTTP_REQ_PATCH), "none, allowed 1f");
	ck_assert_str_eq(found("/h", EVHTTP_REQ_HEAD), "/h");
	finish();
}

TEST(lvn_http_route_add__patterns_that_are_none)
{
	static const char *const patterns[] = {"", "a", "*", "/*/a", "/a*", "/{}", "/{a", "/a}",
	    "/{a}b", "/{{a}}", "/a?b", "/a#b", "/{a}/{*"};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		ck_assert_msg(add(patterns[i], 1) == -EINVAL, "%s", patterns[i]);
	ck_assert_int_eq(add("/1/{}", 1), -EINVAL);
	ck_assert_int_eq(
	    add("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}", 1), 0);
	ck_assert_int_eq(
	    add("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/*", 1), -EINVAL);
	finish();
}

TEST(lvn_http_route_add__a_method_twice)
{
	ck_assert_int_eq(add("/a/{b}", EVHTTP_REQ_GET | EVHTTP_REQ_PUT), 0);

	ck_assert_int_eq(add("/a/{c}", EVHTTP_REQ_PUT), -EEXIST);
	ck_assert_int_eq(add("/a/{c}", EVHTTP_REQ_POST), 0);
	ck_assert_int_eq(add("/a/*", EVHTTP_REQ_PUT), 0);
	finish();
}
