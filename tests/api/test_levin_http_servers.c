/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Servers as a whole: limits by phase, draining, the access log, counters, Unix sockets.
 */
#include <levin/http.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/http_kit.h"

static void
configure(const struct levin_http_server_settings *settings)
{
	ck_assert_int_eq(levin_http_server_configure(http, settings), 0);
}

static int64_t
now_ms(void)
{
	struct timeval now;

	ck_assert_int_eq(event_gettime_monotonic(base, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

#define ERROR_408 ERROR_REPLY("408", "Request Time-out", "104")

/* ---- limits ---- */

TEST_HTTP_SIM(levin_http_server_configure__head_timeout)
{
	const struct levin_http_server_settings settings = {.head_timeout_ms = 3000};
	int64_t began;

	start_serving(_i);
	configure(&settings);
	connect_client(&other_client);
	ask(&other_client, "GET / HT");
	began = now_ms();
	expect(&other_client, ERROR_408);
	ck_assert_int_ge(now_ms() - began, 2990);
	ck_assert_int_lt(now_ms() - began, 4000);
	stop();
}

TEST_HTTP_SIM(levin_http_server_configure__keep_alive_and_body_timeouts)
{
	const struct levin_http_server_settings settings = {
	    .keep_alive_timeout_ms = 2000, .body_timeout_ms = 7000};
	int64_t began;

	start_serving(_i);
	configure(&settings);
	close_client(&client);
	connect_client(&client);
	ask(&client, GET("/a"));
	expect(&client, PATH("/a", "2"));
	began = now_ms();
	expect_closed(&client);
	ck_assert_int_ge(now_ms() - began, 1990);
	ck_assert_int_lt(now_ms() - began, 3000);
	connect_client(&other_client);
	ask(&other_client, "POST /a HTTP/1.1\r\nContent-Length: 5\r\n" HOST "a");
	some_turns();
	began = now_ms();
	expect(&other_client, ERROR_408);
	ck_assert_int_ge(now_ms() - began, 6900);
	ck_assert_int_lt(now_ms() - began, 8000);
	stop();
}

TEST_HTTP_SIM(levin_http_server_configure__no_keep_alive_timeout)
{
	const struct levin_http_server_settings settings = {.keep_alive_timeout_ms = -1};

	start_serving(_i);
	configure(&settings);
	ask(&client, GET("/a"));
	expect(&client, PATH("/a", "2"));
	run_for_s(10000);
	ask(&client, GET("/a"));
	expect(&client, PATH("/a", "2"));
	stop();
}

TEST_HTTP_SIM(levin_http_server_configure__request_timeout)
{
	const struct levin_http_server_settings settings = {.request_timeout_ms = 4000};

	start_serving(_i);
	configure(&settings);
	ask(&client, "POST /a HTTP/1.1\r\nContent-Length: 500\r\n" HOST);
	for (int i = 0; i < 3; i++) {
		ask(&client, "x");
		run_for_s(1);
		ck_assert_uint_eq(client.size, 0);
	}
	ask(&client, "x");
	expect(&client, ERROR_408);
	connect_client(&other_client);
	ask(&other_client, GET("/keep"));
	expect_spelled("kept");
	expect_closed(&other_client);
	expect_spelled("closed");
	evhttp_send_reply(kept, 200, NULL, NULL);
	close_client(&other_client);
	/* One that is answered in time is not ended. */
	connect_client(&other_client);
	ask(&other_client, GET("/a"));
	expect_spelled("/a");
	expect(&other_client, PATH("/a", "2"));
	run_for_s(20);
	ck_assert(!other_client.is_closed);
	stop();
}

TEST_HTTP_SIM(levin_http_server_configure__body_rate)
{
	const struct levin_http_server_settings settings = {.body_rate = 10};
	int i;

	start_serving(_i);
	configure(&settings);
	ask(&client, "POST /a HTTP/1.1\r\nContent-Length: 500\r\n" HOST);
	for (i = 0; i < 20 && client.size == 0; i++) {
		ask(&client, "1234567890123");
		run_for_s(1);
	}
	ck_assert_int_eq(i, 20);
	for (i = 0; i < 40 && client.size == 0; i++) {
		ask(&client, "123");
		run_for_s(1);
	}
	ck_assert_int_lt(i, 40);
	expect(&client, ERROR_408);
	stop();
}

TEST_HTTP(levin_http_server_configure__requests_of_a_connection)
{
	const struct levin_http_server_settings settings = {.connection_requests = 2};

	start_serving(_i);
	configure(&settings);
	ask(&client, GET("/a") GET("/b") GET("/c"));
	expect(&client, PATH("/a", "2") PATH_CLOSING("/b", "2"));
	expect_closed(&client);
	stop();
}

TEST_HTTP(levin_http_server_configure__sizes_and_leniencies)
{
	const struct levin_http_server_settings settings = {.head_size = 100,
	    .line_size = 90,
	    .fields = 3,
	    .body_size = 2,
	    .connections = 2,
	    .lenient = LEVIN_HTTP_LENIENT_LF | LEVIN_HTTP_LENIENT_HOST};
	static const struct {
		const char *request;
		const char *reply;
	} cases[] = {
	    {"GET /a HTTP/1.1\n\n", PATH("/a", "2")},
	    {"GET /a HTTP/1.1\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\n\r\n", "HTTP/1.1 431 "},
	    {"POST /a HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc", "HTTP/1.1 413 "},
	    {"GET /a HTTP/1.1\r\nHost : a\r\n\r\n", "HTTP/1.1 400 "},
	};

	start_serving(_i);
	close_client(&client);
	some_turns();
	configure(&settings);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		connect_client(&other_client);
		ask(&other_client, cases[i].request);
		expect(&other_client, cases[i].reply);
		close_client(&other_client);
		while (evhttp_get_connection_count(http) > 0)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
	stop();
}

TEST_HTTP(levin_http_server_configure__no_limit)
{
	const struct levin_http_server_settings none = {.head_timeout_ms = -1,
	    .body_timeout_ms = -1,
	    .write_timeout_ms = -1,
	    .keep_alive_timeout_ms = -1,
	    .request_timeout_ms = -1,
	    .body_rate = -1,
	    .body_size = -1,
	    .head_size = -1,
	    .line_size = -1,
	    .fields = -1,
	    .connections = -1,
	    .connection_requests = -1};
	char piece[30001] = "";

	start(_i);
	evhttp_set_max_body_size(http, 1);
	evhttp_set_gencb(http, say_hello, NULL);
	configure(&none);
	connect_client(&client);
	memset(piece, 'x', sizeof(piece) - 1);
	ask(&client, "POST / HTTP/1.1\r\nContent-Length: 3\r\nX: ");
	for (int i = 0; i < 4; i++) {
		ask(&client, piece);
		some_turns();
	}
	ask(&client, "\r\n" HOST "abc");
	expect(&client, HELLO);
	stop();
}

TEST(levin_http_server_configure__arguments_that_are_refused)
{
	const struct levin_http_server_settings settings = {.lenient = 256};
	const struct levin_http_server_settings negative = {.connection_requests = -2};

	start(0);
	ck_assert_int_eq(levin_http_server_configure(http, &negative), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_configure(NULL, &settings), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_configure(http, NULL), -1);
	ck_assert_int_eq(levin_http_server_configure(http, &settings), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_server_drain(NULL, 0, NULL, NULL), -1);
	ck_assert_int_eq(levin_http_server_set_log(NULL, NULL, NULL), -1);
	ck_assert_int_eq(levin_http_server_get_statistics(http, NULL), -1);
	ck_assert_ptr_null(levin_http_server_bind_unix(http, NULL, 0600));
	ck_assert_int_eq(errno, EINVAL);
	stop();
}

/* ---- draining ---- */

static bool frees;

static void
on_drained(struct evhttp *server, void *arg)
{
	ck_assert_ptr_eq(server, http);
	ck_assert_int_eq(evhttp_get_connection_count(server), 0);
	spell_text(arg);
	if (frees) {
		evhttp_free(server);
		http = NULL;
	}
}

TEST_HTTP(levin_http_server_drain__nothing_is_under_way)
{
	start_serving(_i);
	some_turns();

	frees = true;
	ck_assert_int_eq(levin_http_server_drain(http, -1, on_drained, word("drained")), 0);
	ck_assert_str_eq(spelled(), "");
	expect_closed(&client);
	expect_spelled("drained");
	stop();
}

TEST_HTTP(levin_http_server_drain__finishes_what_is_under_way)
{
	start_serving(_i);
	connect_client(&other_client);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ask(&other_client, "GET /a HT");
	some_turns();

	ck_assert_int_eq(levin_http_server_drain(http, -1, on_drained, word("drained")), 0);
	ck_assert_int_eq(levin_http_server_drain(http, -1, on_drained, word("drained")), -1);
	ck_assert_int_eq(errno, EALREADY);
	some_turns();
	ck_assert_str_eq(spelled(), "");
	ask(&other_client, "TP/1.1\r\n" HOST);
	expect_spelled("/a");
	expect(&other_client, PATH_CLOSING("/a", "2"));
	reply_text(kept, 200, "hello");
	expect(&client, HELLO_CLOSING);
	expect_closed(&client);
	expect_spelled("donecloseddrained");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	stop();
}

TEST_HTTP(levin_http_server_drain__timeout_ends_the_rest)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");

	frees = _i;
	ck_assert_int_eq(levin_http_server_drain(http, 20, on_drained, word("drained")), 0);
	expect_spelled("closeddrained");
	evhttp_send_reply(kept, 200, NULL, NULL);
	expect_closed(&client);
	stop();
}

TEST_HTTP(levin_http_server_drain__server_freed_meanwhile)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");

	ck_assert_int_eq(levin_http_server_drain(http, 0, on_drained, word("drained")), 0);
	evhttp_free(http);
	http = NULL;
	some_turns();
	ck_assert_str_eq(spelled(), "closed");
	stop();
}

/* The callback of a connection that the timeout ends frees the server. */
static void
free_server(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	(void)arg;
	evhttp_free(http);
	http = NULL;
}

TEST_HTTP(levin_http_server_drain__freed_in_the_end_of_a_connection)
{
	start_serving(_i);
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_connection_set_closecb(evhttp_request_get_connection(kept), free_server, NULL);

	ck_assert_int_eq(levin_http_server_drain(http, 0, on_drained, word("drained")), 0);
	expect_closed(&client);
	some_turns();
	ck_assert_str_eq(spelled(), "");
	stop();
}

/* ---- the log and the counters ---- */

static void
log_request(const struct levin_http_log_entry *entry, void *arg)
{
	char text[200];

	ck_assert_str_eq(arg, "log");
	ck_assert_int_ge(entry->head_us, 0);
	ck_assert_int_ge(entry->body_us, 0);
	ck_assert_int_ge(entry->wait_us, 0);
	ck_assert_int_ge(entry->reply_us, 0);
	ck_assert_int_lt(entry->head_us + entry->body_us + entry->wait_us + entry->reply_us,
	    (int64_t)1000000 * 1000);
	snprintf(text, sizeof(text), "{%s %s %d %llu %llu %d %s}",
	    entry->method ? entry->method : "-", entry->target ? entry->target : "-", entry->code,
	    (unsigned long long)entry->bytes_in, (unsigned long long)entry->bytes_out,
	    (int)entry->end, entry->peer);
	spell_text(text);
}

static void
start_logging(int i)
{
	start_serving(i);
	ck_assert_int_eq(levin_http_server_set_log(http, log_request, word("log")), 0);
}

/* Without the address, which differs in the simulated world. */
static void
hide_peer(const struct levin_http_log_entry *entry, void *arg)
{
	struct levin_http_log_entry copy = *entry;

	ck_assert_ptr_nonnull(entry->peer);
	copy.peer = "P";
	log_request(&copy, arg);
}

TEST_HTTP(levin_http_server_set_log__each_request_at_its_end)
{
	struct levin_http_server_statistics stats;

	start_logging(_i);
	ck_assert_int_eq(levin_http_server_set_log(http, hide_peer, word("log")), 0);

	ask(&client, "POST /a HTTP/1.1\r\nContent-Length: 3\r\n" HOST "abc");
	expect_spelled("/a[abc]{POST /a 200 51 122 0 P}");
	expect(&client, PATH("/a", "2"));
	ask(&client, GET("/keep"));
	expect_spelled("kept");
	reset_client(&client);
	expect_spelled("closed{GET /keep 0 31 0 3 P}");
	evhttp_send_reply(kept, 200, NULL, NULL);
	connect_client(&other_client);
	ask(&other_client, "BAD\r\n\r\n");
	expect_spelled("{- - 400 0 223 0 P}");
	ask(&other_client, "x");
	some_turns();
	ck_assert_int_eq(levin_http_server_get_statistics(http, &stats), 0);
	ck_assert_uint_eq(stats.requests, 3);
	ck_assert_uint_eq(stats.ends[LEVIN_HTTP_COMPLETED], 2);
	ck_assert_uint_eq(stats.ends[LEVIN_HTTP_PEER_GONE], 1);
	ck_assert_uint_eq(stats.bytes_in, 82);
	ck_assert_uint_eq(stats.bytes_out, 122 + 223);
	stop();
}

static uint64_t logged_bytes_out;

static void
log_bytes(const struct levin_http_log_entry *entry, void *arg)
{
	(void)arg;
	ck_assert_int_eq(entry->end, LEVIN_HTTP_PEER_GONE);
	logged_bytes_out = entry->bytes_out;
	spell_text("logged");
}

TEST_HTTP_SIM(levin_http_server_set_log__not_bytes_that_did_not_go_out)
{
	struct levin_http_server_statistics stats;

	start_logging(_i);
	ck_assert_int_eq(levin_http_server_set_log(http, log_bytes, NULL), 0);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(event_del(client.on_readable), 0);
	reply_large(kept);
	some_turns();
	reset_client(&client);
	expect_spelled("closedlogged");
	ck_assert_uint_gt(logged_bytes_out, 1000);
	ck_assert_uint_lt(logged_bytes_out, 2000000);
	ck_assert_int_eq(levin_http_server_get_statistics(http, &stats), 0);
	ck_assert_uint_eq(stats.bytes_out, logged_bytes_out);
	stop();
}

TEST_HTTP(levin_http_server_get_statistics__connections)
{
	struct levin_http_server_statistics stats;

	start(_i);
	evhttp_set_gencb(http, say_hello, NULL);
	evhttp_set_max_connections(http, 1);
	ck_assert_int_eq(levin_http_server_get_statistics(http, &stats), 0);
	connect_client(&client);
	ask(&client, GET("/"));
	expect(&client, HELLO);
	connect_client(&other_client);
	ask(&other_client, GET("/"));
	expect(&other_client, "HTTP/1.1 503 ");
	ck_assert_int_eq(levin_http_server_get_statistics(http, &stats), 0);
	ck_assert_uint_eq(stats.connections, 2);
	ck_assert_uint_eq(stats.connections_refused, 1);
	ck_assert_uint_ge(stats.connections_open, 1);
	stop();
}

TEST_HTTP(levin_http_server_set_log__server_freed_before_the_end)
{
	start_logging(_i);
	ck_assert_int_eq(levin_http_server_set_log(http, hide_peer, word("log")), 0);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_free(http);
	http = NULL;
	ck_assert_str_eq(spelled(), "closed{GET /keep 0 31 0 2 P}");
	stop();
}

/* ---- Unix sockets ---- */

TEST(levin_http_server_bind_unix__serves_with_its_permissions)
{
	char top[] = "levin_http_unix_XXXXXX";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char long_path[200];
	struct stat status;

	start(0);
	evhttp_set_gencb(http, say_hello, NULL);
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", top);
	bound = levin_http_server_bind_unix(http, address.sun_path, 0620);
	ck_assert_ptr_nonnull(bound);
	ck_assert_int_eq(stat(address.sun_path, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0620);
	connect_client(&client);
	ask(&client, GET("/"));
	expect(&client, HELLO);

	/* Somebody listens. */
	ck_assert_ptr_null(levin_http_server_bind_unix(http, address.sun_path, 0600));
	ck_assert_int_eq(errno, EADDRINUSE);
	/* Nobody does any more. */
	evhttp_del_accept_socket(http, bound);
	bound = levin_http_server_bind_unix(http, address.sun_path, 0600);
	ck_assert_ptr_nonnull(bound);
	connect_client(&other_client);
	ask(&other_client, GET("/"));
	expect(&other_client, HELLO);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	ck_assert_ptr_null(levin_http_server_bind_unix(http, long_path, 0600));
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_ptr_null(levin_http_server_bind_unix(http, "", 0600));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_ptr_null(levin_http_server_bind_unix(http, top, 0600));
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_int_eq(unlink(address.sun_path), 0);
	ck_assert_int_eq(rmdir(top), 0);
	stop();
}
