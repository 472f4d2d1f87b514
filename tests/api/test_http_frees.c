/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every callback of a server frees the request, the connection or the server, before the reply,
 * amid it or after it, with a second request behind.  The address sanitizer says whether that is
 * noticed; the connection has to end in each case, or all requests get their replies.
 */
#include "support/http_kit.h"

enum where {
	IN_NEW_REQUEST,
	IN_HEADERS,
	IN_PIECE,
	IN_REQUEST,
	IN_REQUEST_AFTER_REPLY,
	IN_REQUEST_AMID_REPLY,
	IN_CHUNK_SENT,
	IN_COMPLETE,
	IN_ERROR_PAGE,
	IN_CLOSED,
	IN_MAKING_STREAM,
	WHERES
};

enum what { REQUEST, CONNECTION, SERVER, OWNED_AND_CONNECTION, OWNED_AND_SERVER, THINGS };

static enum where where;
static enum what what;
static struct evhttp_request *current;
static bool is_owned;
static bool is_done;
static bool has_connection_ended;

static void
free_it(struct evhttp_request *request, struct evhttp_connection *connection)
{
	if (is_done)
		return;
	is_done = true;
	is_owned = request && (what == OWNED_AND_CONNECTION || what == OWNED_AND_SERVER);
	if (is_owned)
		evhttp_request_own(request);
	if (what == REQUEST && request) {
		if (current == request)
			current = NULL;
		evhttp_request_free(request);
	} else if ((what == CONNECTION || what == OWNED_AND_CONNECTION) && connection) {
		evhttp_connection_free(connection);
	} else if (what == SERVER || what == OWNED_AND_SERVER) {
		evhttp_free(http);
		http = NULL;
	} else {
		is_done = false;
	}
	if (is_done && !is_owned)
		current = NULL;
}

static void
free_of(enum where here, struct evhttp_request *request)
{
	if (here == where)
		free_it(request, evhttp_request_get_connection(request));
}

static void
on_closed_here(struct evhttp_connection *connection, void *arg)
{
	(void)arg;
	has_connection_ended = true;
	if (where == IN_CLOSED)
		free_it(current, connection);
}

static void
on_complete_here(struct evhttp_request *request, void *arg)
{
	(void)arg;
	if (!is_owned)
		current = NULL;
	free_of(IN_COMPLETE, request);
	if (is_owned)
		current = request;
}

static void
on_chunk_sent(struct evhttp_connection *connection, void *arg)
{
	struct evhttp_request *request = arg;

	if (where == IN_CHUNK_SENT) {
		bool was_done = is_done;

		free_it(request, connection);
		if (!was_done && is_done)
			return;
	}
	evhttp_send_reply_end(request);
}

static int
on_headers(struct evhttp_request *request, void *arg)
{
	(void)arg;
	free_of(IN_HEADERS, request);
	return 0;
}

static void
on_piece(struct evhttp_request *request, void *arg)
{
	(void)arg;
	free_of(IN_PIECE, request);
}

static int
on_new(struct evhttp_request *request, void *arg)
{
	(void)arg;
	current = request;
	evhttp_request_set_header_cb(request, on_headers);
	evhttp_request_set_chunked_cb(request, on_piece);
	evhttp_request_set_on_complete_cb(request, on_complete_here, NULL);
	evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_closed_here, NULL);
	free_of(IN_NEW_REQUEST, request);
	return 0;
}

static void
send_chunk(struct evhttp_request *request)
{
	struct evbuffer *chunk = evbuffer_new();

	evbuffer_add(chunk, "chunk", 5);
	evhttp_send_reply_chunk_with_cb(request, chunk, on_chunk_sent, request);
	evbuffer_free(chunk);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	(void)arg;
	current = request;
	if (where == IN_REQUEST) {
		free_it(request, evhttp_request_get_connection(request));
		return;
	}
	if (where == IN_CLOSED) {
		/* The peer goes while the reply is owed. */
		return;
	}
	if (where == IN_CHUNK_SENT || where == IN_REQUEST_AMID_REPLY) {
		evhttp_send_reply_start(request, 200, NULL);
		send_chunk(request);
		free_of(IN_REQUEST_AMID_REPLY, request);
		return;
	}
	if (where == IN_ERROR_PAGE) {
		evhttp_send_error(request, 404, NULL);
		return;
	}
	say_hello(request, NULL);
	free_of(IN_REQUEST_AFTER_REPLY, request);
}

static int
on_error_page(
    struct evhttp_request *request, struct evbuffer *page, int code, const char *reason, void *arg)
{
	(void)page;
	(void)code;
	(void)reason;
	(void)arg;
	free_of(IN_ERROR_PAGE, request);
	return -1;
}

static struct bufferevent *
make_stream(struct event_base *of, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(of, -1, BEV_OPT_CLOSE_ON_FREE);

	(void)arg;
	if (where == IN_MAKING_STREAM)
		free_it(NULL, NULL);
	return bev;
}

static const char requests[] =
    "POST / HTTP/1.1\r\nContent-Length: 6\r\n" HOST "abcdef"
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST "1\r\ng\r\n0\r\n\r\n"
    "BAD\r\n\r\n";

/* Numbers: kernel, callback, thing, and whether the requests come at once. */
enum { CASES = 2 * WHERES * THINGS * 2 };

TEST_RANGE(frees__in_every_callback, 0, CASES)
{
	bool at_once = _i / 2 / WHERES / THINGS;

	where = (enum where)(_i / 2 % WHERES);
	what = (enum what)(_i / 2 / WHERES % THINGS);
	start(_i % 2);
	keep_log();
	evhttp_set_gencb(http, on_request, NULL);
	evhttp_set_newreqcb(http, on_new, NULL);
	evhttp_set_errorcb(http, on_error_page, NULL);
	evhttp_set_bevcb(http, make_stream, NULL);
	connect_client(&client);
	for (size_t i = 0; i < sizeof(requests) - 1 && !client.is_closed; i++) {
		const char byte[2] = {requests[i], '\0'};

		if (at_once) {
			ask(&client, requests);
			break;
		}
		ask(&client, byte);
		some_turns();
	}
	if (where == IN_CLOSED) {
		while (!current && !client.is_closed)
			event_base_loop(base, EVLOOP_ONCE);
		reset_client(&client);
		while (!has_connection_ended)
			event_base_loop(base, EVLOOP_ONCE);
	} else {
		if (!client.is_closed)
			finish(client.fd);
		while (!client.is_closed)
			event_base_loop(base, EVLOOP_ONCE);
	}
	some_turns();
	/* A lost request is the program's until its reply. */
	if (is_owned && current)
		evhttp_request_free(current);
	else if (current && where == IN_CLOSED && http)
		evhttp_send_reply(current, 200, NULL, NULL);
	stop();
}

/* ---- Later: from the loop, with the request in each state ---- */

static void
keep_it(struct evhttp_request *request, void *arg)
{
	(void)arg;
	kept = request;
}

static void
keep_one(int i, const char *text)
{
	start(i);
	evhttp_set_gencb(http, keep_it, NULL);
	connect_client(&client);
	ask(&client, text);
	while (!kept)
		event_base_loop(base, EVLOOP_ONCE);
}

#define GET_TWICE "GET / HTTP/1.1\r\n" HOST "GET / HTTP/1.1\r\n" HOST

TEST_HTTP(evhttp_free__reply_owed)
{
	keep_one(_i, GET_TWICE);
	evhttp_free(http);
	http = NULL;
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_free__reply_owed_for_an_owned_request)
{
	keep_one(_i, GET_TWICE);
	evhttp_request_own(kept);
	evhttp_free(http);
	http = NULL;
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	evhttp_send_reply(kept, 200, NULL, NULL);
	evhttp_send_error(kept, 500, NULL);
	evhttp_request_free(kept);
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_free__amid_chunks)
{
	keep_one(_i, GET_TWICE);
	evhttp_send_reply_start(kept, 200, NULL);
	chunk_text(kept, "a");
	evhttp_free(http);
	http = NULL;
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_free__reply_not_written)
{
	keep_one(_i, GET_TWICE);
	say_hello(kept, NULL);
	evhttp_free(http);
	http = NULL;
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_request_free__reply_owed)
{
	keep_one(_i, GET_TWICE);
	evhttp_request_free(kept);
	expect_closed(&client);
	stop();
}

/* The reply before it goes out. */
TEST_HTTP(evhttp_request_free__behind_a_reply)
{
	struct evhttp_request *first;

	keep_one(_i, GET_TWICE);
	first = kept;
	kept = NULL;
	say_hello(first, NULL);
	while (!kept)
		event_base_loop(base, EVLOOP_ONCE);
	evhttp_request_free(kept);
	expect(&client, HELLO);
	expect_closed(&client);
	stop();
}

static void
on_chunk_of_freed(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	ck_abort_msg("the request is freed");
}

static void
free_second(struct evhttp_request *request, void *arg)
{
	struct evbuffer *chunk;

	if (strcmp(evhttp_request_get_uri(request), "/1") == 0) {
		say_hello(request, arg);
		return;
	}
	chunk = evbuffer_new();
	evbuffer_add(chunk, "one", 3);
	evhttp_send_reply_start(request, 200, NULL);
	evhttp_send_reply_chunk_with_cb(request, chunk, on_chunk_of_freed, NULL);
	evhttp_request_free(request);
	evbuffer_free(chunk);
}

/* The callback of its chunk may need what the program has freed with it. */
TEST_HTTP(evhttp_request_free__chunk_not_written)
{
	start(_i);
	evhttp_set_gencb(http, free_second, NULL);
	connect_client(&client);
	ask(&client, "GET /1 HTTP/1.1\r\n" HOST "GET /2 HTTP/1.1\r\n" HOST);
	expect(&client, HELLO CHUNKED_HEAD "3\r\none\r\n");
	expect_closed(&client);
	stop();
}

TEST_HTTP(evhttp_request_free__reply_not_written)
{
	keep_one(_i, "GET / HTTP/1.1\r\n" HOST);
	say_hello(kept, NULL);
	evhttp_request_free(kept);
	expect(&client, HELLO);
	expect_nothing(&client);
	stop();
}

static void
free_server(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	evhttp_free(http);
}

/* The second call is refused: the server is being freed. */
TEST_HTTP(evhttp_free__inside_itself)
{
	keep_one(_i, GET_TWICE);
	keep_log();
	evhttp_connection_set_closecb(evhttp_request_get_connection(kept), free_server, NULL);
	evhttp_free(http);
	http = NULL;
	ck_assert(was_logged("the server is being freed already"));
	expect_closed(&client);
	stop();
}

static void
reply_to_kept(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	say_hello(kept, NULL);
}

TEST_HTTP(evhttp_send_reply__inside_close_callback)
{
	keep_one(_i, GET_TWICE);
	evhttp_connection_set_closecb(evhttp_request_get_connection(kept), reply_to_kept, NULL);
	reset_client(&client);
	while (evhttp_get_connection_count(http) > 0)
		event_base_loop(base, EVLOOP_ONCE);
	some_turns();
	stop();
}

static void
refuse_kept(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	evhttp_send_error(kept, 500, NULL);
	kept = NULL; /* so that a leak is seen */
	spell_text(arg);
}

/* Nobody replies to it again: it would stay for ever. */
TEST_HTTP(evhttp_send_error__inside_close_callback)
{
	keep_one(_i, GET_TWICE);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(kept), refuse_kept, word("closed"));
	reset_client(&client);
	expect_spelled("closed");
	some_turns();
	stop();
}
