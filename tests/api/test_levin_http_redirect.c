/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redirects of levin/http_client.h: which are followed, with what, and which are not.
 */
#include "support/http_fetch_kit.h"

#define REDIRECT(status, location) \
	"HTTP/1.1 " status " Moved\r\nLocation: " location "\r\nContent-Length: 4\r\n\r\nmove"

static char last_url[200];

static void
keep_url(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	snprintf(last_url, sizeof(last_url), "%s", result->url);
	on_fetched(of, result, name);
}

static struct levin_http_fetch *
redirected(const char *method, const char *target)
{
	struct levin_http_fetch *made =
	    levin_http_fetch_new(http, method, url_of(target), keep_url, word("a"));

	ck_assert_ptr_nonnull(made);
	return made;
}

static void
set_body(struct levin_http_fetch *made, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	evbuffer_add(body, text, strlen(text));
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), 0);
	evbuffer_free(body);
}

TEST_HTTP(redirects__followed_on_the_same_connection)
{
	start_client(_i, NULL);
	peer.replies[0] = REDIRECT("302", "../c?d#e");
	peer.replies[1] = OK_BODY;
	begin(redirected("GET", "/a/b/x"));
	expect_spelled("a:200[abc] ");
	expect_received("GET /a/b/x HTTP/1.1\r\n" HOST "\r\nGET /a/c?d HTTP/1.1\r\n" HOST "\r\n");
	ck_assert_str_eq(last_url, url_of("/a/c?d"));
	ck_assert_int_eq(peer.connections, 1);
	ck_assert_uint_eq(statistics().redirects, 1);
	stop_client();
}

TEST_HTTP(redirects__on_another_connection_when_the_server_closes)
{
	start_client(_i, NULL);
	peer.replies[0] = "HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\nuntil the end" FIN;
	peer.replies[1] = OK_BODY;
	begin(redirected("GET", "/"));
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	stop_client();
}

TEST_HTTP(redirects__post_becomes_get_without_the_body)
{
	static const char *const replies[] = {
	    REDIRECT("301", "/b"), REDIRECT("302", "/b"), REDIRECT("303", "/b")};

	for (int i = 0; i < 3; i++) {
		struct levin_http_fetch *made;

		start_client(_i, NULL);
		peer.replies[0] = replies[i];
		peer.replies[1] = OK_BODY;
		made = redirected("POST", "/");
		ck_assert_int_eq(levin_http_fetch_add_field(made, "Content-Type", "x"), 0);
		ck_assert_int_eq(levin_http_fetch_add_field(made, "Accept", "y"), 0);
		set_body(made, "body");
		begin(made);
		expect_spelled("a:200[abc] ");
		expect_received("POST / HTTP/1.1\r\n" HOST
				"Content-Type: x\r\nAccept: y\r\nContent-Length: 4\r\n\r\nbody"
				"GET /b HTTP/1.1\r\n" HOST "Accept: y\r\n\r\n");
		stop_client();
	}
}

TEST_HTTP(redirects__method_and_body_stay_with_307_and_308)
{
	static const char *const replies[] = {REDIRECT("307", "/b"), REDIRECT("308", "/b")};

	for (int i = 0; i < 2; i++) {
		struct levin_http_fetch *made;

		start_client(_i, NULL);
		peer.replies[0] = replies[i];
		peer.replies[1] = OK_BODY;
		made = redirected("POST", "/");
		set_body(made, "body");
		begin(made);
		expect_spelled("a:200[abc] ");
		expect_received("POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody"
				"POST /b HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nbody");
		stop_client();
	}
}

TEST_HTTP(redirects__credentials_stay_with_their_origin)
{
	struct evconnlistener *second;
	struct levin_http_fetch *made;
	uint16_t port;
	char reply[200], expected[300];

	start_client(_i, NULL);
	second = listen_at_another_port(&port);
	snprintf(reply, sizeof(reply), REDIRECT("302", "http://127.0.0.1:%u/b"), port);
	peer.replies[0] = reply;
	peer.replies[1] = OK_BODY;
	made = redirected("GET", "/");
	ck_assert_int_eq(levin_http_fetch_add_field(made, "Authorization", "secret"), 0);
	ck_assert_int_eq(levin_http_fetch_add_field(made, "Cookie", "secret"), 0);
	ck_assert_int_eq(levin_http_fetch_add_field(made, "Accept", "y"), 0);
	begin(made);
	expect_spelled("a:200[abc] ");
	snprintf(expected, sizeof(expected),
	    "GET / HTTP/1.1\r\n" HOST "Authorization: secret\r\nCookie: secret\r\nAccept: y\r\n\r\n"
	    "GET /b HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: y\r\n\r\n",
	    port);
	expect_received(expected);
	evconnlistener_free(second);
	stop_client();
}

TEST_HTTP(redirects__limit)
{
	struct levin_http_client_settings settings = {.redirects = 2};

	start_client(_i, &settings);
	for (int i = 0; i < 4; i++)
		peer.replies[i] = REDIRECT("302", "/");
	begin(redirected("GET", "/"));
	expect_spelled("a!redirect ");
	ck_assert_int_eq(peer.next, 3);
	stop_client();
}

TEST_HTTP(redirects__not_followed_when_the_program_wants_them)
{
	struct levin_http_client_settings settings = {.flags = LEVIN_HTTP_CLIENT_KEEP_REDIRECTS};
	struct levin_http_fetch *made;

	start_client(_i, &settings);
	peer.replies[0] = REDIRECT("302", "/");
	peer.replies[1] = REDIRECT("302", "/");
	peer.replies[2] = OK_BODY;
	begin(redirected("GET", "/"));
	expect_spelled("a:302[move] ");
	made = redirected("GET", "/");
	ck_assert_int_eq(levin_http_fetch_limit_redirects(made, 1), 0);
	begin(made);
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(levin_http_fetch_limit_redirects(NULL, 1), -1);
	stop_client();
}

TEST_HTTP(redirects__what_is_no_redirect)
{
	static const char *const replies[] = {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 300 Choices\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 304 Same\r\nLocation: /b\r\n\r\n",
	    "HTTP/1.1 201 Created\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"};
	static const char *const ends[] = {"a:302[] ", "a:300[] ", "a:304[] ", "a:201[] "};

	for (int i = 0; i < 4; i++) {
		start_client(_i, NULL);
		peer.replies[0] = replies[i];
		begin(redirected("GET", "/"));
		expect_spelled(ends[i]);
		stop_client();
	}
}

TEST_HTTP(redirects__refused_places)
{
	static const char *const replies[] = {REDIRECT("302", "ftp://a/"),
	    REDIRECT("302", "javascript:x"), REDIRECT("302", "/a b"),
	    REDIRECT("302", "http://u:p@127.0.0.1/")};

	for (int i = 0; i < 4; i++) {
		start_client(_i, NULL);
		peer.replies[0] = replies[i];
		begin(redirected("GET", "/"));
		expect_spelled("a!redirect ");
		stop_client();
	}
}

static void
spell_head(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	(void)name;
	spell_number(result->status);
	spell_text(" ");
	levin_http_fetch_pause(of);
}

/* The callbacks see the last response alone, and a pause does not stop a redirect. */
TEST_HTTP(redirects__callbacks_and_a_pause)
{
	struct levin_http_fetch *made;

	start_client(_i, NULL);
	peer.replies[0] = REDIRECT("302", "/");
	peer.replies[1] = OK_BODY;
	made = redirected("GET", "/");
	ck_assert_int_eq(levin_http_fetch_on_head(made, spell_head), 0);
	begin(made);
	levin_http_fetch_pause(made);
	expect_spelled("200 ");
	some_turns();
	levin_http_fetch_resume(made);
	expect_spelled("a:200[abc] ");
	stop_client();
}

TEST_HTTP_SIM(redirects__total_timeout_is_for_all_of_them)
{
	struct levin_http_client_settings settings = {.timeouts = {.total_ms = 5000}};

	int64_t begin_ms;

	start_client(_i, &settings);
	begin_ms = now_ms();
	peer.replies[0] = REDIRECT("302", "/");
	begin(redirected("GET", "/"));
	expect_spelled("a!timeout ");
	ck_assert_int_ge(now_ms() - begin_ms, 5000);
	ck_assert_int_lt(now_ms() - begin_ms, 5100);
	stop_client();
}

/* A server that never ends its redirect does not hold the request up. */
TEST_HTTP(redirects__endless_body_is_not_waited_for)
{
	static char endless[100000] = "HTTP/1.1 302 Moved\r\nLocation: /b\r\n\r\n";

	memset(endless + strlen(endless), 'x', sizeof(endless) - strlen(endless) - 1);
	start_client(_i, NULL);
	peer.replies[0] = endless;
	peer.replies[1] = OK_BODY;
	begin(redirected("GET", "/"));
	expect_spelled("a:200[abc] ");
	ck_assert_int_eq(peer.connections, 2);
	ck_assert_uint_eq(statistics().connections, 1);
	stop_client();
}

static void
send_byte(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (peer.streams[0])
		bufferevent_write(peer.streams[0], "x", 1);
}

/* Nor one that sends it byte by byte: the timeout is for all of it. */
TEST_HTTP_SIM(redirects__slow_body_times_out)
{
	struct levin_http_client_settings settings = {.timeouts = {.idle_ms = 3000}};
	const struct timeval second = {1, 0};
	struct event *timer;
	int64_t begin_ms;

	start_client(_i, &settings);
	timer = event_new(base, -1, EV_PERSIST, send_byte, NULL);
	begin_ms = now_ms();
	peer.replies[0] = "HTTP/1.1 302 Moved\r\nLocation: /b\r\n\r\n";
	begin(redirected("GET", "/"));
	ck_assert_int_eq(event_add(timer, &second), 0);
	expect_spelled("a!timeout ");
	ck_assert_int_ge(now_ms() - begin_ms, 3000);
	ck_assert_int_lt(now_ms() - begin_ms, 3900);
	event_free(timer);
	stop_client();
}
