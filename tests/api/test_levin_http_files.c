/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files as replies: conditions, ranges, paths from clients, and files that shrink.
 */
#include <fcntl.h>
#include <levin/http.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/http_kit.h"

#define THEN_S 784111777
#define THEN   "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"

static char top[] = "levin_http_files_XXXXXX";
static int directory;
static struct levin_http_file settings = {.etag = "\"v1\""};
static enum levin_http_end ended;
static int ends;
static bool is_by_descriptor;

static void
create(const char *name, const char *text, size_t size)
{
	const struct timespec times[2] = {{THEN_S, 0}, {THEN_S, 0}};
	int fd = openat(directory, name, O_CREAT | O_WRONLY | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
	ck_assert_int_eq(futimens(fd, times), 0);
	ck_assert_int_eq(close(fd), 0);
}

static void
on_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)request;
	(void)arg;
	ended = end;
	ends++;
}

static void
send_file(struct evhttp_request *request, void *arg)
{
	const char *path = levin_http_request_get_segment(request, "*");
	int rc;

	(void)arg;
	ck_assert_int_eq(levin_http_request_set_end_callback(request, on_end, NULL), 0);
	if (is_by_descriptor)
		rc = levin_http_reply_file(
		    request, openat(directory, path, O_RDONLY | O_CLOEXEC), &settings);
	else
		rc = levin_http_reply_path(request, directory, path, &settings);
	if (rc == 0)
		return;
	spell_text(strerror(errno));
	evhttp_send_error(request, 404, NULL);
}

static void
start_files(int i)
{
	ck_assert_ptr_nonnull(mkdtemp(top));
	directory = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(directory, 0);
	create("a.txt", "0123456789", 10);
	create("empty", "", 0);
	start(i);
	ck_assert_int_eq(levin_http_server_route(http, 0, "/*", 0, send_file, NULL), 0);
	connect_client(&client);
}

static void
stop_files(void)
{
	stop();
	ck_assert_int_eq(unlinkat(directory, "a.txt", 0), 0);
	ck_assert_int_eq(unlinkat(directory, "empty", 0), 0);
	(void)unlinkat(directory, "large", 0);
	ck_assert_int_eq(close(directory), 0);
	ck_assert_int_eq(rmdir(top), 0);
}

#define FIELDS(type) \
	"Last-Modified: " THEN "\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\n" type "Date: D\r\n"
#define TEXT_TYPE "Content-Type: text/plain; charset=utf-8\r\n"
#define WHOLE     "HTTP/1.1 200 OK\r\n" FIELDS(TEXT_TYPE) "Content-Length: 10\r\n\r\n"
#define PART(range, size)                                                         \
	"HTTP/1.1 206 Partial Content\r\nLast-Modified: " THEN                    \
	"\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nContent-Range: bytes " range \
	"/10\r\n" TEXT_TYPE "Date: D\r\nContent-Length: " size "\r\n\r\n"
#define GET_WITH(path, fields) "GET " path " HTTP/1.1\r\n" fields "\r\n" HOST

TEST(levin_http_reply_path__whole)
{
	start_files(0);

	ask(&client, GET("/a.txt"));
	expect(&client, WHOLE "0123456789");
	ask(&client, "HEAD /a.txt HTTP/1.1\r\n" HOST);
	expect(&client, WHOLE);
	ask(&client, GET("/empty"));
	expect(
	    &client, "HTTP/1.1 200 OK\r\n" FIELDS(
			 "Content-Type: application/octet-stream\r\n") "Content-Length: 0\r\n\r\n");
	is_by_descriptor = true;
	settings.content_type = "text/x-own";
	ask(&client, GET("/a.txt"));
	expect(&client,
	    "HTTP/1.1 200 OK\r\n" FIELDS("Content-Type: text/x-own\r\n") "Content-Length: "
									 "10\r\n\r\n0123456789");
	ck_assert_int_eq(ended, LEVIN_HTTP_COMPLETED);
	stop_files();
}

TEST(levin_http_reply_path__range)
{
	start_files(0);

	ask(&client, GET_WITH("/a.txt", "Range: bytes=2-4"));
	expect(&client, PART("2-4", "3") "234");
	ask(&client, GET_WITH("/a.txt", "Range: bytes=-1"));
	expect(&client, PART("9-9", "1") "9");
	ask(&client, GET_WITH("/a.txt", "Range: bytes=0-0,2-2"));
	expect(&client, WHOLE "0123456789");
	ask(&client, GET_WITH("/a.txt", "Range: bytes=2-4\r\nIf-Range: \"v1\""));
	expect(&client, PART("2-4", "3") "234");
	ask(&client, GET_WITH("/a.txt", "Range: bytes=2-4\r\nIf-Range: \"v2\""));
	expect(&client, WHOLE "0123456789");
	ask(&client, GET_WITH("/a.txt", "Range: bytes=2-4\r\nIf-Range: " THEN));
	expect(&client, PART("2-4", "3") "234");
	ask(&client, "HEAD /a.txt HTTP/1.1\r\nRange: bytes=2-4\r\n" HOST);
	expect(&client, WHOLE);
	ask(&client, GET_WITH("/a.txt", "Range: bytes=10-"));
	expect(&client, "HTTP/1.1 416 Requested range not satisfiable\r\nLast-Modified: " THEN
			"\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nContent-Range: bytes */10\r\n"
			"Date: D\r\nContent-Length: 0\r\n");
	stop_files();
}

TEST(levin_http_reply_path__conditions)
{
	static const char *const not_modified[] = {
	    GET_WITH("/a.txt", "If-None-Match: \"v0\", \"v1\""),
	    GET_WITH("/a.txt", "If-Modified-Since: " THEN),
	    "HEAD /a.txt HTTP/1.1\r\nIf-None-Match: *\r\n" HOST,
	    GET_WITH("/a.txt", "If-None-Match: \"v1\"\r\nRange: bytes=2-4"),
	};
	static const char *const refused[] = {
	    GET_WITH("/a.txt", "If-Match: \"v0\""),
	    GET_WITH("/a.txt", "If-Unmodified-Since: " BEFORE),
	};

	start_files(0);

	for (size_t i = 0; i < sizeof(not_modified) / sizeof(not_modified[0]); i++) {
		ask(&client, not_modified[i]);
		expect(&client, "HTTP/1.1 304 Not Modified\r\nLast-Modified: " THEN
				"\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nDate: D\r\n\r\n");
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		connect_client(&other_client);
		ask(&other_client, refused[i]);
		expect(&other_client, "HTTP/1.1 412 Precondition Failed\r\nLast-Modified: " THEN
				      "\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nDate: D\r\n");
		close_client(&other_client);
	}
	ask(&client, GET_WITH("/a.txt", "If-Match: \"v1\"\r\nIf-None-Match: \"v0\""));
	expect(&client, WHOLE "0123456789");
	stop_files();
}

/* A reply whose size the test does not know comes in parts. */
static void
wait_for_text(const char *text)
{
	while (!strstr(client.text, text)) {
		ck_assert(!client.is_closed);
		wait_for_bytes(&client, client.size + 1);
	}
}

TEST(levin_http_reply_path__made_etag)
{
	char *etag;

	start_files(0);
	settings.etag = NULL;

	ask(&client, GET("/a.txt"));
	wait_for_text("\r\n\r\n0123456789");
	etag = strstr(client.text, "ETag: \"");
	ck_assert_ptr_nonnull(etag);
	settings.etag = "";
	take_text(&client, client.size);
	ask(&client, "HEAD /a.txt HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nLast-Modified: " THEN "\r\nAccept-Ranges: bytes\r\n");
	settings.etag = NULL;
	ck_assert_int_eq(utimensat(directory, "a.txt", NULL, 0), 0);
	wait_for_text("\r\n\r\n");
	take_text(&client, client.size);
	ask(&client, "HEAD /a.txt HTTP/1.1\r\n" HOST);
	expect(&client, "HTTP/1.1 200 OK\r\nLast-Modified: ");
	wait_for_text("ETag: W/\"");
	stop_files();
}

TEST(levin_http_reply_path__what_is_refused)
{
	start_files(0);

	ask(&client, GET("/none"));
	expect(&client, "HTTP/1.1 404 ");
	expect_spelled(strerror(ENOENT));
	connect_client(&other_client);
	ask(&other_client, GET("/%2e%2e/a.txt"));
	expect(&other_client, "HTTP/1.1 404 ");
	expect_spelled(strerror(EACCES));
	close_client(&other_client);
	connect_client(&other_client);
	ask(&other_client, GET("/"));
	expect(&other_client, "HTTP/1.1 404 ");
	expect_spelled(strerror(EISDIR));
	close_client(&other_client);
	is_by_descriptor = true;
	connect_client(&other_client);
	ask(&other_client, GET("/."));
	expect(&other_client, "HTTP/1.1 404 ");
	expect_spelled(strerror(EINVAL));
	stop_files();
}

TEST_HTTP(levin_http_reply_file__no_reply_is_owed)
{
	start_serving(_i);

	ask(&client, GET("/keep"));
	expect_spelled("kept");
	evhttp_send_reply_start(kept, 200, NULL);
	ck_assert_int_eq(levin_http_reply_file(kept, open(".", O_RDONLY), NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(levin_http_reply_path(kept, AT_FDCWD, "x", NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	reset_client(&client);
	expect_spelled("closed");
	ck_assert_int_eq(levin_http_reply_file(kept, open(".", O_RDONLY), NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_int_eq(levin_http_reply_path(kept, AT_FDCWD, "x", NULL), -1);
	ck_assert_int_eq(errno, EPIPE);
	evhttp_send_reply_end(kept);
	stop();
}

enum { LARGE = 4000000 };

static char large[LARGE];

TEST_HTTP(levin_http_reply_path__large)
{
	const char *body;

	start_files(_i);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)('a' + i * i % 23);
	create("large", large, LARGE);

	ask(&client, GET("/large"));
	wait_for_bytes(&client, LARGE);
	body = strstr(client.text, "\r\n\r\n");
	ck_assert_ptr_nonnull(body);
	wait_for_bytes(&client, (size_t)(body + 4 - client.text) + LARGE);
	ck_assert_uint_eq(client.size, (size_t)(body + 4 - client.text) + LARGE);
	ck_assert_mem_eq(body + 4, large, LARGE);
	stop_files();
}

/* What was announced cannot come any more. */
TEST_HTTP(levin_http_reply_path__file_shrinks)
{
	start_files(_i);
	create("large", large, LARGE);

	ck_assert_int_eq(event_del(client.on_readable), 0);
	ask(&client, GET("/large"));
	some_turns();
	ck_assert_int_eq(ends, 0);
	create("large", "", 0);
	ck_assert_int_eq(event_add(client.on_readable, NULL), 0);
	while (!client.is_closed)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_int_eq(ends, 1);
	ck_assert_int_eq(ended, LEVIN_HTTP_FAILED);
	ck_assert_uint_lt(client.size, LARGE);
	stop_files();
}
