/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies from other threads, to requests that may have gone.
 */
#include <event2/thread.h>
#include <levin/http.h>
#include <pthread.h>

#include "support/http_kit.h"

enum { WORKERS = 8 };

static pthread_t workers[WORKERS];
static int worker_count;

static struct levin_http_handle *handle;
static int ends;

static void
on_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)request;
	(void)arg;
	ends++;
	spell_text(end == LEVIN_HTTP_COMPLETED ? "<completed>" : "<gone>");
}

/* A thread that replies with the text behind "hello". */
static void *
work(void *arg)
{
	struct levin_http_handle *of = arg;
	struct evbuffer *body = evbuffer_new();

	ck_assert_ptr_nonnull(body);
	ck_assert_int_eq(evbuffer_add(body, "hello", 5), 0);
	ck_assert_int_eq(levin_http_handle_reply(of, 200, NULL, NULL, body), 0);
	ck_assert_uint_eq(evbuffer_get_length(body), 0);
	evbuffer_free(body);
	levin_http_handle_free(of);
	return NULL;
}

static void
start_worker(struct levin_http_handle *of)
{
	ck_assert_int_lt(worker_count, WORKERS);
	ck_assert_int_eq(pthread_create(&workers[worker_count++], NULL, work, of), 0);
}

static void
join_workers(void)
{
	while (worker_count > 0)
		ck_assert_int_eq(pthread_join(workers[--worker_count], NULL), 0);
}

static void
pass_on(struct evhttp_request *request, void *arg)
{
	struct levin_http_handle *of = levin_http_request_get_handle(request);

	(void)arg;
	ck_assert_ptr_nonnull(of);
	start_worker(of);
}

/* Callback of requests: the reply is owed, and the test has a handle. */
static void
keep_handle(struct evhttp_request *request, void *arg)
{
	(void)arg;
	ck_assert_int_eq(levin_http_request_set_end_callback(request, on_end, NULL), 0);
	handle = levin_http_request_get_handle(request);
	ck_assert_ptr_nonnull(handle);
	spell_text("kept");
}

static void
start_handles(int i)
{
	start(i);
	evhttp_set_gencb(http, pass_on, NULL);
	ck_assert_int_eq(evhttp_set_cb(http, "/keep", keep_handle, NULL), 0);
	connect_client(&client);
}

TEST(levin_http_handle_reply__from_other_threads)
{
	start_handles(0);

	for (int i = 0; i < WORKERS / 2; i++)
		ask(&client, GET("/"));
	for (int i = 0; i < WORKERS / 2; i++)
		expect(&client, HELLO);
	join_workers();
	stop();
}

TEST(levin_http_handle_reply__peer_has_gone)
{
	start_handles(0);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	reset_client(&client);
	expect_spelled("<gone>");
	start_worker(handle);
	join_workers();
	some_turns();
	ck_assert_int_eq(ends, 1);
	stop();
}

TEST(levin_http_handle_reply__server_is_freed_at_the_same_time)
{
	start_handles(0);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	start_worker(handle);
	evhttp_free(http);
	http = NULL;
	join_workers();
	some_turns();
	ck_assert_int_eq(ends, 1);
	stop();
}

TEST_HTTP(levin_http_handle_reply__type_and_reason_and_a_second_one)
{
	start_handles(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_handle_reply(handle, 201, "Made", "text/plain", NULL), 0);
	ck_assert_int_eq(levin_http_handle_reply(handle, 500, NULL, NULL, NULL), 0);
	expect(&client, "HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nDate: D\r\n"
			"Content-Length: 0\r\n\r\n");
	expect_spelled("<completed>");
	expect_nothing(&client);
	levin_http_handle_free(handle);
	stop();
}

static void
on_posted(struct evhttp_request *request, void *arg)
{
	spell_text(request ? arg : "NULL");
	if (request)
		evhttp_request_free(request);
}

TEST_HTTP(levin_http_handle_post__request_and_then_none)
{
	start_handles(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	ck_assert_int_eq(levin_http_handle_post(handle, on_posted, word("posted")), 0);
	ck_assert_int_eq(levin_http_handle_post(handle, on_posted, word("again")), 0);
	ck_assert_int_eq(levin_http_handle_post(handle, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	levin_http_handle_free(handle);
	ck_assert_str_eq(spelled(), "");
	expect_closed(&client);
	some_turns();
	expect_spelled("posted<gone>NULL");
	stop();
}

/* Without a function for the end: the request is the library's. */
static void
take_handle(struct evhttp_request *request, void *arg)
{
	(void)arg;
	handle = levin_http_request_get_handle(request);
	ck_assert_ptr_nonnull(handle);
	spell_text("taken");
}

TEST_HTTP(levin_http_request_get_handle__request_without_a_reply_is_freed)
{
	start_handles(_i);
	evhttp_set_gencb(http, take_handle, NULL);

	ask(&client, GET("/"));
	expect_spelled("taken");
	reset_client(&client);
	while (evhttp_get_connection_count(http) > 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(levin_http_handle_reply(handle, 200, NULL, NULL, NULL), 0);
	some_turns();
	levin_http_handle_free(handle);
	levin_http_handle_free(NULL);
	stop();
}
