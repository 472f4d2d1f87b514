/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bodies of requests in pieces, with pause and resume, and the ends of requests.
 */
#include <levin/http.h>

#include "support/http_kit.h"

static struct evhttp_request *offered;

static const char *
name_of(enum levin_http_end end)
{
	static const char *const names[] = {"completed", "failed", "cancelled", "gone"};

	return names[end];
}

static void
on_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)arg;
	if (request == offered)
		offered = NULL;
	spell_text("<");
	spell_text(name_of(end));
	spell_text(">");
}

static void
on_piece(struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	char text[100] = "";

	(void)request;
	(void)arg;
	ck_assert_int_ge(evbuffer_remove(data, text, sizeof(text) - 1), 0);
	spell_text("[");
	spell_text(text);
	spell_text("]");
}

static void
on_body_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	struct evkeyvalq *trailers = levin_http_request_get_trailers(request);
	const char *trailer = evhttp_find_header(trailers, "X-Sum");

	(void)arg;
	spell_text("(");
	spell_text(name_of(end));
	spell_text(trailer ? trailer : "");
	spell_text(")");
	if (end == LEVIN_HTTP_COMPLETED)
		reply_text(request, 200, "hello");
}

static void
read_pieces(struct evhttp_request *request)
{
	ck_assert_int_eq(
	    levin_http_request_read_body(request, on_piece, on_body_end, word("x")), 0);
}

/* Callback of a route: keeps the request. */
static void
on_offered(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text("head ");
	offered = request;
	ck_assert_int_eq(levin_http_request_set_end_callback(request, on_end, NULL), 0);
	ck_assert_uint_eq(evbuffer_get_length(evhttp_request_get_input_buffer(request)), 0);
}

/* The same, and asks for the body at once. */
static void
on_wanted(struct evhttp_request *request, void *arg)
{
	on_offered(request, arg);
	read_pieces(request);
}

static void
start_bodies(int i)
{
	start(i);
	ck_assert_int_eq(
	    levin_http_server_route(http, 0, "/held", LEVIN_HTTP_AT_HEAD, on_offered, NULL), 0);
	ck_assert_int_eq(
	    levin_http_server_route(http, 0, "/wanted", LEVIN_HTTP_AT_HEAD, on_wanted, NULL), 0);
	connect_client(&client);
}

#define POST_OF(path, size) "POST " path " HTTP/1.1\r\nContent-Length: " size "\r\n" HOST
#define POST_CHUNKS(path)   "POST " path " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST

TEST_HTTP(levin_http_request_read_body__pieces_as_they_come)
{
	start_bodies(_i);

	ask(&client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	ask(&client, "cde" GET("/wanted"));
	expect_spelled("[cde](completed)head (completed)<completed><completed>");
	expect(&client, HELLO HELLO);
	stop();
}

TEST_HTTP(levin_http_request_read_body__chunks_and_trailers)
{
	start_bodies(_i);

	ask(&client, POST_CHUNKS("/wanted") "2\r\nab\r\n1\r");
	expect_spelled("head [ab]");
	ask(&client, "\nc\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n");
	expect_spelled("[c](completed7)<completed>");
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(levin_http_request_read_body__later_and_without_a_function_for_pieces)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "3") "abc");
	expect_spelled("head ");
	expect_nothing(&client);
	ck_assert_int_eq(levin_http_request_read_body(offered, NULL, on_body_end, NULL), 0);
	ck_assert_str_eq(spelled(), "");
	some_turns();
	ck_assert_str_eq(spelled(), "(completed)<completed>");
	expect(&client, HELLO);
	stop();
}

static void
gather(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)arg;
	ck_assert_int_eq(end, LEVIN_HTTP_COMPLETED);
	spell_body(request);
	reply_text(request, 200, "hello");
}

TEST_HTTP(levin_http_request_read_body__gathers_without_a_function_for_pieces)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "6") "abc");
	expect_spelled("head ");
	ck_assert_int_eq(levin_http_request_read_body(offered, NULL, gather, NULL), 0);
	some_turns();
	ask(&client, "def");
	expect_spelled("[abcdef]<completed>");
	expect(&client, HELLO);
	stop();
}

/* Takes a byte and leaves the others. */
static void
on_piece_of_a_byte(struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	char byte[2] = "";

	(void)request;
	(void)arg;
	ck_assert_int_eq(evbuffer_remove(data, byte, 1), 1);
	spell_text(byte);
}

TEST_HTTP(levin_http_request_read_body__what_is_left_comes_again)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "6") "abc");
	expect_spelled("head ");
	ck_assert_int_eq(
	    levin_http_request_read_body(offered, on_piece_of_a_byte, gather, NULL), 0);
	some_turns();
	ask(&client, "def");
	expect_spelled("ab[cdef]<completed>");
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(levin_http_request_read_body__sends_100_when_the_body_is_wanted)
{
	start_bodies(_i);

	ask(&client, "PUT /held HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n" HOST);
	expect_spelled("head ");
	expect_nothing(&client);
	read_pieces(offered);
	expect(&client, "HTTP/1.1 100 Continue\r\n\r\n");
	ask(&client, "abc");
	expect_spelled("[abc](completed)<completed>");
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(levin_http_request_read_body__not_asked_for_is_refused_without_100)
{
	start_bodies(_i);

	ask(&client, "PUT /held HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n" HOST);
	expect_spelled("head ");
	evhttp_send_error(offered, 403, NULL);
	expect(&client, ERROR_REPLY("403", "Forbidden", "90"));
	expect_closed(&client);
	expect_spelled("<completed>");
	stop();
}

TEST_HTTP(levin_http_request_read_body__reply_without_it_when_there_is_none)
{
	start_bodies(_i);

	ask(&client, GET("/held"));
	expect_spelled("head ");
	reply_text(offered, 200, "hello");
	expect(&client, HELLO);
	expect_spelled("<completed>");
	ask(&client, GET("/held"));
	expect_spelled("head ");
	reply_text(offered, 200, "hello");
	expect(&client, HELLO);
	stop();
}

static void
pause_at_piece(struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	on_piece(request, data, arg);
	levin_http_request_pause_body(request);
}

TEST_HTTP(levin_http_request_pause_body__holds_pieces_and_the_end)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "4") "ab");
	expect_spelled("head ");
	ck_assert_int_eq(
	    levin_http_request_read_body(offered, pause_at_piece, on_body_end, NULL), 0);
	expect_spelled("[ab]");
	ask(&client, "cd");
	expect_nothing(&client);
	ck_assert_str_eq(spelled(), "");
	levin_http_request_resume_body(offered);
	expect_spelled("[cd]");
	expect_nothing(&client);
	ck_assert_str_eq(spelled(), "");
	levin_http_request_resume_body(offered);
	expect_spelled("(completed)<completed>");
	expect(&client, HELLO);
	stop();
}

TEST_HTTP(levin_http_request_pause_body__holds_the_end_of_chunks)
{
	start_bodies(_i);

	ask(&client, POST_CHUNKS("/held") "2\r\nab\r\n0\r\n\r\n" GET("/held"));
	expect_spelled("head ");
	ck_assert_int_eq(
	    levin_http_request_read_body(offered, pause_at_piece, on_body_end, NULL), 0);
	expect_spelled("[ab]");
	expect_nothing(&client);
	levin_http_request_resume_body(offered);
	expect_spelled("(completed)head <completed>");
	expect(&client, HELLO);
	reply_text(offered, 200, "hello");
	expect(&client, HELLO);
	stop();
}

/* The client can send no more than what fits into buffers. */
TEST_HTTP_SIM(levin_http_request_pause_body__slows_the_client_down)
{
	static char piece[65536];
	size_t sent = 0;
	ssize_t size;

	start_bodies(_i);
	ask(&client, POST_OF("/held", "100000000"));
	expect_spelled("head ");
	memset(piece, 'x', sizeof(piece));
	do {
		some_turns();
		size = levin_sim_write(client.fd, piece, sizeof(piece));
		if (size > 0)
			sent += (size_t)size;
	} while (size > 0);
	ck_assert_uint_lt(sent, 1000000);
	ck_assert_uint_lt(
	    evbuffer_get_length(bufferevent_get_input(
		evhttp_connection_get_bufferevent(evhttp_request_get_connection(offered)))),
	    200000);
	evhttp_send_error(offered, 413, NULL);
	expect(&client, "HTTP/1.1 413 ");
	stop();
}

TEST_HTTP(levin_http_request_limit_body__more_than_that)
{
	start_bodies(_i);

	ask(&client, POST_CHUNKS("/held"));
	expect_spelled("head ");
	ck_assert_int_eq(levin_http_request_limit_body(offered, 3), 0);
	read_pieces(offered);
	ask(&client, "3\r\nabc\r\n");
	expect_spelled("[abc]");
	ask(&client, "1\r\nd\r\n");
	expect(&client, ERROR_REPLY("413", "Request Entity Too Large", "120"));
	expect_closed(&client);
	expect_spelled("(failed)<completed>");
	stop();
}

TEST_HTTP(levin_http_request_limit_body__announced_is_refused_without_100)
{
	start_bodies(_i);
	evhttp_set_max_body_size(http, 2);

	connect_client(&other_client);
	ask(&other_client,
	    "PUT /held HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n" HOST);
	expect_spelled("head ");
	ck_assert_int_eq(levin_http_request_limit_body(offered, 3), 0);
	read_pieces(offered);
	expect(&other_client, ERROR_REPLY("413", "Request Entity Too Large", "120"));
	expect_spelled("(failed)<completed>");
	close_client(&other_client);
	connect_client(&other_client);
	ask(&other_client, POST_OF("/held", "3") "abc");
	expect_spelled("head ");
	ck_assert_int_eq(levin_http_request_limit_body(offered, -2), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_request_limit_body(offered, -1), 0);
	read_pieces(offered);
	expect(&other_client, HELLO);
	stop();
}

static void
refuse_by_program(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	on_body_end(request, end, arg);
	reply_text(request, 413, "hello");
}

TEST_HTTP(levin_http_body_end__program_replies_after_a_failure)
{
	start_bodies(_i);

	ask(&client, POST_CHUNKS("/held") "x");
	expect_spelled("head ");
	ck_assert_int_eq(
	    levin_http_request_read_body(offered, on_piece, refuse_by_program, NULL), 0);
	expect(
	    &client, HEAD_OF("413 Request Entity Too Large", "5") "Connection: close\r\n\r\nhello");
	expect_closed(&client);
	expect_spelled("(failed)<completed>");
	stop();
}

TEST_HTTP(levin_http_body_end__peer_gone)
{
	start_bodies(_i);

	ask(&client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	close_client(&client);
	expect_spelled("(gone)<gone>");
	stop();
}

/* Of a request without a function for its end; a leak checker sees whether it is freed. */
static void
on_lonely(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text("head ");
	read_pieces(request);
}

TEST_HTTP(levin_http_body_end__peer_gone_frees_the_request)
{
	start_bodies(_i);
	ck_assert_int_eq(
	    levin_http_server_route(http, 0, "/lonely", LEVIN_HTTP_AT_HEAD, on_lonely, NULL), 0);

	ask(&client, POST_OF("/lonely", "5") "ab");
	expect_spelled("head [ab]");
	close_client(&client);
	expect_spelled("(gone)");
	stop();
}

TEST_HTTP(levin_http_body_end__peer_gone_while_it_is_held)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "5") "ab");
	expect_spelled("head ");
	close_client(&client);
	expect_spelled("<gone>");
	stop();
}

/* What has come whole is still read. */
TEST_HTTP(levin_http_body_end__half_closed_while_it_is_held)
{
	start_bodies(_i);

	ask(&client, POST_CHUNKS("/held") "2\r\nab\r\n0\r\n\r\n");
	expect_spelled("head ");
	ck_assert_int_eq(
	    is_simulated() ? levin_sim_shutdown(client.fd, SHUT_WR) : shutdown(client.fd, SHUT_WR),
	    0);
	expect_nothing(&client);
	read_pieces(offered);
	expect_spelled("[ab](completed)<completed>");
	expect(&client, HELLO);
	expect_closed(&client);
	stop();
}

TEST_HTTP_SIM(levin_http_body_end__time_is_over)
{
	start_bodies(_i);

	ask(&client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	expect(&client, ERROR_REPLY("408", "Request Time-out", "104"));
	expect_closed(&client);
	expect_spelled("(failed)<completed>");
	stop();
}

/* No time is over while the program holds the body. */
TEST_HTTP_SIM(levin_http_body_end__no_time_is_over_while_it_is_held)
{
	start_bodies(_i);

	ask(&client, POST_OF("/held", "5") "ab");
	expect_spelled("head ");
	run_for_s(1000);
	ck_assert_str_eq(spelled(), "");
	read_pieces(offered);
	expect_spelled("[ab]");
	ask(&client, "cde");
	expect_spelled("[cde](completed)<completed>");
	stop();
}

TEST_HTTP(levin_http_body_end__reply_amid_the_body_cancels_it)
{
	start_bodies(_i);

	ask(&client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	reply_text(offered, 200, "hello");
	expect(&client, HELLO_CLOSING);
	expect_spelled("(cancelled)<completed>");
	stop();
}

TEST_HTTP(levin_http_request_set_end_callback__of_a_request_of_evhttp)
{
	start_serving(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_request_set_end_callback(kept, on_end, NULL), 0);
	reply_text(kept, 200, "hello");
	expect(&client, HELLO);
	expect_spelled("done<completed>");
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_request_set_end_callback(kept, on_end, NULL), 0);
	reset_client(&client);
	expect_spelled("closed<gone>");
	stop();
}

TEST_HTTP(levin_http_request_set_end_callback__owned_request_stays)
{
	start_serving(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_request_set_end_callback(kept, on_end, NULL), 0);
	evhttp_request_own(kept);
	reset_client(&client);
	expect_spelled("closed<gone>");
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	ck_assert_int_eq(levin_http_request_set_end_callback(kept, on_end, NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	evhttp_request_free(kept);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(levin_http_request_set_end_callback__cancelled_by_frees)
{
	start_bodies(_i);

	ask(&client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	evhttp_request_free(offered);
	ck_assert_str_eq(spelled(), "(cancelled)<cancelled>");
	expect_closed(&client);
	connect_client(&other_client);
	ask(&other_client, POST_OF("/wanted", "5") "ab");
	expect_spelled("head [ab]");
	evhttp_connection_free(evhttp_request_get_connection(offered));
	ck_assert_str_eq(spelled(), "(cancelled)<cancelled>");
	close_client(&other_client);
	connect_client(&other_client);
	ask(&other_client, POST_OF("/held", "5") "ab");
	expect_spelled("head ");
	evhttp_free(http);
	http = NULL;
	ck_assert_str_eq(spelled(), "<cancelled>");
	stop();
}

TEST_HTTP(levin_http_request_read_body__calls_that_are_refused)
{
	start_bodies(_i);
	evhttp_set_gencb(http, keep, NULL);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_request_read_body(kept, on_piece, on_body_end, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_request_limit_body(kept, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	levin_http_request_pause_body(kept);
	levin_http_request_resume_body(kept);
	reply_text(kept, 200, "hello");
	expect(&client, HELLO);
	expect_spelled("done");
	ask(&client, POST_OF("/held", "1"));
	expect_spelled("head ");
	ck_assert_int_eq(levin_http_request_read_body(offered, on_piece, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	levin_http_request_resume_body(offered);
	read_pieces(offered);
	ck_assert_int_eq(levin_http_request_read_body(offered, on_piece, on_body_end, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	stop();
	ck_assert_str_eq(spelled(), "closed(cancelled)<cancelled>");
}

/* The connection ends, but the request stays: it has no end callback. */
static void
hold_only(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text("head ");
	offered = request;
}

TEST_HTTP(levin_http_request_read_body__connection_has_gone)
{
	start(_i);
	ck_assert_int_eq(
	    levin_http_server_route(http, 0, "/", LEVIN_HTTP_AT_HEAD, hold_only, NULL), 0);
	connect_client(&client);

	ask(&client, POST_OF("/", "5") "ab");
	expect_spelled("head ");
	close_client(&client);
	while (evhttp_request_get_connection(offered))
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(levin_http_request_read_body(offered, on_piece, on_body_end, NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	evhttp_send_reply(offered, 200, NULL, NULL);
	stop();
}

/* ---- every callback frees something ---- */

enum where { IN_ROUTE, IN_PIECE, IN_BODY_END, IN_END, WHERES };
enum what { REQUEST, CONNECTION, SERVER, OWNED_AND_SERVER, THINGS };

static enum where where;
static enum what what;
static bool is_done;
static int ends;

static void
free_in(enum where here, struct evhttp_request *request)
{
	struct evhttp_connection *of = evhttp_request_get_connection(request);

	if (here != where || is_done)
		return;
	is_done = true;
	if (what == OWNED_AND_SERVER)
		evhttp_request_own(request);
	if (what == REQUEST) {
		evhttp_request_free(request);
	} else if (what == CONNECTION && of) {
		evhttp_connection_free(of);
	} else if (what != CONNECTION) {
		evhttp_free(http);
		http = NULL;
	}
}

static void
free_in_piece(struct evhttp_request *request, struct evbuffer *data, void *arg)
{
	(void)data;
	(void)arg;
	free_in(IN_PIECE, request);
}

static void
free_in_body_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)arg;
	free_in(IN_BODY_END, request);
	if (end == LEVIN_HTTP_COMPLETED && !is_done)
		reply_text(request, 200, "hello");
}

static void
free_in_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)end;
	(void)arg;
	ends++;
	free_in(IN_END, request);
	if (what == OWNED_AND_SERVER && is_done && evhttp_request_is_owned(request))
		offered = request;
}

static void
free_in_route(struct evhttp_request *request, void *arg)
{
	(void)arg;
	ck_assert_int_eq(levin_http_request_set_end_callback(request, free_in_end, NULL), 0);
	free_in(IN_ROUTE, request);
	if (!is_done)
		ck_assert_int_eq(
		    levin_http_request_read_body(request, free_in_piece, free_in_body_end, NULL),
		    0);
}

static const char *const bodies[] = {
    POST_OF("/", "3") "abc", POST_CHUNKS("/") "1\r\na\r\nBAD", POST_OF("/", "3") "a"};
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

TEST_RANGE(levin_http_bodies__frees_in_every_callback, 0, 2 * WHERES * THINGS * BODIES)
{
	int i = _i / 2;

	where = (enum where)(i % WHERES);
	what = (enum what)(i / WHERES % THINGS);
	start(_i % 2);
	ck_assert_int_eq(
	    levin_http_server_route(http, 0, "/", LEVIN_HTTP_AT_HEAD, free_in_route, NULL), 0);
	connect_client(&client);
	ask(&client, bodies[i / WHERES / THINGS]);
	some_turns();
	close_client(&client);
	while (ends == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	some_turns();
	ck_assert(is_done);
	ck_assert_int_eq(ends, 1);
	stop();
	ck_assert_int_eq(ends, 1);
	if (offered)
		evhttp_request_free(offered);
}
