/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of a server: peers that leave, and where requests come from.
 */
#include "support/http_kit.h"

#include <sys/un.h>
#include <unistd.h>

/* ---- Peers that leave ---- */

TEST_HTTP(peers__half_closed_gets_its_reply)
{
	start_serving(_i);
	ask(&client, GET("/1") GET("/keep") GET("/3"));
	finish(client.fd);
	expect(&client, PATH("/1", "2"));
	expect_spelled("/1kept");
	some_turns();
	say_hello(kept, NULL);
	expect(&client, HELLO PATH("/3", "2"));
	expect_closed(&client);
	ck_assert(!client.is_reset);
	stop();
}

static void
reply_much(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text(".");
	reply_large(request);
}

/* More requests than replies fit into the output at once. */
TEST_HTTP(peers__half_closed_gets_large_replies)
{
	start(_i);
	evhttp_set_gencb(http, reply_much, NULL);
	connect_client(&client);
	ask(&client, "HEAD / HTTP/1.1\r\n" HOST GET("/") GET("/"));
	finish(client.fd);
	expect(&client, HEAD_OF("200 OK", "2000000") "\r\n");
	for (int i = 0; i < 2; i++) {
		size_t left = 2000000;

		expect(&client, HEAD_OF("200 OK", "2000000") "\r\n");
		while (left > 0) {
			size_t part = left < 500000 ? left : 500000;

			wait_for_bytes(&client, part);
			ck_assert_uint_ge(client.size, part);
			take_text(&client, part);
			left -= part;
		}
	}
	expect_closed(&client);
	ck_assert_str_eq(spelled(), "...");
	stop();
}

TEST_HTTP(peers__half_closed_amid_a_request)
{
	static const char *const parts[] = {"GET /",
	    "POST / HTTP/1.1\r\nContent-Length: 3\r\n" HOST "a",
	    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST "3\r\na"};

	start_serving(_i);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		close_client(&client);
		connect_client(&client);
		ask(&client, parts[i]);
		finish(client.fd);
		expect_closed(&client);
	}
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(peers__reset_while_the_reply_is_owed)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	reset_client(&client);
	expect_spelled("closed");
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	ck_assert_int_eq(evhttp_get_connection_count(http), 0);
	evhttp_send_reply(kept, 200, NULL, NULL);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(peers__reset_amid_chunks)
{
	struct evbuffer *chunk = evbuffer_new();

	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_send_reply_start(kept, 200, NULL);
	chunk_text(kept, "abc");
	expect(&client, CHUNKED_HEAD "3\r\nabc\r\n");
	reset_client(&client);
	expect_spelled("closed");
	evbuffer_add(chunk, "def", 3);
	evhttp_send_reply_chunk(kept, chunk);
	ck_assert_uint_eq(evbuffer_get_length(chunk), 3);
	evbuffer_free(chunk);
	evhttp_send_reply_end(kept);
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(peers__reset_while_idle)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	say_hello(kept, NULL);
	expect(&client, HELLO);
	expect_spelled("done");
	reset_client(&client);
	expect_spelled("closed");
	stop();
}

/* A program that keeps a request after it has ended frees it. */
TEST_HTTP(evhttp_request_own__after_the_reply)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_request_own(kept);
	ck_assert_int_eq(evhttp_request_is_owned(kept), 1);
	say_hello(kept, NULL);
	expect(&client, HELLO);
	expect_spelled("done");
	some_turns();
	ck_assert_ptr_null(evhttp_request_get_connection(kept));
	ck_assert_str_eq(evhttp_request_get_uri(kept), "/keep");
	evhttp_send_reply(kept, 200, NULL, NULL);
	evhttp_request_free(kept);
	stop();
}

/* ---- Where a request comes from ---- */

static void
check_peer(struct evhttp_request *request, void *arg)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	const struct sockaddr *peer = evhttp_connection_get_addr(connection);
	const char *address;
	ev_uint16_t port;

	evhttp_connection_get_peer(connection, &address, &port);
	ck_assert_str_eq(address, "127.0.0.1");
	ck_assert_str_eq(request->remote_host, "127.0.0.1");
	ck_assert_uint_ne(port, 0);
	ck_assert_uint_eq(request->remote_port, port);
	ck_assert_int_eq(peer->sa_family, AF_INET);
	ck_assert_uint_eq(ntohs(((const struct sockaddr_in *)(const void *)peer)->sin_port), port);
	ck_assert_ptr_eq(evhttp_connection_get_server(connection), http);
	ck_assert_ptr_eq(evhttp_connection_get_base(connection), base);
	ck_assert_ptr_nonnull(evhttp_connection_get_bufferevent(connection));
	ck_assert_int_eq(request->kind, EVHTTP_REQUEST);
	ck_assert_int_eq(request->major, 1);
	ck_assert_int_eq(request->minor, 1);
	ck_assert_int_eq(evhttp_request_get_command(request), EVHTTP_REQ_GET);
	say_hello(request, arg);
}

TEST_HTTP(evhttp_connection_get_peer__of_a_request)
{
	start(_i);
	evhttp_set_gencb(http, check_peer, NULL);
	connect_client(&client);
	ask(&client, GET("/"));
	expect(&client, HELLO);
	stop();
}

static void
check_unix_peer(struct evhttp_request *request, void *arg)
{
	const struct sockaddr *peer =
	    evhttp_connection_get_addr(evhttp_request_get_connection(request));

	ck_assert_str_eq(request->remote_host, "localhost");
	ck_assert_uint_eq(request->remote_port, 0);
	ck_assert_int_eq(peer->sa_family, AF_UNIX);
	say_hello(request, arg);
}

TEST(evhttp_accept_socket__unix_socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/levin-http-%ld", (long)getpid());
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	start(0);
	evhttp_set_gencb(http, check_unix_peer, NULL);
	ck_assert_int_eq(evhttp_accept_socket(http, fd), 0);
	ck_assert_int_eq(connect(other, (struct sockaddr *)&address, size), 0);
	unlink(address.sun_path);
	ck_assert_int_eq(evutil_make_socket_nonblocking(other), 0);
	connect_client(&client);
	evutil_closesocket(client.fd);
	event_free(client.on_readable);
	client.fd = other;
	client.on_readable =
	    event_new(base, other, EV_READ | EV_PERSIST, on_client_readable, &client);
	event_add(client.on_readable, NULL);
	ask(&client, GET("/"));
	expect(&client, HELLO);
	stop();
}
