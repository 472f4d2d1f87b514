/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What levin/http_client.h adds to the connections of clients.
 */
#include "support/http_peer_kit.h"

#include <levin/http_client.h>

/* The peer closes the connection when the second request comes. */
static void
meet_a_stale_connection(int i, enum evhttp_cmd_type type, const char *body)
{
	struct evhttp_request *request;

	start(i);
	peer.replies[0] = OK_BODY;
	peer.replies[1] = FIN;
	peer.replies[2] = OK_BODY;
	ck_assert_int_eq(levin_http_connection_send_again(connection, 1), 0);
	get("a");
	expect_spelled("a:200[abc] ");
	request = new_request("b");
	evbuffer_add(evhttp_request_get_output_buffer(request), body, strlen(body));
	ck_assert_int_eq(evhttp_make_request(connection, request, type, "/"), 0);
}

TEST_HTTP(levin_http_connection_send_again__idempotent_requests)
{
	static const enum evhttp_cmd_type types[] = {
	    EVHTTP_REQ_GET, EVHTTP_REQ_PUT, EVHTTP_REQ_DELETE, EVHTTP_REQ_OPTIONS};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		meet_a_stale_connection(_i, types[i], "");
		get("c");
		peer.replies[3] = OK_BODY;
		expect_spelled("closed b:200[abc] c:200[abc] ");
		ck_assert_int_eq(peer.connections, 2);
		stop();
		memset(&peer, 0, sizeof(peer));
	}
}

TEST_HTTP(levin_http_connection_send_again__not_with_a_body_or_another_method)
{
	meet_a_stale_connection(_i, EVHTTP_REQ_PUT, "body");
	expect_spelled("closed b!end b:NULL ");
	stop();
	memset(&peer, 0, sizeof(peer));
	meet_a_stale_connection(_i, EVHTTP_REQ_POST, "");
	expect_spelled("closed b!end b:NULL ");
	stop();
}

TEST_HTTP(levin_http_connection_send_again__once)
{
	meet_a_stale_connection(_i, EVHTTP_REQ_GET, "");
	peer.replies[2] = FIN;
	expect_spelled("closed closed b!end b:NULL ");
	ck_assert_int_eq(peer.connections, 2);
	stop();
}

TEST_HTTP(levin_http_connection_send_again__not_when_a_part_of_the_response_came)
{
	static const char *const parts[] = {"H" FIN, "HTTP/1.1 100 Continue\r\n\r\n" FIN,
	    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" FIN};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		meet_a_stale_connection(_i, EVHTTP_REQ_GET, "");
		peer.replies[1] = parts[i];
		expect_spelled("closed b!end b:NULL ");
		stop();
		memset(&peer, 0, sizeof(peer));
	}
}

TEST_HTTP(levin_http_connection_send_again__not_on_a_new_connection)
{
	start(_i);
	peer.replies[0] = FIN;
	ck_assert_int_eq(levin_http_connection_send_again(connection, 1), 0);
	get("a");
	expect_spelled("closed a!end a:NULL ");
	ck_assert_int_eq(peer.connections, 1);
	stop();
}

TEST_HTTP(levin_http_connection_send_again__off)
{
	meet_a_stale_connection(_i, EVHTTP_REQ_GET, "");
	ck_assert_int_eq(levin_http_connection_send_again(connection, 0), 0);
	expect_spelled("closed b!end b:NULL ");
	stop();
}

static struct evhttp_request *sent_again;

static void
cancel_or_free(struct evhttp_connection *closed, void *cancels)
{
	if (cancels) {
		evhttp_cancel_request(sent_again);
	} else {
		evhttp_connection_free(closed);
		connection = NULL;
	}
}

TEST_HTTP(levin_http_connection_send_again__cancelled_or_freed_between_the_two)
{
	for (int i = 0; i < 2; i++) {
		start(_i);
		peer.replies[0] = OK_BODY;
		peer.replies[1] = FIN;
		ck_assert_int_eq(levin_http_connection_send_again(connection, 1), 0);
		evhttp_connection_set_closecb(
		    connection, cancel_or_free, i == 0 ? &sent_again : NULL);
		get("a");
		expect_spelled("a:200[abc] ");
		sent_again = get("b");
		if (i == 0)
			expect_spelled("b!cancel ");
		while (connection && i == 1)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		some_turns();
		ck_assert_int_eq(peer.connections, 1);
		stop();
		memset(&peer, 0, sizeof(peer));
	}
}

TEST(levin_http_connection_send_again__wrong_argument)
{
	errno = 0;
	ck_assert_int_eq(levin_http_connection_send_again(NULL, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
}
