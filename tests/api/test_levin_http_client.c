/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections of levin/http_client.h: by origin, kept, limited, sent again on.
 */
#include "support/http_fetch_kit.h"

#include <sys/un.h>
#include <unistd.h>

/* ---- Kept connections ---- */

TEST_HTTP(connections__kept_for_the_next_request)
{
	start_client(_i, NULL);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	ck_assert_uint_eq(statistics().idle, 1);
	fetch("b");
	expect_spelled("b:200[abc] ");
	ck_assert_int_eq(peer.connections, 1);
	ck_assert_uint_eq(statistics().opened, 1);
	ck_assert_uint_eq(statistics().reused, 1);
	ck_assert_uint_eq(statistics().responses, 2);
	ck_assert_uint_eq(statistics().bytes, 6);
	stop_client();
}

TEST_HTTP(connections__not_kept_when_the_server_closes)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_CLOSES;
	peer.replies[1] = OK_BODY FIN;
	peer.replies[2] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	ck_assert_uint_eq(statistics().connections, 0);
	fetch("b");
	expect_spelled("b:200[abc] ");
	while (statistics().connections > 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	fetch("c");
	expect_spelled("c:200[abc] ");
	ck_assert_int_eq(peer.connections, 3);
	stop_client();
}

TEST_HTTP(connections__not_kept_with_bytes_behind_the_response)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_BODY "x";
	peer.replies[1] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	some_turns();
	ck_assert_uint_eq(statistics().connections, 0);
	fetch("b");
	expect_spelled("b:200[abc] ");
	stop_client();
}

TEST_HTTP_SIM(keep_alive__closes_what_is_idle)
{
	struct levin_http_client_settings settings = {.keep_alive_timeout_ms = 5000};

	start_client(_i, &settings);
	peer.replies[0] = peer.replies[1] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(event_base_loopexit(base, MS(4000)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_uint_eq(statistics().idle, 1);
	fetch("b");
	expect_spelled("b:200[abc] ");
	ck_assert_int_eq(event_base_loopexit(base, MS(4900)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_uint_eq(statistics().idle, 1);
	ck_assert_int_eq(event_base_loopexit(base, MS(200)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_uint_eq(statistics().connections, 0);
	stop_client();
}

/* ---- Limits ---- */

TEST_HTTP(limits__connections_of_one_origin)
{
	struct levin_http_client_settings settings = {.connections_per_origin = 2};

	start_client(_i, &settings);
	for (int i = 0; i < 5; i++)
		peer.replies[i] = OK_BODY;
	fetch("a");
	fetch("b");
	fetch("c");
	fetch("d");
	fetch("e");
	ck_assert_uint_eq(statistics().waiting, 5);
	while (statistics().responses < 5)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(peer.connections, 2);
	stop_client();
}

TEST_HTTP(limits__idle_connection_makes_place_for_another_origin)
{
	struct levin_http_client_settings settings = {.connections = 1};
	struct evconnlistener *second;
	uint16_t port;
	char url[100];

	start_client(_i, &settings);
	second = listen_at_another_port(&port);
	for (int i = 0; i < 3; i++)
		peer.replies[i] = OK_BODY;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	fetch("a");
	begin(levin_http_fetch_new(http, "GET", url, on_fetched, word("b")));
	fetch("c");
	while (statistics().responses < 3) {
		ck_assert_uint_le(statistics().connections, 1);
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	ck_assert_uint_eq(statistics().failed, 0);
	ck_assert_int_ge(peer.connections, 2);
	evconnlistener_free(second);
	stop_client();
}

/* A request that waits for the only connection, and is cancelled, holds nobody else back. */
TEST_HTTP(limits__place_of_a_cancelled_request_goes_to_the_next_origin)
{
	struct levin_http_client_settings settings = {.connections = 1};
	struct levin_http_fetch *busy, *cancelled;
	struct evconnlistener *second;
	uint16_t port;
	char url[100];

	start_client(_i, &settings);
	second = listen_at_another_port(&port);
	peer.replies[1] = OK_BODY;
	busy = fetch("a");
	wait_for_bytes(1);
	cancelled =
	    begin(levin_http_fetch_new(http, "GET", "http://127.0.0.1:9/", on_fetched, word("b")));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	begin(levin_http_fetch_new(http, "GET", url, on_fetched, word("c")));
	some_turns();
	levin_http_fetch_cancel(cancelled);
	levin_http_fetch_cancel(busy);
	expect_spelled("b!cancelled a!cancelled c:200[abc] ");
	evconnlistener_free(second);
	stop_client();
}

TEST_HTTP(limits__queue)
{
	struct levin_http_client_settings settings = {.queue_length = 2};
	struct levin_http_fetch *third;

	start_client(_i, &settings);
	peer.replies[0] = peer.replies[1] = peer.replies[2] = OK_BODY;
	fetch("a");
	fetch("b");
	third = new_fetch("GET", "c");
	errno = 0;
	ck_assert_int_eq(levin_http_fetch_start(third), -1);
	ck_assert_int_eq(errno, ENOBUFS);
	while (statistics().responses < 2)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	begin(third);
	expect_spelled("a:200[abc] b:200[abc] c:200[abc] ");
	stop_client();
}

/* ---- Sent again ---- */

static void
meet_a_stale_connection(int i, const char *method, const char *body, unsigned flags)
{
	struct levin_http_client_settings settings = {.flags = flags};
	struct levin_http_fetch *second;
	struct evbuffer *bytes = evbuffer_new();

	start_client(i, &settings);
	peer.replies[0] = OK_BODY;
	peer.replies[1] = FIN;
	peer.replies[2] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	evbuffer_drain(peer.received, evbuffer_get_length(peer.received));
	second = new_fetch(method, "b");
	evbuffer_add(bytes, body, strlen(body));
	ck_assert_int_eq(levin_http_fetch_set_body(second, bytes), 0);
	evbuffer_free(bytes);
	begin(second);
}

TEST_HTTP(sent_again__idempotent_request_with_its_body)
{
	meet_a_stale_connection(_i, "PUT", "body", 0);
	expect_spelled("b:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	ck_assert_uint_eq(statistics().sent_again, 1);
	expect_received("PUT / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody"
			"PUT / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody");
	stop_client();
}

TEST_HTTP(sent_again__not_other_methods_and_not_when_it_is_off)
{
	meet_a_stale_connection(_i, "POST", "", 0);
	expect_spelled("b!closed ");
	stop_client();
	meet_a_stale_connection(_i, "GET", "", LEVIN_HTTP_CLIENT_SEND_ONCE);
	expect_spelled("b!closed ");
	stop_client();
}

TEST_HTTP(sent_again__once)
{
	meet_a_stale_connection(_i, "GET", "", 0);
	peer.replies[2] = FIN;
	expect_spelled("b!closed ");
	ck_assert_int_eq(peer.connections, 2);
	stop_client();
}

/* ---- Connecting ---- */

TEST_HTTP(connections__refused_and_no_address)
{
	struct levin_http_fetch *nowhere;

	start_client(_i, NULL);
	stop_listening();
	fetch("a");
	expect_spelled("a!connect ");
	nowhere = levin_http_fetch_new(http, "GET", "http://256.1.1.1/", on_fetched, word("b"));
	ck_assert_ptr_nonnull(nowhere);
	begin(nowhere);
	expect_spelled("b!name ");
	ck_assert_uint_eq(statistics().failed, 2);
	ck_assert_uint_eq(statistics().connections, 0);
	stop_client();
}

TEST_HTTP(connections__https_without_tls)
{
	struct levin_http_fetch *made;

	start_client(_i, NULL);
	made = levin_http_fetch_new(http, "GET", "https://127.0.0.1/", on_fetched, word("a"));
	ck_assert_ptr_nonnull(made);
	begin(made);
	expect_spelled("a!tls ");
	stop_client();
}

TEST(levin_http_fetch_set_unix_socket__connects_to_it)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct levin_http_fetch *made;

	start_client(0, NULL);
	stop_listening();
	snprintf(address.sun_path, sizeof(address.sun_path), "levin_http_%d", (int)getpid());
	listen_at((struct sockaddr *)&address, sizeof(address));
	peer.replies[0] = OK_BODY;
	made = levin_http_fetch_new(http, "GET", "http://service/a?b", on_fetched, word("a"));
	ck_assert_int_eq(levin_http_fetch_set_unix_socket(made, address.sun_path), 0);
	begin(made);
	expect_spelled("a:200[abc] ");
	expect_received("GET /a?b HTTP/1.1\r\nHost: service\r\n\r\n");
	unlink(address.sun_path);
	stop_client();
}

/* ---- Misuse ---- */

TEST(levin_http_client_new__wrong_arguments)
{
	struct levin_http_client_statistics now;
	struct levin_http_client_tls tls = {.arg = NULL};
	struct levin_http_client_settings settings = {.timeouts = {.tls_ms = -2}};

	start_client(0, NULL);
	errno = 0;
	ck_assert_ptr_null(levin_http_client_new(base, NULL, &settings));
	ck_assert_int_eq(errno, EINVAL);
	settings = (struct levin_http_client_settings){.connections = -2};
	ck_assert_ptr_null(levin_http_client_new(base, NULL, &settings));
	errno = 0;
	ck_assert_ptr_null(levin_http_client_new(NULL, NULL, NULL));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_client_set_tls(http, &tls), -1);
	ck_assert_int_eq(levin_http_client_set_tls(NULL, NULL), -1);
	ck_assert_int_eq(levin_http_client_set_tls(http, NULL), 0);
	ck_assert_int_eq(levin_http_client_get_statistics(http, NULL), -1);
	ck_assert_int_eq(levin_http_client_get_statistics(NULL, &now), -1);
	levin_http_client_free(NULL);
	stop_client();
}
