/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server of files on a Unix socket, with settings, a log and routes, that is drained at last, while
 * memory and system calls fail: every request ends once, what comes is what was asked for, and the
 * server is drained once.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <fcntl.h>
#include <levin/http.h>
#include <levin/http_client.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/platform.h"
#include "torture/torture.h"

enum { FILE_SIZE = 10, DRAIN_MS = 300 };

struct question {
	const char *method;
	const char *path;
	const char *name; /* of a field; NULL: none */
	const char *value;
	int status;
	const char *body; /* NULL: a page that somebody has made */
};

static const struct question questions[] = {
    {"GET", "/files/a.txt", NULL, NULL, 200, "0123456789"},
    {"GET", "/files/a.txt", "Range", "bytes=2-5", 206, "2345"},
    {"GET", "/files/a.txt", "Range", "bytes=20-", 416, ""},
    {"GET", "/files/a.txt", "If-None-Match", "\"tag\"", 304, ""},
    {"HEAD", "/files/a.txt", NULL, NULL, 200, ""},
    {"GET", "/files/../none", NULL, NULL, 404, NULL},
    {"PUT", "/files/a.txt", "X", "y", 405, NULL},
    {"GET", "/pieces", NULL, NULL, 200, "piecepiece"},
    {"PUT", "/large", NULL, NULL, 413, NULL},
};

enum { QUESTIONS = sizeof(questions) / sizeof(questions[0]) };

static char top[] = "torture_http_serving_XXXXXX";
static char socket_path[64];
static int directory;

static struct {
	struct event_base *base;
	int ends;
	int ended[QUESTIONS];
	int drained;
} run;

/* ---- the server --------------------------------------------------------------------------------- */

/* The request is as it was if this fails. */
static void
send_file(struct evhttp_request *request, void *arg)
{
	static const struct levin_http_file settings = {.etag = "\"tag\""};
	const char *path = levin_http_request_get_segment(request, "*");

	(void)arg;
	if (levin_http_reply_path(request, directory, path, &settings) == 0)
		return;
	evhttp_send_error(request, errno == ENOENT || errno == EACCES ? 404 : 503, NULL);
}

static void
send_pieces(struct evhttp_request *request, void *arg)
{
	struct evbuffer *piece;

	(void)arg;
	TRY_NEW(piece, evbuffer_new());
	if (levin_http_reply_start(request, 200, NULL, FILE_SIZE) == 0) {
		for (int i = 0; i < 2; i++) {
			TRY(evbuffer_add(piece, "piece", FILE_SIZE / 2));
			(void)levin_http_reply_write(request, piece);
		}
		(void)levin_http_reply_end(request);
	}
	evbuffer_free(piece);
}

static void
on_log(const struct levin_http_log_entry *entry, void *arg)
{
	(void)arg;
	EXPECT(entry->head_us >= 0);
}

static struct evhttp *
start_server(void)
{
	static const struct levin_http_server_settings settings = {.head_timeout_ms = 1000,
	    .body_timeout_ms = 1000,
	    .write_timeout_ms = 1000,
	    .keep_alive_timeout_ms = 1000,
	    .request_timeout_ms = 1000,
	    .body_rate = 1,
	    .body_size = 3,
	    .connection_requests = 5};
	struct evhttp_bound_socket *bound;
	struct evhttp *http;

	TRY_NEW(http, evhttp_new(run.base));
	TRY(levin_http_server_configure(http, &settings));
	TRY(levin_http_server_set_log(http, on_log, NULL));
	TRY(levin_http_server_route(
	    http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD, "/files/*", 0, send_file, NULL));
	TRY(levin_http_server_route(http, EVHTTP_REQ_GET, "/pieces", 0, send_pieces, NULL));
	TRY_NEW(bound, levin_http_server_bind_unix(http, socket_path, 0600));
	return http;
}

static void
on_drained(struct evhttp *http, void *arg)
{
	(void)http;
	(void)arg;
	run.drained++;
}

/* ---- the client --------------------------------------------------------------------------------- */

static void
on_end(struct levin_http_fetch *of, const struct levin_http_fetch_result *result, void *arg)
{
	int i = (int)((int *)arg - run.ended);
	const struct question *question = &questions[i];
	char body[FILE_SIZE + 1] = "";

	(void)of;
	run.ended[i]++;
	run.ends++;
	if (result->end != LEVIN_HTTP_FETCH_RESPONSE || result->status != question->status) {
		/* On a machine that has much to do it may be too late without any failure. */
		EXPECT(result->end == LEVIN_HTTP_FETCH_TIMEOUT || faults_injected() != NULL);
		return;
	}
	if (!question->body)
		return;
	EXPECT(evbuffer_get_length(result->body) == strlen(question->body));
	EXPECT(evbuffer_copyout(result->body, body, FILE_SIZE) >= 0);
	EXPECT(strcmp(body, question->body) == 0);
}

static void
ask(struct levin_http_client *client, int i)
{
	const struct question *question = &questions[i];
	struct levin_http_fetch *fetch;
	struct evbuffer *body;
	char url[100];

	snprintf(url, sizeof(url), "http://a%s", question->path);
	TRY_NEW(fetch, levin_http_fetch_new(client, question->method, url, on_end, &run.ended[i]));
	TRY(levin_http_fetch_set_unix_socket(fetch, socket_path));
	if (question->name)
		TRY(levin_http_fetch_add_field(fetch, question->name, question->value));
	if (question->status == 413) {
		TRY_NEW(body, evbuffer_new());
		TRY(evbuffer_add(body, "large", 5));
		TRY(levin_http_fetch_set_body(fetch, body));
		evbuffer_free(body);
	}
	TRY(levin_http_fetch_start(fetch));
}

static void
serve(const struct configuration *configuration)
{
	struct levin_http_client_settings settings = {
	    .connections_per_origin = 1, .timeouts = {.total_ms = 500}};
	struct levin_http_client *client;
	struct evhttp *http;

	memset(&run, 0, sizeof(run));
	run.base = torture_base(configuration);
	http = start_server();
	TRY_NEW(client, levin_http_client_new(run.base, NULL, &settings));
	for (int i = 0; i < QUESTIONS; i++)
		ask(client, i);
	torture_run(run.base, &run.ends, QUESTIONS);
	TRY(levin_http_server_drain(http, DRAIN_MS, on_drained, NULL));
	torture_run(run.base, &run.drained, 1);

	for (int i = 0; i < QUESTIONS; i++)
		EXPECT(run.ended[i] == 1);
	EXPECT(run.drained == 1);
	levin_http_client_free(client);
	evhttp_free(http);
	event_base_free(run.base);
}

TEST_SECONDS(300);

TEST_RANGE(levin_http_server__files_on_a_unix_socket_whatever_fails, 0,
    LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};
	int fd;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(socket_path, sizeof(socket_path), "%s/socket", top);
	directory = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(directory, 0);
	fd = openat(directory, "a.txt", O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, "0123456789", FILE_SIZE), FILE_SIZE);
	close(fd);
	torture(serve, &configuration);
	ck_assert_int_eq(unlinkat(directory, "a.txt", 0), 0);
	(void)unlink(socket_path);
	close(directory);
	ck_assert_int_eq(rmdir(top), 0);
}
