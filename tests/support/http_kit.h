/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server of event2/http.h and clients that send bytes, all on one loop: on real sockets, or in
 * the simulated world, where time costs nothing.  For one test file: everything is static.
 *
 *	TEST_HTTP(evhttp_send_reply__body)
 *	{
 *		start(_i);
 *		connect_client(&client);
 *		ask(&client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
 *		expect(&client, "HTTP/1.1 200 OK\r\nDate: D\r\n...");
 *		stop();
 *	}
 *
 * In what is expected every date is "D".  Callbacks of servers may spell (loop_kit.h).
 */
#ifndef LEVIN_TESTS_SUPPORT_HTTP_KIT_H
#define LEVIN_TESTS_SUPPORT_HTTP_KIT_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/util.h>
#include <levin/sim.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/backends.h"
#include "support/loop_kit.h"
#include "support/suite.h"

/* On real sockets and in the simulated world; or in the latter alone. */
#define TEST_HTTP(name)     TEST_RANGE(name, 0, 2)
#define TEST_HTTP_SIM(name) TEST_RANGE(name, 1, 2)

enum { HTTP_SIM_PORT = 80, HTTP_CLIENT_CAPACITY = 1 << 23 };

struct client {
	int fd;
	struct event *on_readable;
	char *text; /* what has come and was not expected yet, dates replaced */
	size_t size;
	bool is_closed;
	bool is_reset;
};

static const struct backend_under_test *backend;
static struct event_base *base;
static struct evhttp *http;
static struct evhttp_bound_socket *bound;
static struct client client;
static struct client other_client;

/* ---- The server ---- */

static inline bool
is_simulated(void)
{
	return backend_is_simulated(backend);
}

static inline void
start(int i)
{
	backend = backend_under_test(i == 0 ? 0 : backends_under_test_count());
	base = base_on(backend);
	http = evhttp_new(base);
	ck_assert_ptr_nonnull(http);
	if (is_simulated()) {
		int fd = levin_sim_listener(simulation_under_test(), HTTP_SIM_PORT, 100);

		bound = evhttp_accept_socket_with_handle(http, fd);
	} else {
		bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	}
	ck_assert_ptr_nonnull(bound);
}

static inline void
spell_body(struct evhttp_request *request)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	char text[100] = "";
	ev_ssize_t size = evbuffer_copyout(body, text, sizeof(text) - 1);

	ck_assert_int_ge(size, 0);
	spell_text("[");
	spell_text(text);
	spell_text("]");
}

static inline void
reply_text(struct evhttp_request *request, int code, const char *text)
{
	struct evbuffer *body = evbuffer_new();

	ck_assert_ptr_nonnull(body);
	ck_assert_int_eq(evbuffer_add(body, text, strlen(text)), 0);
	evhttp_send_reply(request, code, NULL, body);
	ck_assert_uint_eq(evbuffer_get_length(body), 0);
	evbuffer_free(body);
}

static inline void
chunk_text(struct evhttp_request *request, const char *text)
{
	struct evbuffer *chunk = evbuffer_new();

	ck_assert_ptr_nonnull(chunk);
	ck_assert_int_eq(evbuffer_add(chunk, text, strlen(text)), 0);
	evhttp_send_reply_chunk(request, chunk);
	evbuffer_free(chunk);
}

/* Callback of requests: "hello". */
static inline void
say_hello(struct evhttp_request *request, void *arg)
{
	(void)arg;
	reply_text(request, 200, "hello");
}

static inline void
add_header(struct evhttp_request *request, const char *name, const char *value)
{
	ck_assert_int_eq(
	    evhttp_add_header(evhttp_request_get_output_headers(request), name, value), 0);
}

/* ---- Clients ---- */

static inline ssize_t
client_read(struct client *reader, char *data, size_t size)
{
	return is_simulated() ? levin_sim_read(reader->fd, data, size)
			      : recv(reader->fd, data, size, 0);
}

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" becomes "Date: D". */
static inline void
hide_dates(struct client *reader)
{
	static const char name[] = "Date: ";
	const size_t date_size = 29;
	char *at = reader->text;

	while ((at = strstr(at, name)) != NULL) {
		char *date = at + strlen(name);
		size_t left = (size_t)(reader->text + reader->size - date);

		at = date;
		if (left < date_size || memcmp(date + 26, "GMT", 3) != 0)
			continue;
		*date = 'D';
		memmove(date + 1, date + date_size, left - date_size + 1);
		reader->size -= date_size - 1;
	}
}

static inline void
on_client_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *reader = arg;
	ssize_t size;

	(void)fd;
	(void)what;
	for (;;) {
		size_t space = HTTP_CLIENT_CAPACITY - 1 - reader->size;

		ck_assert_uint_gt(space, 0);
		size = client_read(reader, reader->text + reader->size, space);
		if (size <= 0)
			break;
		reader->size += (size_t)size;
		reader->text[reader->size] = '\0';
	}
	hide_dates(reader);
	if (size < 0 && errno == EAGAIN)
		return;
	reader->is_closed = true;
	reader->is_reset = size < 0;
	event_del(reader->on_readable);
}

static inline int
open_socket(void)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	int fd;

	if (is_simulated())
		return levin_sim_connect(simulation_under_test(), HTTP_SIM_PORT);
	ck_assert_int_eq(
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size), 0);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(evutil_make_socket_nonblocking(fd), 0);
	return fd;
}

static inline void
connect_client(struct client *made)
{
	memset(made, 0, sizeof(*made));
	made->fd = open_socket();
	ck_assert_int_ge(made->fd, 0);
	made->text = calloc(1, HTTP_CLIENT_CAPACITY);
	ck_assert_ptr_nonnull(made->text);
	made->on_readable =
	    event_new(base, made->fd, EV_READ | EV_PERSIST, on_client_readable, made);
	ck_assert_int_eq(event_add(made->on_readable, NULL), 0);
}

static inline void
close_client(struct client *closed)
{
	if (!closed->text)
		return;
	event_free(closed->on_readable);
	ck_assert_int_eq(evutil_closesocket(closed->fd), 0);
	free(closed->text);
	closed->text = NULL;
}

/* The peer gets a reset. */
static inline void
reset_client(struct client *closed)
{
	const struct linger at_once = {1, 0};

	if (is_simulated())
		ck_assert_int_eq(levin_sim_reset(closed->fd), 0);
	else
		ck_assert_int_eq(
		    setsockopt(closed->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close_client(closed);
}

static inline void
ask(struct client *asking, const char *text)
{
	put(asking->fd, text);
}

/* Turns of the loop until so much has come, or the end of the connection. */
static inline void
wait_for_bytes(struct client *reader, size_t size)
{
	while (reader->size < size && !reader->is_closed)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
}

static inline void
take_text(struct client *reader, size_t size)
{
	memmove(reader->text, reader->text + size, reader->size - size + 1);
	reader->size -= size;
}

/* These bytes come next; more may be there. */
static inline void
expect(struct client *reader, const char *text)
{
	size_t size = strlen(text);
	char kept;

	wait_for_bytes(reader, size);
	if (reader->size >= size) {
		kept = reader->text[size];
		reader->text[size] = '\0';
		ck_assert_str_eq(reader->text, text);
		reader->text[size] = kept;
		take_text(reader, size);
	} else {
		ck_assert_str_eq(reader->text, text);
	}
}

/* Nothing comes any more, and the connection has ended or ends. */
static inline void
expect_closed(struct client *reader)
{
	while (!reader->is_closed)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_str_eq(reader->text, "");
}

static inline void
run_for_s(int seconds)
{
	ck_assert_int_eq(event_base_loopexit(base, MS(seconds * 1000)), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
}

static inline void
some_turns(void)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

/* Nothing comes now. */
static inline void
expect_nothing(struct client *reader)
{
	some_turns();
	ck_assert_str_eq(reader->text, "");
	ck_assert(!reader->is_closed);
}

/* Turns until so many characters were spelled. */
static inline void
collect_spelled(char *all, size_t capacity, size_t length)
{
	*all = '\0';
	while (strlen(all) < length) {
		const char *now = spelled();

		ck_assert_uint_lt(strlen(all) + strlen(now), capacity);
		strcat(all, now);
		if (strlen(all) < length)
			ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	}
}

/* Turns until something was spelled, which is compared. */
static inline void
expect_spelled(const char *text)
{
	char all[200];

	collect_spelled(all, sizeof(all), strlen(text));
	ck_assert_str_eq(all, text);
}

/* The same, for what happens on two connections at a time. */
static inline void
expect_spelled_in_any_order(const char *one, const char *other)
{
	char all[200], expected[200];

	collect_spelled(all, sizeof(all), strlen(one) + strlen(other));
	snprintf(expected, sizeof(expected), "%s%s", one, other);
	if (strcmp(all, expected) != 0)
		snprintf(expected, sizeof(expected), "%s%s", other, one);
	ck_assert_str_eq(all, expected);
}

static inline void
stop(void)
{
	if (http)
		evhttp_free(http);
	http = NULL;
	close_client(&client);
	close_client(&other_client);
	event_base_free(base);
}

/* ---- What servers send ---- */

#define HOST "Host: a\r\n\r\n"

#define HEAD_OF(line, size)                                     \
	"HTTP/1.1 " line "\r\nDate: D\r\nContent-Length: " size \
	"\r\nContent-Type: text/html; charset=ISO-8859-1\r\n"
#define HELLO         HEAD_OF("200 OK", "5") "\r\nhello"
#define HELLO_CLOSING HEAD_OF("200 OK", "5") "Connection: close\r\n\r\nhello"

#define ERROR_PAGE(code, reason)                                                       \
	"<HTML><HEAD>\n<TITLE>" code " " reason "</TITLE>\n</HEAD><BODY>\n<H1>" reason \
	"</H1>\n</BODY></HTML>\n"
#define ERROR_REPLY(code, reason, size)                                          \
	"HTTP/1.1 " code " " reason "\r\nContent-Type: text/html\r\nDate: D\r\n" \
	"Content-Length: " size "\r\nConnection: close\r\n\r\n" ERROR_PAGE(code, reason)
#define CHUNKED_HEAD                                                   \
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: D\r\n" \
	"Content-Type: text/html; charset=ISO-8859-1\r\n\r\n"

/* ---- A server that most cases use ---- */

static struct evhttp_request *kept;

static inline void
on_closed(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	spell_text(arg);
}

static inline void
on_complete(struct evhttp_request *request, void *arg)
{
	ck_assert_ptr_nonnull(evhttp_request_get_connection(request));
	spell_text(arg);
}

/* Callback of requests: spells its path and body, and replies with the path. */
static inline void
echo_path(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text(evhttp_request_get_uri(request));
	if (evbuffer_get_length(evhttp_request_get_input_buffer(request)) > 0)
		spell_body(request);
	reply_text(request, 200, evhttp_request_get_uri(request));
}

/* Callback of requests: the reply is owed. */
static inline void
keep(struct evhttp_request *request, void *arg)
{
	(void)arg;
	spell_text("kept");
	kept = request;
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(request), on_closed, word("closed"));
	evhttp_request_set_on_complete_cb(request, on_complete, word("done"));
}

/* A server that echoes paths, keeps requests for /keep, and a client. */
static inline void
start_serving(int i)
{
	start(i);
	evhttp_set_gencb(http, echo_path, NULL);
	ck_assert_int_eq(evhttp_set_cb(http, "/keep", keep, NULL), 0);
	connect_client(&client);
}

#define PATH_CLOSING(text, size) HEAD_OF("200 OK", size) "Connection: close\r\n\r\n" text
#define PATH(text, size)         HEAD_OF("200 OK", size) "\r\n" text
#define GET(path)                "GET " path " HTTP/1.1\r\n" HOST

static inline void
reply_large(struct evhttp_request *request)
{
	static char text[2000001];

	memset(text, 'x', sizeof(text) - 1);
	reply_text(request, 200, text);
}

#endif
