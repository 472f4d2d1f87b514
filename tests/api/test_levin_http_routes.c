/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes of servers, through the public interface.
 */
#include <levin/http.h>

#include "support/http_kit.h"

/* Spells the route and its names, and replies with the path. */
static void
on_route(struct evhttp_request *request, void *arg)
{
	const char *id = levin_http_request_get_segment(request, "id");
	const char *rest = levin_http_request_get_segment(request, "*");

	spell_text(arg);
	spell_text("=");
	spell_text(id ? id : "-");
	spell_text(",");
	spell_text(rest ? rest : "-");
	spell_text(" ");
	echo_path(request, NULL);
}

static void
route(struct evhttp *server, uint32_t methods, const char *pattern, const char *name)
{
	ck_assert_int_eq(
	    levin_http_server_route(server, methods, pattern, 0, on_route, word(name)), 0);
}

static void
start_routes(int i)
{
	start(i);
	route(http, EVHTTP_REQ_GET, "/users/{id}", "user");
	route(http, EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH, "/users/{id}", "change");
	route(http, 0, "/static/*", "static");
	connect_client(&client);
}

TEST_HTTP(levin_http_server_route__names_and_rests)
{
	start_routes(_i);

	ask(&client, GET("/users/a%2Fb%20c?q"));
	expect(&client, PATH("/users/a%2Fb%20c?q", "18"));
	expect_spelled("user=a/b c,- /users/a%2Fb%20c?q");
	ask(&client, GET("/static/a/%62"));
	expect(&client, PATH("/static/a/%62", "13"));
	expect_spelled("static=-,a/b /static/a/%62");
	stop();
}

TEST_HTTP(levin_http_server_route__methods)
{
	start_routes(_i);

	ask(&client, "PATCH /users/1 HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc");
	expect(&client, PATH("/users/1", "8"));
	expect_spelled("change=1,- /users/1[abc]");
	ask(&client, "HEAD /users/1 HTTP/1.1\r\n" HOST);
	expect(&client, HEAD_OF("200 OK", "8") "\r\n");
	expect_spelled("user=1,- /users/1");
	ask(&client, "OPTIONS /static/ HTTP/1.1\r\n" HOST);
	expect(&client, PATH("/static/", "8"));
	expect_spelled("static=-, /static/");
	ask(&client, "DELETE /users/1 HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 108\r\nAllow: GET, HEAD, PUT, OPTIONS, "
			"PATCH\r\n\r\n" ERROR_PAGE("405", "Method Not Allowed"));
	stop();
}

/* RFC 9110 9.3.7 */
TEST_HTTP(levin_http_server_route__options_says_what_is_allowed)
{
	start_routes(_i);
	route(http, EVHTTP_REQ_GET | EVHTTP_REQ_OPTIONS, "/own", "own");

	ask(&client, "OPTIONS /users/1 HTTP/1.1\r\nContent-Length: 1\r\n" HOST "x");
	expect(&client, "HTTP/1.1 204 No Content\r\nDate: D\r\nAllow: GET, HEAD, PUT, OPTIONS, "
			"PATCH\r\n\r\n");
	ask(&client, "OPTIONS /own HTTP/1.1\r\n" HOST);
	expect(&client, PATH("/own", "4"));
	expect_spelled("own=-,- /own");
	ask(&client, "OPTIONS /other HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 405 Method Not Allowed\r\n");
	stop();
}

TEST_HTTP(levin_http_server_route__options_of_a_path_of_evhttp)
{
	start_routes(_i);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_OPTIONS);
	ck_assert_int_eq(evhttp_set_cb(http, "/users/me", say_hello, NULL), 0);

	ask(&client, "OPTIONS /users/me HTTP/1.1\r\n" HOST);
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(levin_http_server_route__beside_functions_of_evhttp)
{
	start_routes(_i);
	ck_assert_int_eq(evhttp_set_cb(http, "/users/me", say_hello, NULL), 0);
	evhttp_set_gencb(http, echo_path, NULL);

	ask(&client, GET("/users/me"));
	expect(&client, PATH("/users/me", "9"));
	expect_spelled("user=me,- /users/me");
	ask(&client, "POST /users/me HTTP/1.1\r\nContent-Length: 0\r\n" HOST);
	expect(&client, HELLO);
	ask(&client, GET("/other"));
	expect(&client, PATH("/other", "6"));
	expect_spelled("/other");
	ask(&client, "PATCH /other HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/html\r\nDate: D\r\n"
			"Content-Length: 108\r\nAllow: GET, POST, HEAD, PUT, DELETE\r\n\r\n");
	stop();
}

TEST_HTTP(levin_http_server_route__of_a_virtual_host)
{
	struct evhttp *host;

	start(_i);
	host = evhttp_new(NULL);
	ck_assert_ptr_nonnull(host);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "b.example", host), 0);
	route(host, EVHTTP_REQ_GET, "/{id}", "host");
	connect_client(&client);

	ask(&client, "GET /x HTTP/1.1\r\nHost: b.example:80\r\n\r\n");
	expect(&client, PATH("/x", "2"));
	expect_spelled("host=x,- /x");
	ask(&client, GET("/x"));
	expect(&client, "HTTP/1.1 404 Not Found\r\n");
	stop();
}

/* The route of a request whose body is still coming goes away with its server. */
TEST_HTTP(levin_http_server_route__host_freed_before_the_body_has_come)
{
	struct evhttp *host;

	start(_i);
	host = evhttp_new(NULL);
	ck_assert_ptr_nonnull(host);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "b", host), 0);
	route(host, EVHTTP_REQ_POST, "/{id}", "host");
	connect_client(&client);

	ask(&client, "POST /x HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\na");
	expect_nothing(&client);
	evhttp_free(host);
	ask(&client, "bc");
	expect(&client, PATH("/x", "2"));
	expect_spelled("host=x,- /x[abc]");
	stop();
}

TEST(levin_http_server_route__arguments_that_are_refused)
{
	start(0);

	ck_assert_int_eq(levin_http_server_route(NULL, 0, "/", 0, on_route, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_route(http, 0, NULL, 0, on_route, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_route(http, 0, "/", 0, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_route(http, 0, "a", 0, on_route, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_route(http, 0, "/", 0x100, on_route, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	route(http, 0, "/", "all");
	ck_assert_int_eq(levin_http_server_route(http, 1, "/", 0, on_route, NULL), -1);
	ck_assert_int_eq(errno, EEXIST);
	stop();
}

TEST_HTTP(levin_http_request_get_segment__request_of_no_route)
{
	start_serving(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_ptr_null(levin_http_request_get_segment(kept, "id"));
	ck_assert_ptr_null(levin_http_request_get_trailers(kept));
	reply_text(kept, 200, "late");
	expect_spelled("done");
	stop();
}
