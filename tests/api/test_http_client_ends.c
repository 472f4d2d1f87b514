/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections of clients: when they are made, kept and closed, and how requests end.
 */
#include "support/http_peer_kit.h"

#include <event2/event_compat.h>
#include <event2/http_compat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- Connections ---- */

TEST_HTTP(connection__stays_for_the_next_request)
{
	start(_i);
	for (int i = 0; i < 4; i++)
		peer.replies[i] = OK_BODY;
	get("a");
	get("b");
	expect_spelled("a:200[abc] b:200[abc] ");
	get("c");
	expect_spelled("c:200[abc] ");
	ck_assert_int_eq(peer.connections, 1);
	stop();
}

TEST_HTTP(connection__another_one_when_the_peer_has_closed_it)
{
	start(_i);
	peer.replies[0] = OK_BODY FIN;
	peer.replies[1] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] closed ");
	get("b");
	expect_spelled("b:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	stop();
}

/* All that wait are told; later requests try again. */
TEST_HTTP(connection__refused)
{
	start(_i);
	stop_listening();
	get("a");
	get("b");
	expect_spelled("a:0[] b:0[] ");
	get("c");
	expect_spelled("c:0[] ");
	stop();
}

TEST_HTTP(connection__name_that_is_none)
{
	start(_i);
	evhttp_connection_free(connection);
	connection = evhttp_connection_base_new(base, NULL, "256.1.1.1", 80);
	ck_assert_ptr_nonnull(connection);
	evhttp_connection_set_retries(connection, 3);
	get("a");
	get("b");
	expect_spelled("a!end a:NULL b!end b:NULL ");
	stop();
}

TEST_HTTP(connection__address_in_brackets)
{
	const char *address;
	uint16_t port;

	start(_i);
	evhttp_connection_free(connection);
	connection = evhttp_connection_base_new(base, NULL, "[127.0.0.1]", peer.port);
	evhttp_connection_get_peer(connection, &address, &port);
	ck_assert_str_eq(address, "127.0.0.1");
	ck_assert_uint_eq(port, peer.port);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	stop();
}

static int64_t
now_ms(void)
{
	return levin_sim_now_ns(simulation_under_test()) / 1000000;
}

TEST_HTTP_SIM(evhttp_connection_set_retries__waits_twice_as_long_each_time)
{
	int64_t begin;

	start(_i);
	stop_listening();
	evhttp_connection_set_retries(connection, 3);
	evhttp_connection_set_initial_retry_tv(connection, MS(300));
	begin = now_ms();
	get("a");
	expect_spelled("a:0[] ");
	ck_assert_int_ge(now_ms() - begin, 300 + 600 + 1200);
	ck_assert_int_lt(now_ms() - begin, 300 + 600 + 1200 + 100);
	stop();
}

static void
listen_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	start_peer();
}

TEST_HTTP_SIM(evhttp_connection_set_retries__for_ever)
{
	start(_i);
	stop_listening();
	evbuffer_free(peer.received);
	peer.replies[0] = OK_BODY;
	evhttp_connection_set_retries(connection, -1);
	ck_assert_int_eq(event_base_once(base, -1, EV_TIMEOUT, listen_again, NULL, MS(100000)), 0);
	get("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_ge(now_ms(), 100000);
	stop();
}

TEST_HTTP_SIM(evhttp_connection_set_timeout__silence)
{
	int64_t begin;

	start(_i);
	peer.replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab";
	evhttp_connection_set_timeout(connection, 3);
	begin = now_ms();
	get("a");
	expect_spelled("closed a!timeout a:NULL ");
	ck_assert_int_ge(now_ms() - begin, 3000);
	ck_assert_int_lt(now_ms() - begin, 3100);
	stop();
}

/* Only a server closes a connection that waits for the next request. */
TEST_HTTP_SIM(evhttp_connection_set_timeout__not_between_requests)
{
	start(_i);
	peer.replies[0] = OK_BODY;
	peer.replies[1] = OK_BODY;
	evhttp_connection_set_timeout(connection, 3);
	get("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(event_base_loopexit(base, MS(100000)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	get("b");
	expect_spelled("b:200[abc] ");
	ck_assert_int_eq(peer.connections, 1);
	stop();
}

TEST(evhttp_connection_base_bufferevent_unix_new__unix_socket)
{
	char folder[] = "/tmp/levin.XXXXXX";
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	start(0);
	stop_listening();
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
	listen_at((struct sockaddr *)&address, sizeof(address));
	evhttp_connection_free(connection);
	connection = evhttp_connection_base_bufferevent_unix_new(base, NULL, address.sun_path);
	ck_assert_ptr_nonnull(connection);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_received("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	expect_spelled("a:200[abc] ");
	stop();
	ck_assert_int_eq(unlink(address.sun_path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void
make_connected(struct bufferevent *bev)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(peer.port);
	ck_assert_int_eq(
	    bufferevent_socket_connect(bev, (struct sockaddr *)&address, sizeof(address)), 0);
	while (peer.connections == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	some_turns();
}

TEST_HTTP(evhttp_connection_base_bufferevent_reuse_new__connected_stream)
{
	struct bufferevent *bev;
	const char *address;
	uint16_t port;

	start(_i);
	evhttp_connection_free(connection);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(bev);
	make_connected(bev);
	connection = evhttp_connection_base_bufferevent_reuse_new(base, NULL, bev);
	ck_assert_ptr_nonnull(connection);
	evhttp_connection_set_closecb(connection, on_closed, NULL);
	evhttp_connection_get_peer(connection, &address, &port);
	ck_assert_str_eq(address, "127.0.0.1");
	ck_assert_uint_eq(port, peer.port);
	peer.replies[0] = OK_CLOSES;
	peer.replies[1] = OK_BODY;
	get("a");
	get("b");
	expect_spelled("closed a:200[abc] b:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	stop();
}

TEST_HTTP(evhttp_connection_base_bufferevent_new__keeps_the_bufferevent)
{
	struct bufferevent *bev;

	start(_i);
	evhttp_connection_free(connection);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	connection =
	    evhttp_connection_base_bufferevent_new(base, NULL, bev, "127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	peer.replies[0] = OK_CLOSES;
	peer.replies[1] = OK_BODY;
	get("a");
	get("b");
	expect_spelled("a:200[abc] b:200[abc] ");
	ck_assert_ptr_eq(evhttp_connection_get_bufferevent(connection), bev);
	stop();
}

/* The descriptor is the connection's, whatever the options of the bufferevent are. */
TEST_HTTP(evhttp_connection_base_bufferevent_new__closes_the_descriptor)
{
	struct bufferevent *bev;

	start(_i);
	evhttp_connection_free(connection);
	bev = bufferevent_socket_new(base, -1, 0);
	connection =
	    evhttp_connection_base_bufferevent_new(base, NULL, bev, "127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	peer.replies[0] = OK_CLOSES;
	peer.replies[1] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	while (peer.streams[0])
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	get("b");
	expect_spelled("b:200[abc] ");
	evhttp_connection_free(connection);
	connection = NULL;
	while (peer.streams[1])
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	stop();
}

/* What the program had connected is closed: requests go to the address of the connection. */
TEST_HTTP(evhttp_connection_base_bufferevent_new__connected_already)
{
	struct bufferevent *bev;

	start(_i);
	evhttp_connection_free(connection);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(bev);
	make_connected(bev);
	connection =
	    evhttp_connection_base_bufferevent_new(base, NULL, bev, "127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	stop();
}

TEST(evhttp_connection_new__on_the_current_base)
{
	start(0);
	evhttp_connection_free(connection);
	event_base_free(base);
	base = event_init();
	ck_assert_ptr_nonnull(base);
	evconnlistener_free(peer.listener);
	evbuffer_free(peer.received);
	start_peer();
	connection = evhttp_connection_new("127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	ck_assert_ptr_eq(evhttp_connection_get_base(connection), base);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	stop();
}

TEST(evhttp_connection_set_base__another_base)
{
	struct event_base *current = event_init();

	start(0);
	evhttp_connection_free(connection);
	connection = evhttp_connection_new("127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	evhttp_connection_set_base(connection, base);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	stop();
	event_base_free(current);
}

TEST(evhttp_start__on_the_current_base)
{
	struct evhttp *http, *other;

	start(0);
	evhttp_connection_free(connection);
	connection = NULL;
	stop_listening();
	event_base_free(base);
	base = event_init();
	http = evhttp_start("127.0.0.1", 0);
	ck_assert_ptr_nonnull(http);
	evhttp_free(http);
	other = evhttp_start("256.1.1.1", 80);
	ck_assert_ptr_null(other);
	stop();
}

TEST(evhttp_connection_set_local_address__is_what_the_peer_sees)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	start(0);
	evhttp_connection_set_local_address(connection, "127.0.0.2");
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(
	    getpeername(bufferevent_getfd(peer.streams[0]), (struct sockaddr *)&address, &size), 0);
	ck_assert_uint_eq(ntohl(address.sin_addr.s_addr), 0x7f000002);
	stop();
}

TEST(evhttp_connection_set_local_address__that_is_none_fails)
{
	start(0);
	evhttp_connection_set_local_address(connection, "nonsense");
	get("a");
	expect_spelled("a:0[] ");
	stop();
}

TEST_HTTP(evhttp_connection_get_addr__once_connected)
{
	start(_i);
	ck_assert_ptr_null(evhttp_connection_get_addr(connection));
	ck_assert_ptr_null(evhttp_connection_get_server(connection));
	ck_assert_ptr_eq(evhttp_connection_get_base(connection), base);
	peer.replies[0] = OK_BODY;
	get("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(evhttp_connection_get_addr(connection)->sa_family, AF_INET);
	stop();
}

TEST(evhttp_connection_set_flags__knows_the_public_ones)
{
	start(0);
	ck_assert_int_eq(evhttp_connection_set_flags(connection, 0), 0);
	ck_assert_int_eq(evhttp_connection_set_flags(connection,
			     EVHTTP_CON_REUSE_CONNECTED_ADDR | EVHTTP_CON_READ_ON_WRITE_ERROR |
				 EVHTTP_CON_LINGERING_CLOSE),
	    0);
	ck_assert_int_eq(evhttp_connection_set_flags(connection, 1), 1);
	ck_assert_int_eq(evhttp_connection_set_flags(connection, 0x100000), 1);
	stop();
}

/* ---- Ends ---- */

TEST_HTTP(evhttp_cancel_request__sent)
{
	struct evhttp_request *request;

	start(_i);
	peer.replies[1] = OK_BODY;
	request = get("a");
	get("b");
	wait_for_bytes(1);
	evhttp_cancel_request(request);
	expect_spelled("closed a!cancel b:200[abc] ");
	stop();
}

TEST_HTTP(evhttp_cancel_request__waiting)
{
	struct evhttp_request *request;

	start(_i);
	peer.replies[0] = OK_BODY;
	get("a");
	request = get("b");
	evhttp_cancel_request(request);
	expect_spelled("b!cancel a:200[abc] ");
	stop();
}

static int
cancel_in_head(struct evhttp_request *request, void *name)
{
	(void)name;
	evhttp_cancel_request(request);
	return 0;
}

static void
cancel_in_piece(struct evhttp_request *request, void *name)
{
	(void)name;
	evhttp_cancel_request(request);
}

TEST_HTTP(evhttp_cancel_request__inside_the_header_callback)
{
	start(_i);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	get_in_pieces(cancel_in_head, NULL);
	get("b");
	expect_spelled("closed a!cancel b:200[abc] ");
	stop();
}

TEST_HTTP(evhttp_cancel_request__inside_the_chunk_callback)
{
	start(_i);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	get_in_pieces(NULL, cancel_in_piece);
	get("b");
	expect_spelled("closed a!cancel b:200[abc] ");
	stop();
}

/* The program's last callback ends everything. */
static void
free_connection(void)
{
	struct evhttp_connection *freed = connection;

	connection = NULL;
	if (freed)
		evhttp_connection_free(freed);
	spell_text("freed ");
}

static void
free_in_done(struct evhttp_request *request, void *name)
{
	(void)request;
	(void)name;
	free_connection();
}

static void
free_in_error(enum evhttp_request_error error, void *name)
{
	(void)error;
	(void)name;
	free_connection();
}

static int
free_in_head(struct evhttp_request *request, void *name)
{
	(void)request;
	(void)name;
	free_connection();
	return 0;
}

static void
free_in_piece(struct evhttp_request *request, void *name)
{
	(void)request;
	(void)name;
	free_connection();
}

static void
free_in_close(struct evhttp_connection *closed, void *arg)
{
	(void)closed;
	(void)arg;
	free_connection();
}

static void
free_request(struct evhttp_request *request, void *name)
{
	(void)name;
	if (request)
		evhttp_request_free(request);
	spell_text("freed ");
}

enum { IN_DONE, IN_ERROR, IN_HEAD, IN_PIECE, IN_CLOSE, REQUEST_IN_DONE, REQUEST_IN_PIECE, PLACES };

static void
set_freeing(struct evhttp_request *request, int place)
{
	evhttp_connection_set_closecb(connection, place == IN_CLOSE ? free_in_close : NULL, NULL);
	if (place == IN_DONE)
		request->cb = free_in_done;
	if (place == IN_ERROR)
		evhttp_request_set_error_cb(request, free_in_error);
	if (place == IN_HEAD)
		evhttp_request_set_header_cb(request, free_in_head);
	if (place == IN_PIECE)
		evhttp_request_set_chunked_cb(request, free_in_piece);
	if (place == REQUEST_IN_DONE)
		request->cb = free_request;
	if (place == REQUEST_IN_PIECE)
		evhttp_request_set_chunked_cb(request, free_request);
}

/* Nothing is touched afterwards, whatever the response is; another request waits behind it. */
TEST_RANGE(callbacks__free_the_connection_or_the_request, 0, PLACES *RESPONSES)
{
	struct evhttp_request *request = new_request("a");

	start(_i % 2);
	peer.replies[0] = responses[_i % RESPONSES].reply;
	set_freeing(request, _i / RESPONSES);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	get("b");
	while (evbuffer_get_length(peer.received) == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	some_turns();
	some_turns();
	stop();
}

TEST_HTTP(evhttp_connection_free__requests_end_in_silence)
{
	start(_i);
	get("a");
	get("b");
	wait_for_bytes(1);
	evhttp_connection_free(connection);
	connection = NULL;
	expect_spelled("closed ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(evhttp_connection_free_on_completion__after_the_last_request)
{
	start(_i);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	evhttp_connection_free_on_completion(connection);
	get("a");
	get("b");
	expect_spelled("a:200[abc] b:200[abc] closed ");
	connection = NULL;
	stop();
}

TEST_HTTP(evhttp_connection_free_on_completion__after_a_failure)
{
	start(_i);
	stop_listening();
	evhttp_connection_free_on_completion(connection);
	/* It may fail, and be freed, inside of the call. */
	get("a");
	expect_spelled("a:0[] ");
	some_turns();
	connection = NULL;
	stop();
}

static struct evhttp_request *owned;

static void
keep_in_done(struct evhttp_request *request, void *name)
{
	(void)name;
	evhttp_request_own(request);
	owned = request;
	spell_text("kept ");
}

TEST_HTTP(evhttp_request_own__stays_after_its_callback)
{
	struct evhttp_request *request;

	start(_i);
	peer.replies[0] = OK_BODY;
	request = evhttp_request_new(keep_in_done, NULL);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	expect_spelled("kept ");
	stop();
	ck_assert_int_eq(evhttp_request_is_owned(owned), 1);
	ck_assert_ptr_null(evhttp_request_get_connection(owned));
	ck_assert_uint_eq(evbuffer_get_length(evhttp_request_get_input_buffer(owned)), 3);
	evhttp_request_free(owned);
}

static void
get_again(struct evhttp_request *request, void *name)
{
	(void)request;
	(void)name;
	spell_text("again ");
	get("b");
}

TEST_RANGE(evhttp_make_request__inside_the_callback_of_another, 0, RESPONSES)
{
	struct evhttp_request *request = evhttp_request_new(get_again, NULL);

	start(_i % 2);
	evhttp_connection_set_closecb(connection, NULL, NULL);
	peer.replies[0] = responses[_i].reply;
	peer.replies[1] = OK_BODY;
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	expect_spelled("again b:200[abc] ");
	stop();
}

static void
get_in_close(struct evhttp_connection *closed, void *arg)
{
	(void)arg;
	evhttp_connection_set_closecb(closed, NULL, NULL);
	spell_text("closed ");
	get("b");
}

/* Whatever ended the connection, the request gets another. */
TEST_RANGE(evhttp_make_request__inside_the_callback_of_closing, 0, 2)
{
	static const char *const ends[] = {OK_CLOSES, FIN};

	for (int i = 0; i < 2; i++) {
		memset(&peer, 0, sizeof(peer));
		start(_i);
		evhttp_connection_set_closecb(connection, get_in_close, NULL);
		peer.replies[0] = ends[i];
		peer.replies[1] = OK_BODY;
		get("a");
		expect_spelled(
		    i == 0 ? "closed a:200[abc] b:200[abc] " : "closed a!end a:NULL b:200[abc] ");
		stop();
	}
}

/* Bytes behind a response do not answer the request that its callback makes. */
TEST_HTTP(evhttp_make_request__inside_a_callback_with_bytes_behind)
{
	struct evhttp_request *request = evhttp_request_new(get_again, NULL);

	start(_i);
	peer.replies[0] = OK_BODY "HTTP/1.1 299 Wrong\r\nContent-Length: 0\r\n\r\n";
	peer.replies[1] = OK_BODY;
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	expect_spelled("again closed b:200[abc] ");
	stop();
}

/* A peer that answers and closes before it has read everything. */
TEST(evhttp_connection_set_flags__read_on_write_error)
{
	static char large[4 << 20];
	struct evhttp_request *request = new_request("a");

	start(0);
	peer.replies[0] = "HTTP/1.1 413 Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
	ck_assert_int_eq(
	    evbuffer_add(evhttp_request_get_output_buffer(request), large, sizeof(large)), 0);
	ck_assert_int_eq(
	    evhttp_connection_set_flags(connection, EVHTTP_CON_READ_ON_WRITE_ERROR), 0);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_POST, "/"), 0);
	expect_spelled("closed a:413[abc] ");
	stop();
}
