/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of clients that are cancelled and freed while another callback reports an end; and what
 * is left of them for the next connection.
 */
#include "support/http_peer_kit.h"

#include <event2/dns.h>

static struct evhttp_request *victim;

static void
cancel_in_close(struct evhttp_connection *closed, void *arg)
{
	(void)closed;
	(void)arg;
	spell_text("closed ");
	evhttp_cancel_request(victim);
}

static void
free_in_close(struct evhttp_connection *closed, void *arg)
{
	(void)closed;
	(void)arg;
	spell_text("closed ");
	evhttp_request_free(victim);
}

/* The request has come to its end already: it is too late to cancel it. */
TEST_HTTP(evhttp_cancel_request__inside_the_callback_of_closing)
{
	start(_i);
	evhttp_connection_set_closecb(connection, cancel_in_close, NULL);
	peer.replies[0] = FIN;
	peer.replies[1] = OK_CLOSES;
	victim = get("a");
	expect_spelled("closed a!end a:NULL ");
	victim = get("b");
	expect_spelled("closed b:200[abc] ");
	evhttp_connection_set_closecb(connection, NULL, NULL);
	stop();
}

TEST_HTTP(evhttp_request_free__inside_the_callback_of_closing)
{
	start(_i);
	evhttp_connection_set_closecb(connection, free_in_close, NULL);
	peer.replies[0] = FIN;
	peer.replies[1] = OK_CLOSES;
	peer.replies[2] = OK_BODY;
	victim = get("a");
	expect_spelled("closed ");
	victim = get("b");
	expect_spelled("closed ");
	evhttp_connection_set_closecb(connection, NULL, NULL);
	get("c");
	expect_spelled("c:200[abc] ");
	stop();
}

/* The name server is silent: what it might say later finds no request. */
TEST_HTTP_SIM(evhttp_cancel_request__while_the_name_is_looked_up)
{
	struct evdns_base *dns;
	struct evhttp_request *request;

	start(_i);
	evhttp_connection_free(connection);
	dns = evdns_base_new(base, 0);
	ck_assert_ptr_nonnull(dns);
	ck_assert_int_eq(evdns_base_nameserver_ip_add(dns, "10.0.0.9"), 0);
	connection = evhttp_connection_base_new(base, dns, "name.example", SIM_PORT);
	ck_assert_ptr_nonnull(connection);
	request = get("a");
	some_turns();
	evhttp_cancel_request(request);
	expect_spelled("a!cancel ");
	request = get("b");
	some_turns();
	evhttp_request_free(request);
	some_turns();
	ck_assert_str_eq(spelled(), "");
	evhttp_connection_free(connection);
	connection = NULL;
	evdns_base_free(dns, 0);
	stop();
}

static void
cancel_another(struct evhttp_request *request, void *name)
{
	on_done(request, name);
	evhttp_cancel_request(victim);
}

static void
free_another(struct evhttp_request *request, void *name)
{
	on_done(request, name);
	evhttp_request_free(victim);
}

static void
free_connection(struct evhttp_request *request, void *name)
{
	on_done(request, name);
	evhttp_connection_free(connection);
	connection = NULL;
}

/* No connection can be made: what the first request's callback does to the others behind it. */
static void
fail_to_connect(int i, void (*callback)(struct evhttp_request *, void *))
{
	struct evhttp_request *request;

	start(i);
	stop_listening();
	evhttp_connection_set_timeout(connection, 5);
	request = evhttp_request_new(callback, word("a"));
	ck_assert_ptr_nonnull(request);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_GET, "/"), 0);
	victim = get("b");
	get("c");
}

TEST_HTTP(evhttp_cancel_request__that_fails_next)
{
	fail_to_connect(_i, cancel_another);
	expect_spelled("a:0[] b!cancel c:0[] ");
	stop();
}

TEST_HTTP(evhttp_request_free__that_fails_next)
{
	fail_to_connect(_i, free_another);
	expect_spelled("a:0[] c:0[] ");
	stop();
}

/* The connection has a request as long as one of them is to fail. */
TEST_HTTP(evhttp_connection_free_on_completion__after_all_have_failed)
{
	fail_to_connect(_i, cancel_another);
	evhttp_connection_free_on_completion(connection);
	connection = NULL;
	expect_spelled("a:0[] b!cancel c:0[] ");
	stop();
}

TEST_HTTP(evhttp_connection_free__before_others_fail)
{
	fail_to_connect(_i, free_connection);
	expect_spelled("a:0[] ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	stop();
}

/* What was not sent of one request must not be taken for the beginning of another. */
TEST_HTTP_SIM(evhttp_connection_base_bufferevent_new__next_connection_begins_empty)
{
	struct evhttp_request *request;
	struct bufferevent *bev;

	start(_i);
	evhttp_connection_free(connection);
	bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	connection =
	    evhttp_connection_base_bufferevent_new(base, NULL, bev, "127.0.0.1", peer.port);
	ck_assert_ptr_nonnull(connection);
	request = new_request("a");
	for (int i = 0; i < 100000; i++)
		evbuffer_add(evhttp_request_get_output_buffer(request), "abcdefgh", 8);
	ck_assert_int_eq(evhttp_make_request(connection, request, EVHTTP_REQ_POST, "/"), 0);
	wait_for_bytes(1000);
	evhttp_cancel_request(request);
	expect_spelled("a!cancel ");
	while (peer.streams[0])
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	evbuffer_drain(peer.received, evbuffer_get_length(peer.received));
	get("b");
	expect_received("GET / HTTP/1.1\r\n" HOST "\r\n");
	stop();
}
