/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What clients send, and what they make of responses.
 */
#include "support/http_peer_kit.h"

/* ---- What is sent ---- */

TEST_HTTP(evhttp_make_request__adds_host)
{
	start(_i);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_received("GET / HTTP/1.1\r\n" HOST "\r\n");
	expect_spelled("a:200[abc] ");
	stop();
}

static void
expect_request(enum evhttp_cmd_type type, const char *target, const char *name, const char *value,
    const char *body, const char *expected)
{
	struct evhttp_request *request = new_request("a");

	if (name)
		ck_assert_int_eq(
		    evhttp_add_header(evhttp_request_get_output_headers(request), name, value), 0);
	if (body)
		ck_assert_int_eq(
		    evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body)), 0);
	ck_assert_int_eq(evhttp_make_request(connection, request, type, target), 0);
	expect_received(expected);
	evhttp_cancel_request(request);
}

TEST_HTTP(evhttp_make_request__body_and_its_length)
{
	start(_i);
	expect_request(EVHTTP_REQ_POST, "/a?b", NULL, NULL, "xyz",
	    "POST /a?b HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nxyz");
	expect_request(EVHTTP_REQ_POST, "/", NULL, NULL, NULL,
	    "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	expect_request(EVHTTP_REQ_DELETE, "/", NULL, NULL, "x",
	    "DELETE / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx");
	stop();
}

/* Another length would be taken for the beginning of the next request. */
TEST_HTTP(evhttp_make_request__length_is_the_true_one)
{
	start(_i);
	expect_request(EVHTTP_REQ_PUT, "/", "Content-Length", "2", "xyz",
	    "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nxyz");
	expect_request(EVHTTP_REQ_PUT, "/", "Transfer-Encoding", "chunked", "xyz",
	    "PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nxyz");
	stop();
}

TEST_HTTP(evhttp_make_request__host_of_the_program)
{
	start(_i);
	expect_request(EVHTTP_REQ_GET, "/", "Host", "b", NULL, "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
	stop();
}

TEST_HTTP(evhttp_make_request__empty_target_is_the_root)
{
	start(_i);
	expect_request(EVHTTP_REQ_GET, "", NULL, NULL, NULL, "GET / HTTP/1.1\r\n" HOST "\r\n");
	stop();
}

static const struct {
	enum evhttp_cmd_type type;
	const char *target, *expected;
} proxied[] = {
    {EVHTTP_REQ_GET, "http://b/x", "GET http://b/x HTTP/1.1\r\nHost: b\r\n\r\n"},
    {EVHTTP_REQ_GET, "http://u:p@b:81?x", "GET http://u:p@b:81?x HTTP/1.1\r\nHost: b:81\r\n\r\n"},
    {EVHTTP_REQ_GET, "http://[::1]:8/", "GET http://[::1]:8/ HTTP/1.1\r\nHost: [::1]:8\r\n\r\n"},
    {EVHTTP_REQ_CONNECT, "b:443", "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"},
    {EVHTTP_REQ_GET, "/?u=http://b/", "GET /?u=http://b/ HTTP/1.1\r\n" HOST "\r\n"},
};

/* RFC 9112 3.2.2 and 3.2.3. */
TEST_RANGE(
    evhttp_make_request__host_of_the_target_for_proxies, 0, sizeof(proxied) / sizeof(proxied[0]))
{
	start(0);
	expect_request(
	    proxied[_i].type, proxied[_i].target, NULL, NULL, NULL, proxied[_i].expected);
	stop();
}

TEST_HTTP(evhttp_make_request__version_of_the_program)
{
	struct evhttp_request *request = new_request("a");

	start(_i);
	request->major = 1;
	request->minor = 0;
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	expect_received("GET / HTTP/1.0\r\n" HOST "\r\n");
	evhttp_cancel_request(request);
	stop();
}

static const char *const bad_targets[] = {
    "/a b", "/\r\nX: y", "/\n", "/\t", " /", "/\x7f", "/ HTTP/1.1\r\n\r\n"};

TEST_RANGE(evhttp_make_request__refuses_what_would_split_the_request, 0,
    sizeof(bad_targets) / sizeof(bad_targets[0]))
{
	start(0);
	keep_log();
	ck_assert_int_eq(
	    evhttp_make_request(connection, new_request("a"), EVHTTP_REQ_GET, bad_targets[_i]), -1);
	ck_assert(was_logged("target"));
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST(evhttp_make_request__refuses_an_unknown_method)
{
	start(0);
	keep_log();
	ck_assert_int_eq(
	    evhttp_make_request(connection, new_request("a"), (enum evhttp_cmd_type)3, "/"), -1);
	ck_assert(was_logged("method"));
	stop();
}

static int
find_purge(struct evhttp_ext_method *method)
{
	if (method->type != 0x10000)
		return -1;
	method->method = "PURGE";
	method->flags = EVHTTP_METHOD_HAS_BODY;
	return 0;
}

TEST_HTTP(evhttp_connection_set_ext_method_cmp__names_a_method)
{
	start(_i);
	evhttp_connection_set_ext_method_cmp(connection, find_purge);
	expect_request((enum evhttp_cmd_type)0x10000, "/", NULL, NULL, NULL,
	    "PURGE / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
	stop();
}

/* ---- What is received ---- */

TEST_RANGE(response__whole, 0, 2 * RESPONSES)
{
	start(_i / RESPONSES);
	peer.replies[0] = responses[_i % RESPONSES].reply;
	get("a");
	expect_spelled(responses[_i % RESPONSES].spelled);
	stop();
}

/* The next request is answered, whatever the first one got. */
TEST_RANGE(response__next_request_is_not_disturbed, 0, 2 * RESPONSES)
{
	char expected[200];

	start(_i / RESPONSES);
	peer.replies[0] = responses[_i % RESPONSES].reply;
	peer.replies[1] = OK_BODY;
	get("a");
	get("b");
	snprintf(expected, sizeof(expected), "%sb:200[abc] ", responses[_i % RESPONSES].spelled);
	expect_spelled(expected);
	stop();
}

static void
expect_no_body(int i, enum evhttp_cmd_type type, const char *reply, const char *text)
{
	start(i);
	peer.replies[0] = reply;
	ck_assert_int_eq(evhttp_make_request(connection, new_request("a"), type, "a:443"), 0);
	expect_spelled(text);
	stop();
}

TEST_HTTP(response__to_head_has_no_body)
{
	expect_no_body(
	    _i, EVHTTP_REQ_HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "a:200[] ");
}

TEST_HTTP(response__to_connect_has_no_body)
{
	expect_no_body(
	    _i, EVHTTP_REQ_CONNECT, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "a:200[] ");
}

static void
see_tunnel(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_number(evhttp_request_get_response_code(request));
	spell_text(" ");
}

/* What comes behind the response is the program's; the next request gets a connection of its own. */
TEST_HTTP(response__to_connect_leaves_the_stream_to_the_program)
{
	struct evhttp_request *request = evhttp_request_new(see_tunnel, NULL);
	struct evbuffer *input;

	start(_i);
	peer.replies[0] = "HTTP/1.1 200 OK\r\n\r\nearly";
	peer.replies[1] = OK_BODY;
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_CONNECT, "a:443"), 0);
	expect_spelled("200 ");
	some_turns();
	input = bufferevent_get_input(evhttp_connection_get_bufferevent(connection));
	ck_assert_uint_eq(evbuffer_get_length(input), 5);
	get("a");
	expect_spelled("closed a:200[abc] ");
	stop();
}

/* A peer that never comes to an end. */
TEST_HTTP(response__interim_ones_are_bounded)
{
	enum { COUNT = 33 };
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	static char all[COUNT * sizeof(interim)];

	start(_i);
	for (int i = 0; i < COUNT; i++)
		strcat(all, interim);
	peer.replies[0] = all;
	get("a");
	expect_spelled("closed a!head a:NULL ");
	stop();
}

TEST_HTTP(response__bytes_behind_it_are_no_answer)
{
	start(_i);
	peer.replies[0] = OK_BODY OK_BODY;
	peer.replies[1] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
	get("a");
	expect_spelled("a:200[abc] closed ");
	get("b");
	expect_spelled("b:200[x] ");
	ck_assert_int_eq(peer.connections, 2);
	stop();
}

static void
check_fields(struct evhttp_request *request, void *arg)
{
	struct evkeyvalq *fields = evhttp_request_get_input_headers(request);

	(void)arg;
	ck_assert_str_eq(evhttp_request_get_response_code_line(request), "Fine then");
	ck_assert_str_eq(evhttp_find_header(fields, "x"), "y z");
	ck_assert_ptr_null(evhttp_find_header(fields, "Trailer-Field"));
	ck_assert_int_eq(request->major, 1);
	ck_assert_int_eq(request->minor, 1);
	ck_assert_int_eq(request->kind, EVHTTP_RESPONSE);
	ck_assert_uint_eq(request->body_size, 1);
	spell_text("checked");
}

TEST_HTTP(response__fields_and_reason)
{
	struct evhttp_request *request = evhttp_request_new(check_fields, NULL);

	start(_i);
	peer.replies[0] = "HTTP/1.1 201 Fine then\r\nX:  y z\t\r\nTransfer-Encoding: chunked\r\n"
			  "\r\n1\r\na\r\n0\r\nTrailer-Field: a\r\n\r\n";
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	expect_spelled("checked");
	stop();
}

static int
on_head(struct evhttp_request *request, void *name)
{
	(void)name;
	spell_text("head ");
	spell_number(evhttp_request_get_response_code(request));
	spell_text(" ");
	return 0;
}

static int
refuse_head(struct evhttp_request *request, void *name)
{
	(void)request;
	(void)name;
	return -1;
}

static void
on_piece(struct evhttp_request *request, void *name)
{
	(void)name;
	spell_text("piece ");
	spell_number((int)evbuffer_get_length(evhttp_request_get_input_buffer(request)));
	spell_text(" ");
}

TEST_HTTP(evhttp_request_set_chunked_cb__body_as_it_comes)
{
	start(_i);
	peer.replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
	get_in_pieces(on_head, on_piece);
	expect_spelled("head 200 piece 3 ");
	ck_assert_int_eq(bufferevent_write(peer.streams[0], "def", 3), 0);
	expect_spelled("piece 3 a:200[] ");
	stop();
}

TEST_HTTP(evhttp_request_set_header_cb__negative_ends_the_connection)
{
	start(_i);
	peer.replies[0] = OK_BODY;
	get_in_pieces(refuse_head, on_piece);
	expect_spelled("closed a!end a:NULL ");
	stop();
}

TEST_HTTP(evhttp_connection_set_max_headers_size__ends_a_longer_head)
{
	start(_i);
	evhttp_connection_set_max_headers_size(connection, 30);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("closed a!head a:NULL ");
	stop();
}

static const char *const long_bodies[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nabcd",
};

TEST_RANGE(evhttp_connection_set_max_body_size__ends_a_longer_body, 0, 3)
{
	start(0);
	evhttp_connection_set_max_body_size(connection, 3);
	peer.replies[0] = long_bodies[_i];
	get("a");
	expect_spelled("closed a!long a:NULL ");
	stop();
}
