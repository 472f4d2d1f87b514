/* SPDX-License-Identifier: BSD-3-Clause */
/* Which callback a server calls for which target, host and method. */
#include "http_kit.h"

static struct evhttp *http;
static int port;

static void
handle(struct evhttp_request *req, void *name)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *host = evhttp_request_get_host(req);

	say("%s: %s [%s] host %s", (char *)name, http_method(evhttp_request_get_command(req)),
	    evhttp_request_get_uri(req), host ? host : "NULL");
	if (uri)
		say("    scheme %s userinfo %s host %s port %d path [%s] query [%s] fragment [%s]",
		    evhttp_uri_get_scheme(uri) ? evhttp_uri_get_scheme(uri) : "NULL",
		    evhttp_uri_get_userinfo(uri) ? evhttp_uri_get_userinfo(uri) : "NULL",
		    evhttp_uri_get_host(uri) ? evhttp_uri_get_host(uri) : "NULL",
		    evhttp_uri_get_port(uri),
		    evhttp_uri_get_path(uri) ? evhttp_uri_get_path(uri) : "NULL",
		    evhttp_uri_get_query(uri) ? evhttp_uri_get_query(uri) : "NULL",
		    evhttp_uri_get_fragment(uri) ? evhttp_uri_get_fragment(uri) : "NULL");
	else
		say("    no uri");
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
ask(const char *request)
{
	int fd = http_connect(port);

	http_say_line("> ", request);
	http_put_text(fd, request);
	http_turns();
	http_say_short(fd);
	close(fd);
	http_turns();
}

static void
ask_fully(const char *request)
{
	int fd = http_connect(port);

	http_say_line("> ", request);
	http_put_text(fd, request);
	http_turns();
	http_say_received(fd);
	close(fd);
	http_turns();
}

static void
ask_target(const char *target)
{
	char request[1000];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", target);
	ask(request);
}

static void
ask_host(const char *host)
{
	char request[1000];

	snprintf(request, sizeof(request), "GET /x HTTP/1.1\r\nHost: %s\r\n\r\n", host);
	ask(request);
}

static void
ask_method(const char *method)
{
	char request[1000];

	snprintf(request, sizeof(request), "%s /x HTTP/1.1\r\nHost: h\r\n\r\n", method);
	ask(request);
}

static int
set(const char *path)
{
	int rc = evhttp_set_cb(http, path, handle, (void *)path);

	say("set_cb %s: %d", path, rc);
	return rc;
}

static void
paths(void)
{
	http = http_server(&port);
	set("/a");
	set("/a");
	set("/a b");
	set("/a%20c");
	set("/d/e");
	set("/d%2Fe");
	set("/");
	set("");
	set("*");
	set("/é");
	set("/q?x=1");
	say("del_cb /nothing: %d", evhttp_del_cb(http, "/nothing"));
	ask_fully("GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
	ask_fully("GET /nothing<b>&amp;\"' HTTP/1.1\r\nHost: h\r\n\r\n");
	ask_target("/a");
	ask_target("/a?");
	ask_target("/a?b=c");
	ask_target("/a#f");
	ask_target("/A");
	ask_target("/a/");
	ask_target("/%61");
	ask_target("/a%20b");
	ask_target("/a%20c");
	ask_target("/a%2520c");
	ask_target("/d/e");
	ask_target("/d%2Fe");
	ask_target("/d%2fe");
	ask_target("/a%00");
	ask_target("/a%00b");
	ask_target("/%00");
	ask_target("/a%");
	ask_target("/a%4");
	ask_target("/a%zz");
	ask_target("/a+b");
	ask_target("/./a");
	ask_target("/x/../a");
	ask_target("//a");
	ask_target("//");
	ask_target("///a");
	ask_target("/q?x=1");
	ask_target("/q%3fx=1");
	ask_target("/%C3%A9");
	ask_target("/\xc3\xa9");
	ask_target("/a|b");
	ask_target("/a\\b");
	ask_target("/a{b}^`");
	ask_target("/a\"b");
	ask_target("/a\x01");
	ask_target("/a\x7f");
	ask_target("*");
	ask_target("a");
	ask_target("?x");
	ask_target("#x");
	ask_target("http://other/a");
	ask_target("http://other:81/a?b#c");
	ask_target("http://u:p@other/a");
	ask_target("http://other");
	ask_target("http://other?x");
	ask_target("http:///a");
	ask_target("HTTP://other/a");
	ask_target("https://other/a");
	ask_target("ftp://other/a");
	ask_target("mailto:x");
	ask_target("http:a");
	ask_target("other:80");
	ask_target("http://[::1]/a");
	ask_target("http://[::1]:80/a");
	ask_target("http://[::1/a");
	ask_target("http://other:99999/a");
	ask_target("http://other:/a");
	ask_target("http://other:x/a");
	say("del_cb /a: %d", evhttp_del_cb(http, "/a"));
	say("del_cb /a: %d", evhttp_del_cb(http, "/a"));
	ask_target("/a");
	evhttp_set_gencb(http, handle, (void *)"general");
	ask_target("/a");
	ask_target("/d/e");
	ask_target("*");
	ask_target("a");
	evhttp_set_gencb(http, NULL, NULL);
	ask_target("/a");
	evhttp_free(http);
}

static void
methods(void)
{
	static const char *const names[] = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS",
	    "TRACE", "CONNECT", "PATCH", "PROPFIND", "FOO", "get", "Get", "GETX", "G", "PU", "",
	    "G@T", "G(T"};
	static const int allowed[] = {0x1ff, 0x1, 0, 0xffff};

	http = http_server(&port);
	evhttp_set_gencb(http, handle, (void *)"general");
	ask_fully("OPTIONS /x HTTP/1.1\r\nHost: h\r\n\r\n");
	ask_fully("FOO /x HTTP/1.1\r\nHost: h\r\n\r\n");
	ask_fully("FOO /x HTTP/1.0\r\n\r\n");
	ask_fully("OPTIONS /x HTTP/1.0\r\n\r\n");
	ask_fully("OPTIONS /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / "
		  "HTTP/1.1\r\nHost: a\r\n\r\n");
	ask_fully("FOO /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET / "
		  "HTTP/1.1\r\nHost: a\r\n\r\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ask_method(names[i]);
	ask("CONNECT other:80 HTTP/1.1\r\nHost: other:80\r\n\r\n");
	ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
	for (size_t k = 0; k < 4; k++) {
		say("allowed %x", (unsigned)allowed[k]);
		evhttp_set_allowed_methods(http, (ev_uint16_t)allowed[k]);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			ask_method(names[i]);
		ask("CONNECT other:80 HTTP/1.1\r\nHost: other:80\r\n\r\n");
		ask("CONNECT [::1]:80 HTTP/1.1\r\nHost: other:80\r\n\r\n");
		ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
		ask("GET * HTTP/1.1\r\nHost: h\r\n\r\n");
	}
	evhttp_free(http);
}

/* Bodies go with any method. */
static void
handle_body(struct evhttp_request *req, void *name)
{
	say("%s: %s, %zu bytes", (char *)name, http_method(evhttp_request_get_command(req)),
	    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
	evhttp_send_reply(req, 200, "OK", NULL);
}

static void
bodies(void)
{
	static const char *const names[] = {
	    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"};
	char request[200];

	http = http_server(&port);
	evhttp_set_gencb(http, handle_body, (void *)"general");
	evhttp_set_allowed_methods(http, 0x1ff);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(request, sizeof(request),
		    "%s /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", names[i]);
		ask(request);
		snprintf(request, sizeof(request),
		    "%s /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
		    "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		    names[i]);
		ask(request);
	}
	ask("POST / HTTP/1.1\r\nHost: h\r\n\r\n");
	ask("POST / HTTP/1.0\r\n\r\n");
	ask("PUT / HTTP/1.1\r\nHost: h\r\n\r\n");
	ask("PUT / HTTP/1.0\r\n\r\nabc");
	evhttp_free(http);
}

static struct evhttp *
host(struct evhttp *in, const char *pattern, const char *path)
{
	struct evhttp *vhost = evhttp_new(NULL);

	say("add_virtual_host %s: %d", pattern, evhttp_add_virtual_host(in, pattern, vhost));
	if (path)
		evhttp_set_cb(vhost, path, handle, (void *)pattern);
	return vhost;
}

static void
hosts(void)
{
	struct evhttp *general, *nested, *other, *foo;

	http = http_server(&port);
	evhttp_set_gencb(http, handle, (void *)"main general");
	evhttp_set_cb(http, "/main", handle, (void *)"main /main");
	general = host(http, "general.example", NULL);
	evhttp_set_gencb(general, handle, (void *)"general.example general");
	foo = host(http, "foo.example", "/x");
	nested = host(http, "*.nested.example", "/x");
	host(nested, "in.nested.example", "/x");
	host(http, "a*.b?", "/x");
	host(http, "foo.example", "/x");
	host(http, "[::1]", "/x");
	host(http, "10.0.0.1", "/x");
	host(http, "port.example:81", "/x");
	host(http, "UPPER.example", "/x");
	other = evhttp_new(NULL);
	for (int i = 0; i < 2; i++)
		say("add: %d", evhttp_add_virtual_host(http, "one.example", other));
	for (int i = 0; i < 2; i++)
		say("remove: %d", evhttp_remove_virtual_host(http, other));
	evhttp_free(other);
	for (int i = 0; i < 3; i++)
		say("alias: %d", evhttp_add_server_alias(foo, "alias.example"));
	say("alias: %d", evhttp_add_server_alias(http, "self.example"));
	say("alias: %d", evhttp_add_server_alias(foo, "al*.glob"));
	say("remove alias: %d", evhttp_remove_server_alias(foo, "nothing"));
	for (int i = 0; i < 2; i++)
		say("remove alias: %d", evhttp_remove_server_alias(foo, "alias.example"));
	ask_host("foo.example");
	ask_host("FOO.Example");
	ask_host("foo.example:80");
	ask_host("foo.example:8080");
	ask_host("foo.example:");
	ask_host("foo.example:x");
	ask_host("foo.example.");
	ask_host("general.example");
	ask_host("x.nested.example");
	ask_host("in.nested.example");
	ask_host("nested.example");
	ask_host(".nested.example");
	ask_host("ab.bc");
	ask_host("a.b.bc");
	ask_host("a.b");
	ask_host("port.example");
	ask_host("port.example:81");
	ask_host("upper.EXAMPLE");
	ask_host("alias.example");
	ask_host("ALIAS.example");
	ask_host("alias.example:80");
	ask_host("self.example");
	ask_host("al*.glob");
	ask_host("alx.glob");
	ask_host("[::1]");
	ask_host("[::1]:80");
	ask_host("[::1]x");
	ask_host("::1");
	ask_host("10.0.0.1");
	ask_host("10.0.0.1:80");
	ask_host("");
	ask_host("a b");
	ask_host("a, b");
	ask_host("a/b");
	ask_host("u@foo.example");
	ask("GET /x HTTP/1.1\r\n\r\n");
	ask("GET /x HTTP/1.0\r\n\r\n");
	ask("GET /x HTTP/1.1\r\nHost: foo.example\r\nHost: other\r\n\r\n");
	ask("GET /x HTTP/1.1\r\nHost: other\r\nHost: foo.example\r\n\r\n");
	ask("GET http://foo.example/x HTTP/1.1\r\nHost: other\r\n\r\n");
	ask("GET http://other/x HTTP/1.1\r\nHost: foo.example\r\n\r\n");
	ask("GET http://foo.example/x HTTP/1.1\r\n\r\n");
	ask("GET http://foo.example:81/x HTTP/1.1\r\n\r\n");
	ask("GET http://self.example/x HTTP/1.1\r\n\r\n");
	ask("GET http://SELF.example:81/x HTTP/1.1\r\n\r\n");
	ask("GET http://[::1]:81/x HTTP/1.1\r\n\r\n");
	ask("GET /none HTTP/1.1\r\nHost: foo.example\r\n\r\n");
	ask("GET /main HTTP/1.1\r\nHost: foo.example\r\n\r\n");
	ask("GET /main HTTP/1.1\r\nHost: unknown\r\n\r\n");
	ask("GET /none HTTP/1.1\r\nHost: general.example\r\n\r\n");
	ask("OPTIONS /x HTTP/1.1\r\nHost: general.example\r\n\r\n");
	evhttp_set_allowed_methods(general, 0x1ff);
	ask("OPTIONS /x HTTP/1.1\r\nHost: general.example\r\n\r\n");
	evhttp_set_allowed_methods(http, 0x1ff);
	ask("OPTIONS /x HTTP/1.1\r\nHost: general.example\r\n\r\n");
	say("remove foo: %d", evhttp_remove_virtual_host(http, foo));
	ask_host("foo.example");
	evhttp_free(foo);
	evhttp_free(http);
}

int
main(void)
{
	http_case("paths", paths);
	http_case("methods", methods);
	http_case("bodies", bodies);
	http_case("hosts", hosts);
	return 0;
}
