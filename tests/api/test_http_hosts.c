/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Servers: what they listen on, their streams, and which callback a request goes to.
 */
#include "support/http_kit.h"

/* ---- Sockets and streams ---- */

static void
count_sockets(struct evhttp_bound_socket *socket, void *arg)
{
	struct evhttp_bound_socket ***next = arg;

	*(*next)++ = socket;
}

TEST(evhttp_bind_socket__several)
{
	struct evhttp_bound_socket *found[4] = {NULL};
	struct evhttp_bound_socket **next = found;
	struct evhttp_bound_socket *second;

	start(0);
	second = evhttp_bind_socket_with_handle(http, "localhost", 0);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_nonnull(evhttp_bound_socket_get_listener(second));
	evhttp_foreach_bound_socket(http, count_sockets, &next);
	ck_assert_ptr_eq(found[0], bound);
	ck_assert_ptr_eq(found[1], second);
	ck_assert_ptr_eq(next, found + 2);
	evhttp_del_accept_socket(http, second);
	keep_log();
	ck_assert_int_eq(evhttp_bind_socket(http, "256.1.1.1", 0), -1);
	ck_assert(was_logged("cannot bind to 256.1.1.1"));
	stop();
}

TEST_HTTP(evhttp_del_accept_socket__connections_go_on)
{
	start_serving(_i);
	ask(&client, GET("/1"));
	expect(&client, PATH("/1", "2"));
	evhttp_del_accept_socket(http, bound);
	ask(&client, GET("/2"));
	expect(&client, PATH("/2", "2"));
	stop();
}

static struct bufferevent *
make_bev(struct event_base *of, void *arg)
{
	spell_text("made");
	ck_assert_ptr_eq(of, base);
	return arg ? bufferevent_socket_new(of, -1, BEV_OPT_CLOSE_ON_FREE) : NULL;
}

TEST_HTTP(evhttp_set_bevcb__makes_streams)
{
	start_serving(_i);
	evhttp_set_bevcb(http, make_bev, &client);
	ask(&client, GET("/1") GET("/2"));
	expect(&client, PATH("/1", "2") PATH("/2", "2"));
	ck_assert_str_eq(spelled(), "made/1/2");
	stop();
}

static struct bufferevent *
make_bev_without_options(struct event_base *of, void *arg)
{
	(void)arg;
	return bufferevent_socket_new(of, -1, 0);
}

/* The descriptor is the connection's, whatever the options of the bufferevent are. */
TEST_HTTP(evhttp_set_bevcb__descriptor_is_closed)
{
	start_serving(_i);
	evhttp_set_bevcb(http, make_bev_without_options, NULL);
	ask(&client, "GET /1 HTTP/1.1\r\nConnection: close\r\n" HOST);
	expect(&client, PATH_CLOSING("/1", "2"));
	expect_closed(&client);
	stop();
}

/* A plain connection where TLS was wanted would be worse than none. */
TEST_HTTP(evhttp_set_bevcb__null_closes)
{
	start_serving(_i);
	keep_log();
	evhttp_set_bevcb(http, make_bev, NULL);
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "made");
	ck_assert(was_logged("no bufferevent for a connection"));
	stop();
}

TEST_HTTP(evhttp_bound_set_bevcb__goes_before_that_of_the_server)
{
	start_serving(_i);
	evhttp_set_bevcb(http, make_bev, NULL);
	evhttp_bound_set_bevcb(bound, make_bev, &client);
	ask(&client, GET("/1"));
	expect(&client, PATH("/1", "2"));
	stop();
}

/* ---- Which callback ---- */

static void
spell_and_hello(struct evhttp_request *request, void *arg)
{
	spell_text(arg);
	say_hello(request, NULL);
}

TEST_HTTP(evhttp_set_cb__decoded_paths)
{
	start(_i);
	evhttp_set_gencb(http, spell_and_hello, word("?"));
	ck_assert_int_eq(evhttp_set_cb(http, "/a b", spell_and_hello, word("1")), 0);
	ck_assert_int_eq(evhttp_set_cb(http, "/a b", spell_and_hello, word("x")), -1);
	ck_assert_int_eq(evhttp_set_cb(http, "/c", spell_and_hello, word("2")), 0);
	connect_client(&client);
	ask(&client, GET("/a%20b") GET("/a%20b?x=y") GET("/a+b") GET("/%63") GET("/C") GET("/c/"));
	for (int i = 0; i < 6; i++)
		expect(&client, HELLO);
	ck_assert_str_eq(spelled(), "11?2??");
	ck_assert_int_eq(evhttp_del_cb(http, "/c"), 0);
	ck_assert_int_eq(evhttp_del_cb(http, "/c"), -1);
	ask(&client, GET("/c"));
	expect(&client, HELLO);
	ck_assert_str_eq(spelled(), "?");
	stop();
}

/* An origin form never has an authority, and others do not close the connection. */
TEST_HTTP(requests__forms_of_targets)
{
	start_serving(_i);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_CONNECT);
	ask(&client, GET("//a/b"));
	expect(&client, PATH("//a/b", "5"));
	ask(&client, "OPTIONS * HTTP/1.1\r\n" HOST);
	expect(&client, PATH("*", "1"));
	ask(&client, "GET http://b/c HTTP/1.1\r\nHost: b\r\n\r\n");
	expect(&client, PATH("http://b/c", "10"));
	ask(&client, GET("/2"));
	expect(&client, PATH("/2", "2"));
	ask(&client, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
	expect(&client, PATH("a:443", "5"));
	stop();
}

static const char *expected_host;

static void
check_host(struct evhttp_request *request, void *arg)
{
	ck_assert_str_eq(evhttp_request_get_host(request), expected_host);
	ck_assert_ptr_eq(evhttp_request_get_host(request), evhttp_request_get_host(request));
	spell_and_hello(request, arg);
}

static void
ask_host(const char *lines, const char *host, const char *spell)
{
	expected_host = host;
	ask(&client, lines);
	expect(&client, HELLO);
	ck_assert_str_eq(spelled(), spell);
}

TEST_HTTP(evhttp_add_virtual_host__by_host)
{
	struct evhttp *host, *inside, *removed;

	start(_i);
	host = evhttp_new(NULL);
	inside = evhttp_new(NULL);
	removed = evhttp_new(NULL);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "*.b", host), 0);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "*.b", host), -1);
	ck_assert_int_eq(evhttp_add_virtual_host(host, "x.*", inside), 0);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "gone", removed), 0);
	ck_assert_int_eq(evhttp_remove_virtual_host(http, removed), 0);
	ck_assert_int_eq(evhttp_remove_virtual_host(http, removed), -1);
	evhttp_free(removed);
	evhttp_set_gencb(http, check_host, word("main"));
	evhttp_set_gencb(host, check_host, word("host"));
	evhttp_set_gencb(inside, check_host, word("inside"));
	ck_assert_int_eq(evhttp_add_server_alias(host, "Alias"), 0);
	connect_client(&client);
	ask_host("GET / HTTP/1.1\r\nHost: c\r\n\r\n", "c", "main");
	ask_host("GET / HTTP/1.1\r\nHost: A.B:80\r\n\r\n", "A.B", "host");
	ask_host("GET / HTTP/1.1\r\nHost: x.b\r\n\r\n", "x.b", "inside");
	ask_host("GET / HTTP/1.1\r\nHost: alias\r\n\r\n", "alias", "host");
	ask_host("GET / HTTP/1.1\r\nHost: gone\r\n\r\n", "gone", "main");
	ask_host("GET http://x.b:1/ HTTP/1.1\r\nHost: x.b:1\r\n\r\n", "x.b", "inside");
	ask_host("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "[::1]", "main");
	ck_assert_int_eq(evhttp_remove_server_alias(host, "alias"), 0);
	ck_assert_int_eq(evhttp_remove_server_alias(host, "alias"), -1);
	ask_host("GET / HTTP/1.1\r\nHost: alias\r\n\r\n", "alias", "main");
	evhttp_free(inside);
	ask_host("GET / HTTP/1.1\r\nHost: x.b\r\n\r\n", "x.b", "host");
	stop();
}

/* A virtual host without the path does not fall back to the server's. */
TEST_HTTP(evhttp_add_virtual_host__without_the_path)
{
	struct evhttp *host;

	start_serving(_i);
	host = evhttp_new(NULL);
	ck_assert_int_eq(evhttp_add_virtual_host(http, "a", host), 0);
	ask(&client, GET("/1"));
	expect(&client, "HTTP/1.1 404 Not Found\r\n");
	stop();
}

TEST(evhttp_new__misuse)
{
	struct evhttp *server = evhttp_new(NULL);

	keep_log();
	ck_assert_ptr_null(evhttp_bind_socket_with_handle(server, "127.0.0.1", 0));
	ck_assert_int_eq(evhttp_accept_socket(server, -1), -1);
	evhttp_free(server);
	evhttp_free(NULL);
	ck_assert_int_eq(logged_count(EVENT_LOG_WARN), 3);
}
