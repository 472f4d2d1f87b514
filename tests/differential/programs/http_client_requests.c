/* SPDX-License-Identifier: BSD-3-Clause */
/* The bytes of a client's requests, and what it makes of replies. */
#include "http_kit.h"

static struct evhttp_connection *client;
static int listener, port, peer = -1;

static void
on_done(struct evhttp_request *req, void *arg)
{
	struct evkeyval *field;

	if (!req) {
		say("%s: done, NULL", (char *)arg);
		return;
	}
	say("%s: done, code %d, line [%s], version %d.%d", (char *)arg,
	    evhttp_request_get_response_code(req),
	    evhttp_request_get_response_code_line(req) ? evhttp_request_get_response_code_line(req)
						       : "NULL",
	    req->major, req->minor);
	for (field = req->input_headers->tqh_first; field; field = field->next.tqe_next)
		say("  [%s]: [%s]", field->key, field->value);
	http_say_buffer("  body ", req->input_buffer);
}

static void
on_error(enum evhttp_request_error error, void *arg)
{
	say("%s: error %s", (char *)arg, http_error(error));
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	say("%s: closed", (char *)arg);
}

static int
on_header(struct evhttp_request *req, void *arg)
{
	say("%s: header, code %d", (char *)arg, evhttp_request_get_response_code(req));
	return 0;
}

static void
on_chunk(struct evhttp_request *req, void *arg)
{
	say("%s: chunk, %zu", (char *)arg,
	    evbuffer_get_length(evhttp_request_get_input_buffer(req)));
}

static struct evhttp_request *
request(const char *name)
{
	struct evhttp_request *req = evhttp_request_new(on_done, (void *)name);

	evhttp_request_set_error_cb(req, on_error);
	return req;
}

static void
begin_as(const char *host)
{
	listener = http_listen(&port);
	client = evhttp_connection_base_new(http_base, NULL, host, (ev_uint16_t)port);
	evhttp_connection_set_closecb(client, on_close, (void *)"connection");
}

static void
begin(void)
{
	begin_as("127.0.0.1");
}

static void
make(struct evhttp_request *req, enum evhttp_cmd_type type, const char *uri)
{
	int rc = evhttp_make_request(client, req, type, uri);

	say("make_request %s: %d", http_method(type), rc);
}

/* "127.0.0.1:PORT" is the same in each run. */
static void
say_request_bytes(void)
{
	static char bytes[1 << 20];
	char number[20];
	size_t size = 0, length;
	ssize_t n;
	char *found;

	while ((n = recv(peer, bytes + size, sizeof(bytes) - 1 - size, 0)) > 0)
		size += (size_t)n;
	bytes[size] = '\0';
	length = (size_t)snprintf(number, sizeof(number), ":%d", port);
	while ((found = memmem(bytes, size, number, length))) {
		memcpy(found, ":PORT", 5);
		memmove(found + 5, found + length, size - (size_t)(found + length - bytes) + 1);
		size += 5 - length;
	}
	http_say_bytes("> ", bytes, size);
	say("> (%s)", n == 0 ? "closed" : errno == EAGAIN ? "open" : strerror(errno));
}

static void
take(void)
{
	http_turns();
	peer = http_accept(listener);
	http_turns();
	if (peer >= 0)
		say_request_bytes();
}

static void
answer(const char *text)
{
	http_say_line("< ", text);
	http_put_text(peer, text);
	http_turns();
}

static void
finish(void)
{
	say("free the connection");
	evhttp_connection_free(client);
	http_turns();
	event_base_free(http_base);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void
method(const void *arg)
{
	struct evhttp_request *req = request("r");

	begin();
	make(req, *(const int *)arg, "/path?query");
	take();
	answer(OK);
	finish();
}

static void
method_with_body(const void *arg)
{
	struct evhttp_request *req = request("r");

	begin();
	evbuffer_add(evhttp_request_get_output_buffer(req), "abc", 3);
	make(req, *(const int *)arg, "/");
	take();
	answer(OK);
	finish();
}

static void
uri(const void *arg)
{
	struct evhttp_request *req = request("r");

	begin();
	make(req, EVHTTP_REQ_GET, arg);
	take();
	finish();
}

static void
host(const void *arg)
{
	struct evhttp_request *req = request("r");

	begin_as(arg);
	make(req, EVHTTP_REQ_GET, "/");
	http_turns();
	take();
	finish();
}

/* Ports that are left out. Nothing listens there, so the fields are looked at. */
static void
default_port(const void *arg)
{
	struct evhttp_request *req = request("r");
	struct evkeyval *field;

	evhttp_request_own(req);
	client =
	    evhttp_connection_base_new(http_base, NULL, "127.0.0.1", *(const ev_uint16_t *)arg);
	evhttp_make_request(client, req, EVHTTP_REQ_GET, "/");
	for (field = req->output_headers->tqh_first; field; field = field->next.tqe_next)
		say("  [%s]: [%s]", field->key, field->value);
}

static void
fields(void)
{
	struct evhttp_request *req = request("r");
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);

	begin();
	evhttp_add_header(out, "X-First", "1");
	evhttp_add_header(out, "Host", "mine");
	evhttp_add_header(out, "X-Last", "2");
	make(req, EVHTTP_REQ_GET, "/");
	take();
	answer(OK);
	req = request("s");
	out = evhttp_request_get_output_headers(req);
	evhttp_add_header(out, "Content-Length", "7");
	evhttp_add_header(out, "Connection", "close");
	evhttp_add_header(out, "Content-Type", "text/x");
	evbuffer_add(evhttp_request_get_output_buffer(req), "abc", 3);
	make(req, EVHTTP_REQ_POST, "/");
	http_turns();
	say_request_bytes();
	answer(OK);
	req = request("t");
	out = evhttp_request_get_output_headers(req);
	evhttp_add_header(out, "Transfer-Encoding", "chunked");
	evbuffer_add(evhttp_request_get_output_buffer(req), "3\r\nabc\r\n0\r\n\r\n", 13);
	make(req, EVHTTP_REQ_PUT, "/");
	take();
	answer(OK);
	finish();
}

static void
version(void)
{
	struct evhttp_request *req = request("r");

	begin();
	req->major = 1;
	req->minor = 0;
	say("kind %d", req->kind);
	make(req, EVHTTP_REQ_GET, "/");
	take();
	finish();
}

static void
proxy(const void *reply)
{
	struct evhttp_request *req = request("r");

	begin();
	req->flags |= EVHTTP_PROXY_REQUEST;
	evhttp_add_header(evhttp_request_get_output_headers(req), "Proxy-Connection", "keep-alive");
	make(req, EVHTTP_REQ_GET, "http://other/");
	take();
	answer(reply);
	finish();
}

/* What the reply is, for a method. */
static void
reply_to(int type, const char *text, const char *more)
{
	struct evhttp_request *req = request("r");

	begin();
	evhttp_request_set_header_cb(req, on_header);
	make(req, type, "/");
	make(request("next"), EVHTTP_REQ_GET, "/next");
	http_turns();
	peer = http_accept(listener);
	http_turns();
	http_say_short(peer);
	answer(text);
	if (more)
		answer(more);
	http_say_short(peer);
	say("end");
	close(peer);
	http_turns();
	finish();
}

static void
reply_get(const void *text)
{
	reply_to(EVHTTP_REQ_GET, text, NULL);
}

static void
reply_head(const void *text)
{
	reply_to(EVHTTP_REQ_HEAD, text, NULL);
}

static void
reply_connect(const void *text)
{
	reply_to(EVHTTP_REQ_CONNECT, text, NULL);
}

static void
chunks(void)
{
	struct evhttp_request *req = request("r");

	begin();
	evhttp_request_set_chunked_cb(req, on_chunk);
	evhttp_request_set_header_cb(req, on_header);
	make(req, EVHTTP_REQ_GET, "/");
	take();
	answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	answer("3\r\na");
	answer("bc\r\n1\r\na\r\n2\r\nbc\r\n");
	answer("0\r\n\r\n");
	req = request("s");
	evhttp_request_set_chunked_cb(req, on_chunk);
	make(req, EVHTTP_REQ_GET, "/");
	http_turns();
	say_request_bytes();
	answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na");
	answer("bcd");
	answer("e");
	req = request("t");
	evhttp_request_set_chunked_cb(req, on_chunk);
	make(req, EVHTTP_REQ_GET, "/");
	http_turns();
	answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	req = request("u");
	evhttp_request_set_chunked_cb(req, on_chunk);
	make(req, EVHTTP_REQ_GET, "/");
	http_turns();
	answer("HTTP/1.1 200 OK\r\n\r\na");
	answer("b");
	close(peer);
	http_turns();
	finish();
}

static const char *const gets[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: x\r\n\r\nabc",
    "HTTP/1.0 200 OK\r\nConnection: x\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: x, close\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: x\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nd",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\n\r\n",
    "HTTP/1.1 205 Reset\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 "
    "OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/1.1 199 x\r\n\r\n",
    "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200  OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 a b c\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 0 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "ICY 200 OK\r\n\r\n",
    "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
    "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nY:\tz\t\r\nZ : 1\r\n: 2\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
};

static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\n",
};

static const char *const connects[] = {
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabc",
    "HTTP/1.1 407 Proxy\r\nContent-Length: 3\r\n\r\nabc",
};

int
main(void)
{
	static const int methods[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 0, 512, 3};
	static const char *const uris[] = {"/", "", "a", "?q", "*", "http://other/x", "//a", "/a b",
	    "/a\tb", "/a\r\nX: y", "/a\n", "/\xc3\xa9", "/#f"};
	static const char *const hosts[] = {"127.0.0.1", "localhost", "::1", "[::1]"};
	static const ev_uint16_t ports[] = {80, 443, 8080, 0};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		http_case_with("method", method, &methods[i]);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		http_case_with("method with a body", method_with_body, &methods[i]);
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		http_case_with("uri", uri, uris[i]);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		http_case_with(hosts[i], host, hosts[i]);
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		say("port %d", ports[i]);
		http_case_with("port", default_port, &ports[i]);
	}
	http_case("fields", fields);
	http_case("version", version);
	http_case_with("proxy", proxy, OK);
	http_case_with("proxy", proxy,
	    "HTTP/1.1 200 OK\r\nProxy-Connection: keep-alive\r\nContent-Length: 0\r\n\r\n");
	http_case_with("proxy", proxy,
	    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
	http_case("chunks", chunks);
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++)
		http_case_with("reply", reply_get, gets[i]);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		http_case_with("reply to HEAD", reply_head, heads[i]);
	for (size_t i = 0; i < sizeof(connects) / sizeof(connects[0]); i++)
		http_case_with("reply to CONNECT", reply_connect, connects[i]);
	return 0;
}
