/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of levin/http_client.h: what is sent, how they end, bodies as they come, timeouts.
 */
#include "support/http_fetch_kit.h"

#include "support/fail_nth.h"

/* ---- What is sent ---- */

TEST_HTTP(levin_http_fetch_new__head_of_the_request)
{
	struct levin_http_fetch *made;

	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	made = levin_http_fetch_new(http, "DELETE", url_of("/a/b?c=d#e"), on_fetched, word("a"));
	ck_assert_int_eq(levin_http_fetch_add_field(made, "X-Y", "z"), 0);
	begin(made);
	expect_spelled("a:200[abc] ");
	expect_received("DELETE /a/b?c=d HTTP/1.1\r\n" HOST "X-Y: z\r\n\r\n");
	stop_client();
}

TEST_HTTP(levin_http_fetch_set_body__is_sent_with_its_length)
{
	struct levin_http_fetch *made;
	struct evbuffer *body = evbuffer_new();

	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	made = new_fetch("POST", "a");
	evbuffer_add(body, "old", 3);
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), 0);
	evbuffer_add(body, "new body", 8);
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), 0);
	ck_assert_uint_eq(evbuffer_get_length(body), 0);
	evbuffer_free(body);
	begin(made);
	expect_spelled("a:200[abc] ");
	expect_received("POST / HTTP/1.1\r\n" HOST "Content-Length: 8\r\n\r\nnew body");
	stop_client();
}

TEST(levin_http_fetch_new__wrong_arguments)
{
	static const char *const urls[] = {"", "/", "ftp://a/", "http:///", "http://",
	    "http://a:0/", "http://u@a/", "http://a b/", "https:a", "http://a%41/",
	    "http://a:99999/"};
	struct levin_http_fetch_timeouts timeouts = {.total_ms = 1};
	struct levin_http_fetch *made;

	start_client(0, NULL);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		errno = 0;
		ck_assert_ptr_null(levin_http_fetch_new(http, "GET", urls[i], on_fetched, NULL));
		ck_assert_int_eq(errno, EINVAL);
	}
	ck_assert_ptr_null(levin_http_fetch_new(http, "CONNECT", url_of("/"), on_fetched, NULL));
	ck_assert_ptr_null(levin_http_fetch_new(http, "get", url_of("/"), on_fetched, NULL));
	ck_assert_ptr_null(levin_http_fetch_new(http, "GET", url_of("/"), NULL, NULL));
	ck_assert_ptr_null(levin_http_fetch_new(NULL, "GET", url_of("/"), on_fetched, NULL));

	made = new_fetch("GET", "a");
	ck_assert_int_eq(levin_http_fetch_add_field(made, "a b", "c"), -1);
	ck_assert_int_eq(levin_http_fetch_add_field(made, "a", "b\r\nc: d"), -1);
	ck_assert_int_eq(levin_http_fetch_set_timeouts(made, NULL), -1);
	timeouts.idle_ms = -2;
	ck_assert_int_eq(levin_http_fetch_set_timeouts(made, &timeouts), -1);
	timeouts.idle_ms = 0;
	ck_assert_int_eq(levin_http_fetch_limit_body(made, -2), -1);
	ck_assert_int_eq(levin_http_fetch_limit_redirects(made, -2), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_fetch_limit_redirects(made, -1), 0);
	begin(made);
	ck_assert_int_eq(levin_http_fetch_start(made), -1);
	ck_assert_int_eq(levin_http_fetch_add_field(made, "a", "b"), -1);
	ck_assert_int_eq(levin_http_fetch_set_body(made, peer.received), -1);
	ck_assert_int_eq(levin_http_fetch_set_timeouts(made, &timeouts), -1);
	ck_assert_int_eq(levin_http_fetch_limit_body(made, 1), -1);
	ck_assert_int_eq(levin_http_fetch_set_unix_socket(made, "a"), -1);
	ck_assert_int_eq(levin_http_fetch_on_head(made, on_fetched), -1);
	ck_assert_int_eq(levin_http_fetch_on_data(made, NULL), -1);
	levin_http_fetch_cancel(made);
	levin_http_fetch_cancel(NULL);
	ck_assert_str_eq(spelled(), "a!cancelled ");
	stop_client();
}

/* ---- How they end ---- */

/* The same verdicts as for connections of event2/http.h. */
TEST_HTTP(response__whole_or_why_not)
{
	static const struct {
		const char *of_connection;
		const char *of_fetch;
	} ends[] = {{"end", "closed"}, {"head", "malformed"}, {"long", "malformed"}};

	for (int i = 0; i < RESPONSES; i++) {
		const char *expected = responses[i].spelled;
		char text[100];

		if (strncmp(expected, "closed ", 7) == 0)
			expected += 7;
		snprintf(text, sizeof(text), "%s", expected);
		for (size_t j = 0; expected[1] == '!' && j < sizeof(ends) / sizeof(ends[0]); j++)
			if (strncmp(expected + 2, ends[j].of_connection,
				strlen(ends[j].of_connection)) == 0)
				snprintf(text, sizeof(text), "a!%s ", ends[j].of_fetch);
		start_client(_i, NULL);
		peer.replies[0] = responses[i].reply;
		fetch("a");
		expect_spelled(text);
		stop_client();
	}
}

TEST_HTTP(levin_http_fetch_limit_body__larger_ones_fail)
{
	static const char *const replies[] = {OK_BODY,
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	    ("HTTP/1.1 200 OK\r\n\r\nabc" FIN)};

	for (int i = 0; i < 6; i++) {
		struct levin_http_fetch *made;

		start_client(_i, NULL);
		peer.replies[0] = replies[i / 2];
		made = new_fetch("GET", "a");
		ck_assert_int_eq(levin_http_fetch_limit_body(made, i % 2 ? 3 : 2), 0);
		begin(made);
		expect_spelled(i % 2 ? "a:200[abc] " : "a!large ");
		stop_client();
	}
}

TEST_HTTP(levin_http_fetch_cancel__in_every_state)
{
	struct levin_http_fetch *made;

	start_client(_i, NULL);
	levin_http_fetch_cancel(new_fetch("GET", "new"));
	levin_http_fetch_cancel(fetch("waiting"));
	ck_assert_str_eq(spelled(), "waiting!cancelled ");
	made = fetch("connecting");
	while (statistics().connections == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	levin_http_fetch_cancel(made);
	ck_assert_str_eq(spelled(), "connecting!cancelled ");
	made = fetch("sent");
	wait_for_bytes(10);
	levin_http_fetch_cancel(made);
	ck_assert_str_eq(spelled(), "sent!cancelled ");
	ck_assert_uint_eq(statistics().connections, 0);
	ck_assert_uint_eq(statistics().cancelled, 3);
	stop_client();
}

TEST_HTTP(levin_http_client_free__ends_all_requests)
{
	struct levin_http_client_settings settings = {.connections_per_origin = 1};

	start_client(_i, &settings);
	peer.replies[0] = OK_BODY;
	fetch("a");
	expect_spelled("a:200[abc] ");
	(void)new_fetch("GET", "new");
	fetch("b");
	fetch("c");
	wait_for_bytes(60);
	levin_http_client_free(http);
	http = NULL;
	ck_assert_str_eq(spelled(), "c!cancelled b!cancelled ");
	some_turns();
	stop();
}

/* ---- Bodies as they come ---- */

static struct levin_http_fetch *paused;
static bool pauses_in_head;
static bool pauses_in_data;

static void
on_response_head(
    struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	spell_text(name);
	spell_text("(");
	spell_number(result->status);
	spell_text(") ");
	ck_assert_str_eq(result->status_text, "OK");
	if (pauses_in_head)
		levin_http_fetch_pause(of);
}

static void
on_response_data(struct levin_http_fetch *of, struct evbuffer *data, void *name)
{
	char text[100] = "";

	ck_assert_uint_lt(evbuffer_get_length(data), sizeof(text));
	ck_assert_int_gt(evbuffer_remove(data, text, sizeof(text) - 1), 0);
	spell_text(name);
	spell_text("<");
	spell_text(text);
	spell_text("> ");
	if (pauses_in_data)
		levin_http_fetch_pause(of);
}

static struct levin_http_fetch *
fetch_in_pieces(const char *name)
{
	struct levin_http_fetch *made = new_fetch("GET", name);

	ck_assert_int_eq(levin_http_fetch_on_head(made, on_response_head), 0);
	ck_assert_int_eq(levin_http_fetch_on_data(made, on_response_data), 0);
	return begin(made);
}

static void
send_more(const char *text)
{
	ck_assert_int_eq(bufferevent_write(peer.streams[0], text, strlen(text)), 0);
}

TEST_HTTP(levin_http_fetch_on_data__pieces_as_they_come)
{
	start_client(_i, NULL);
	peer.replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
	fetch_in_pieces("a");
	expect_spelled("a(200) a<abc> ");
	send_more("def");
	expect_spelled("a<def> a:200[] ");
	stop_client();
}

static void
leave_data(struct levin_http_fetch *of, struct evbuffer *data, void *name)
{
	(void)of;
	(void)name;
	spell_number((int)evbuffer_get_length(data));
	spell_text(" ");
}

TEST_HTTP(levin_http_fetch_on_data__what_is_left_comes_again)
{
	struct levin_http_fetch *made;

	start_client(_i, NULL);
	peer.replies[0] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc";
	made = new_fetch("GET", "a");
	ck_assert_int_eq(levin_http_fetch_on_data(made, leave_data), 0);
	begin(made);
	expect_spelled("3 ");
	send_more("def");
	expect_spelled("6 a:200[abcdef] ");
	stop_client();
}

TEST_HTTP(levin_http_fetch_pause__in_callbacks)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	peer.replies[1] = OK_BODY;
	pauses_in_head = true;
	paused = fetch_in_pieces("a");
	expect_spelled("a(200) ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	levin_http_fetch_resume(paused);
	ck_assert_str_eq(spelled(), "");
	expect_spelled("a<abc> a:200[] ");

	pauses_in_head = false;
	pauses_in_data = true;
	paused = fetch_in_pieces("b");
	expect_spelled("b(200) b<abc> ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	levin_http_fetch_resume(paused);
	levin_http_fetch_resume(paused);
	expect_spelled("b:200[] ");
	stop_client();
}

TEST_HTTP(levin_http_fetch_pause__before_the_head)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	paused = fetch_in_pieces("a");
	levin_http_fetch_pause(paused);
	expect_spelled("a(200) ");
	some_turns();
	ck_assert_str_eq(spelled(), "");
	levin_http_fetch_resume(paused);
	expect_spelled("a<abc> a:200[] ");
	stop_client();
}

/* The peer cannot send on: what it has written waits in its output. */
TEST_HTTP(levin_http_fetch_pause__holds_the_server_back)
{
	enum { SIZE = 32 << 20 };
	char *bytes = calloc(1, SIZE);
	struct evbuffer *output;

	start_client(_i, NULL);
	peer.replies[0] = "HTTP/1.1 200 OK\r\n\r\n";
	pauses_in_head = true;
	paused = new_fetch("GET", "a");
	ck_assert_int_eq(levin_http_fetch_on_head(paused, on_response_head), 0);
	ck_assert_int_eq(levin_http_fetch_limit_body(paused, -1), 0);
	begin(paused);
	expect_spelled("a(200) ");
	output = bufferevent_get_output(peer.streams[0]);
	ck_assert_int_eq(bufferevent_write(peer.streams[0], bytes, SIZE), 0);
	free(bytes);
	some_turns();
	some_turns();
	ck_assert_uint_gt(evbuffer_get_length(output), SIZE / 4);
	levin_http_fetch_resume(paused);
	while (evbuffer_get_length(output) > 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	bufferevent_free(peer.streams[0]);
	peer.streams[0] = NULL;
	while (statistics().responses == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(statistics().bytes, SIZE);
	(void)spelled();
	stop_client();
}

TEST_HTTP(levin_http_fetch_cancel__while_it_is_paused)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	pauses_in_data = true;
	paused = fetch_in_pieces("a");
	expect_spelled("a(200) a<abc> ");
	some_turns();
	levin_http_fetch_resume(paused);
	levin_http_fetch_cancel(paused);
	ck_assert_str_eq(spelled(), "a!cancelled ");
	some_turns();
	stop_client();
}

TEST_HTTP(levin_http_client_free__after_a_request_was_resumed)
{
	start_client(_i, NULL);
	peer.replies[0] = OK_BODY;
	pauses_in_data = true;
	paused = fetch_in_pieces("a");
	expect_spelled("a(200) a<abc> ");
	levin_http_fetch_resume(paused);
	/* What nothing points to any more is found when it leaks. */
	paused = NULL;
	levin_http_client_free(http);
	http = NULL;
	ck_assert_str_eq(spelled(), "a!cancelled ");
	some_turns();
	stop();
}

/* ---- Frees in callbacks ---- */

enum { BY_CANCEL, BY_FREE, WAYS };
enum { IN_HEAD, IN_DATA, IN_END, PLACES };

static int way;
static int place;
static int ends;

static void
end_here(struct levin_http_fetch *of, int here)
{
	if (here != place)
		return;
	place = PLACES;
	if (way == BY_CANCEL) {
		levin_http_fetch_cancel(of);
		return;
	}
	levin_http_client_free(http);
	http = NULL;
}

static void
end_in_head(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	(void)result;
	(void)name;
	end_here(of, IN_HEAD);
}

static void
end_in_data(struct levin_http_fetch *of, struct evbuffer *data, void *name)
{
	evbuffer_drain(data, evbuffer_get_length(data));
	(void)name;
	end_here(of, IN_DATA);
}

static void
end_in_end(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	on_fetched(of, result, name);
	ends++;
	end_here(of, IN_END);
	ck_assert_ptr_nonnull(result->body);
	ck_assert_ptr_nonnull(result->url);
}

TEST_HTTP(callbacks__cancel_the_request_or_free_the_client)
{
	static const char *const replies[] = {OK_BODY, OK_CLOSES, "HTTP/1.1 200 OK\r\n\r\nx" FIN,
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na" FIN, "HTTX\r\n\r\n", FIN};

	for (int i = 0; i < WAYS * PLACES * 6; i++) {
		struct levin_http_fetch *made;

		start_client(_i, NULL);
		ends = 0;
		way = i % WAYS;
		place = i / WAYS % PLACES;
		peer.replies[0] = replies[i / WAYS / PLACES];
		made = levin_http_fetch_new(http, "GET", url_of("/"), end_in_end, word("a"));
		ck_assert_int_eq(levin_http_fetch_on_head(made, end_in_head), 0);
		ck_assert_int_eq(levin_http_fetch_on_data(made, end_in_data), 0);
		begin(made);
		while (ends == 0)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
		some_turns();
		ck_assert_int_eq(ends, 1);
		(void)spelled();
		stop_client();
	}
}

static void
fetch_again(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *name)
{
	on_fetched(of, result, name);
	fetch("b");
}

TEST_HTTP(callbacks__start_the_next_request)
{
	static const char *const replies[] = {OK_BODY, OK_CLOSES, FIN};

	for (int i = 0; i < 3; i++) {
		start_client(_i, NULL);
		peer.replies[0] = replies[i];
		peer.replies[1] = OK_BODY;
		begin(levin_http_fetch_new(http, "GET", url_of("/"), fetch_again, word("a")));
		expect_spelled(i < 2 ? "a:200[abc] b:200[abc] " : "a!closed b:200[abc] ");
		stop_client();
	}
}

/* ---- Timeouts ---- */

static void
expect_timeout(int64_t begin_ms, int limit_ms, const char *text)
{
	expect_spelled(text);
	ck_assert_int_ge(now_ms() - begin_ms, limit_ms);
	ck_assert_int_lt(now_ms() - begin_ms, limit_ms + 100);
}

TEST_HTTP_SIM(timeouts__head_and_body_and_total)
{
	struct levin_http_client_settings settings = {
	    .timeouts = {.head_ms = 2000, .idle_ms = 3000}};
	struct levin_http_fetch_timeouts total = {.total_ms = 1000, .head_ms = -1};
	struct levin_http_fetch *made;
	int64_t begin_ms;

	start_client(_i, &settings);
	peer.replies[1] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab";
	begin_ms = now_ms();
	fetch("a");
	expect_timeout(begin_ms, 2000, "a!timeout ");
	begin_ms = now_ms();
	fetch("b");
	expect_timeout(begin_ms, 3000, "b!timeout ");
	begin_ms = now_ms();
	made = new_fetch("GET", "c");
	ck_assert_int_eq(levin_http_fetch_set_timeouts(made, &total), 0);
	begin(made);
	expect_timeout(begin_ms, 1000, "c!timeout ");
	stop_client();
}

TEST_HTTP_SIM(timeouts__waiting_for_a_connection)
{
	struct levin_http_client_settings settings = {
	    .connections_per_origin = 1, .timeouts = {.queue_ms = 1500}};
	int64_t begin_ms;

	start_client(_i, &settings);
	begin_ms = now_ms();
	fetch("a");
	fetch("b");
	expect_timeout(begin_ms, 1500, "b!timeout ");
	ck_assert_uint_eq(statistics().waiting, 0);
	stop_client();
}

TEST_HTTP_SIM(timeouts__connecting)
{
	struct levin_http_client_settings settings = {.timeouts = {.connect_ms = 2500}};
	struct levin_sim_link down = {.is_down = 1};
	struct levin_http_fetch *made;
	int64_t begin_ms;

	start_client(_i, &settings);
	begin_ms = now_ms();
	ck_assert_int_eq(levin_sim_set_link(simulation_under_test(), NULL, "192.0.2.1", &down), 0);
	made = levin_http_fetch_new(http, "GET", "http://192.0.2.1/", on_fetched, word("a"));
	begin(made);
	expect_timeout(begin_ms, 2500, "a!timeout ");
	stop_client();
}

/* A pause is the program's own time. */
TEST_HTTP_SIM(timeouts__not_in_a_pause)
{
	struct levin_http_client_settings settings = {.timeouts = {.idle_ms = 1000}};

	start_client(_i, &settings);
	peer.replies[0] = OK_BODY;
	pauses_in_head = true;
	paused = fetch_in_pieces("a");
	expect_spelled("a(200) ");
	ck_assert_int_eq(event_base_loopexit(base, MS(100000)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	levin_http_fetch_resume(paused);
	expect_spelled("a<abc> a:200[] ");
	stop_client();
}

/* A server that takes nothing of a body. */
TEST_HTTP_SIM(timeouts__sending)
{
	enum { SIZE = 32 << 20 };
	struct levin_http_client_settings settings = {
	    .timeouts = {.idle_ms = 2000, .head_ms = 1000}};
	struct evbuffer *body = evbuffer_new();
	char *bytes = calloc(1, SIZE);
	struct levin_http_fetch *made;
	int64_t begin_ms;

	start_client(_i, &settings);
	made = new_fetch("POST", "a");
	evbuffer_add(body, bytes, SIZE);
	free(bytes);
	ck_assert_int_eq(levin_http_fetch_set_body(made, body), 0);
	evbuffer_free(body);
	begin(made);
	wait_for_bytes(1);
	bufferevent_disable(peer.streams[0], EV_READ);
	begin_ms = now_ms();
	expect_timeout(begin_ms, 2000, "a!timeout ");
	stop_client();
}

/* ---- Memory ---- */

TEST_HTTP_SIM(memory__every_request_ends_once)
{
	for (unsigned every = 1; every < 60; every++) {
		struct levin_http_fetch *made;

		start_client(_i, NULL);
		peer.replies[0] = OK_BODY;
		levin_sim_fail_allocations(simulation_under_test(), every, 0);
		made = levin_http_fetch_new(http, "GET", url_of("/"), on_fetched, word("a"));
		if (made && levin_http_fetch_start(made) < 0)
			levin_http_fetch_cancel(made);
		else if (made)
			for (int i = 0; i < 50; i++)
				(void)event_base_loop(base, EVLOOP_NONBLOCK);
		levin_sim_fail_allocations(simulation_under_test(), 0, 0);
		stop_client();
	}
}
