/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An HTTP server while memory and system calls fail: a request gets its whole reply, or the
 * connection is closed and the client asks again.
 */
#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <levin/http.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/platform.h"
#include "torture/torture.h"

/* How long a client waits before it looks whether a reply may have been lost. */
#define PATIENCE_MS 50

struct exchange {
	const char *request;
	const char *end; /* of the reply */
};

static const struct exchange exchanges[] = {
    {"POST /%77hole?q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "2\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n",
	"\r\n\r\nabc"},
    {"GET /chunks HTTP/1.1\r\nHost: b\r\n\r\n", "0\r\n\r\n"},
    {"PUT http://b/later HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\n"
     "Content-Length: 3\r\n\r\nabc",
	"\r\n\r\nlater"},
    {"PUT /pieces/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
	"0\r\nX-Sum: 1\r\n\r\n"},
    {"GET /handle HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\r\nhandle"},
    {"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", "</html>\n"},
    {"BAD\r\n\r\n", "</HTML>\n"},
};

enum { EXCHANGES = sizeof(exchanges) / sizeof(exchanges[0]) };

struct asker {
	struct event_base *base;
	struct sockaddr_in server;
	int fd;
	struct event *on_readable;
	struct event *on_late;
	int replies;
	char text[4096];
	size_t size;
};

static struct evhttp_request *held;

static void
on_whole(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_send_reply(request, 200, "Fine", evhttp_request_get_input_buffer(request));
}

static void
on_chunks(struct evhttp_request *request, void *arg)
{
	struct evbuffer *chunk;

	(void)arg;
	TRY_NEW(chunk, evbuffer_new());
	TRY(evhttp_add_header(evhttp_request_get_output_headers(request), "X-Own", "1"));
	evhttp_send_reply_start(request, 200, NULL);
	for (int i = 0; i < 2; i++) {
		TRY(evbuffer_add(chunk, "chunk", 5));
		evhttp_send_reply_chunk(request, chunk);
	}
	evhttp_send_reply_end(request);
	evbuffer_free(chunk);
}

static void
on_later(struct evhttp_request *request, void *arg)
{
	struct event *timer = arg;

	/* The client has asked again: the request before it has lost its connection. */
	if (held)
		evhttp_send_reply(held, 200, NULL, NULL);
	held = request;
	TRY(event_add(timer, SPAN_MS(1)));
}

static void
answer_later(evutil_socket_t fd, short what, void *arg)
{
	struct evhttp_request *request = held;
	struct evbuffer *body;

	(void)fd;
	(void)what;
	(void)arg;
	held = NULL;
	TRY_NEW(body, evbuffer_new());
	TRY(evbuffer_add(body, "later", 5));
	evhttp_send_reply(request, 200, NULL, body);
	evbuffer_free(body);
}

static void
on_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	(void)request;
	(void)end;
	(void)arg;
}

static void
on_log(const struct levin_http_log_entry *entry, void *arg)
{
	(void)arg;
	EXPECT(entry->head_us >= 0);
}

/* A failure ends the connection, and the client asks again. */
static void
on_body_end(struct evhttp_request *request, enum levin_http_end end, void *arg)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);

	(void)arg;
	if (end != LEVIN_HTTP_COMPLETED)
		return;
	EXPECT(strcmp(levin_http_request_get_segment(request, "name"), "x") == 0);
	EXPECT(evhttp_find_header(levin_http_request_get_trailers(request), "X-Sum") != NULL);
	TRY(levin_http_reply_add_trailer(request, "X-Sum", "1"));
	if (levin_http_reply_start(request, 200, NULL, -1) == 0 &&
	    levin_http_reply_write(request, body) >= 0)
		(void)levin_http_reply_end(request);
}

static void
on_pieces(struct evhttp_request *request, void *arg)
{
	(void)arg;
	TRY(levin_http_request_set_end_callback(request, on_end, NULL));
	TRY(levin_http_request_read_body(request, NULL, on_body_end, NULL));
}

static void
on_handle(struct evhttp_request *request, void *arg)
{
	struct levin_http_handle *handle;
	struct evbuffer *body;

	(void)arg;
	TRY_NEW(handle, levin_http_request_get_handle(request));
	TRY_NEW(body, evbuffer_new());
	TRY(evbuffer_add(body, "handle", 6));
	TRY(levin_http_handle_reply(handle, 200, "Fine", "text/plain", body));
	evbuffer_free(body);
	levin_http_handle_free(handle);
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

static void
open_asker(struct asker *asker)
{
	asker->size = 0;
	faults_pause();
	asker->fd = socket(AF_INET, SOCK_STREAM, 0);
	EXPECT(connect(asker->fd, (struct sockaddr *)&asker->server, sizeof(asker->server)) == 0);
	faults_resume();
	TRY_NEW(asker->on_readable,
	    event_new(asker->base, asker->fd, EV_READ | EV_PERSIST, on_readable, asker));
	TRY(event_add(asker->on_readable, NULL));
}

static void
close_asker(struct asker *asker)
{
	event_free(asker->on_readable);
	torture_close(asker->fd);
}

static void
ask(struct asker *asker)
{
	const char *request = exchanges[asker->replies].request;

	faults_pause();
	send(asker->fd, request, strlen(request), MSG_NOSIGNAL);
	faults_resume();
	TRY(event_add(asker->on_late, SPAN_MS(PATIENCE_MS)));
}

static void
ask_again(struct asker *asker)
{
	EXPECT(faults_injected() != NULL);
	close_asker(asker);
	open_asker(asker);
	ask(asker);
}

static void
on_late(evutil_socket_t fd, short what, void *arg)
{
	struct asker *asker = arg;

	(void)fd;
	(void)what;
	TRY(event_add(asker->on_late, SPAN_MS(PATIENCE_MS)));
}

static bool
ends_with(const struct asker *asker, const char *end)
{
	size_t size = strlen(end);

	/* Without memory for the page of a 404 that tells the target, it is that of other errors. */
	return asker->size >= size && strncasecmp(asker->text + asker->size - size, end, size) == 0;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct asker *asker = arg;
	ssize_t size;

	(void)what;
	faults_pause();
	size = recv(fd, asker->text + asker->size, sizeof(asker->text) - asker->size, MSG_DONTWAIT);
	faults_resume();
	if (size > 0)
		asker->size += (size_t)size;
	if (size > 0 && ends_with(asker, exchanges[asker->replies].end)) {
		asker->size = 0;
		if (++asker->replies < EXCHANGES)
			ask(asker);
	} else if (size == 0 || (size < 0 && errno != EAGAIN)) {
		ask_again(asker);
	}
}

static void
be_client(struct event_base *base, const struct sockaddr_in *server)
{
	struct asker asker = {.base = base, .server = *server};

	TRY_NEW(asker.on_late, event_new(base, -1, 0, on_late, &asker));
	open_asker(&asker);
	ask(&asker);
	torture_run(base, &asker.replies, EXCHANGES);
	EXPECT(asker.replies == EXCHANGES);
	close_asker(&asker);
	event_free(asker.on_late);
}

static void
serve(const struct configuration *configuration)
{
	struct event_base *base = torture_base(configuration);
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	struct evhttp_bound_socket *bound;
	struct evhttp *http, *host;
	struct event *timer;

	TRY_NEW(http, evhttp_new(base));
	TRY_NEW(host, evhttp_new(NULL));
	TRY(evhttp_add_virtual_host(http, "b*", host));
	TRY(evhttp_add_server_alias(host, "c"));
	TRY_NEW(timer, event_new(base, -1, 0, answer_later, NULL));
	TRY(evhttp_set_cb(http, "/whole", on_whole, NULL));
	TRY(evhttp_set_cb(host, "/chunks", on_chunks, NULL));
	TRY(evhttp_set_cb(host, "/later", on_later, timer));
	TRY(levin_http_server_route(
	    http, EVHTTP_REQ_PUT, "/pieces/{name}", LEVIN_HTTP_AT_HEAD, on_pieces, NULL));
	TRY(levin_http_server_route(http, 0, "/handle", 0, on_handle, NULL));
	TRY(levin_http_server_set_log(http, on_log, NULL));
	TRY_NEW(bound, evhttp_bind_socket_with_handle(http, "127.0.0.1", 0));
	TRY(getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &size));
	be_client(base, &address);
	evhttp_free(http);
	/* One whose connection was lost is the program's until its reply. */
	held = NULL;
	event_free(timer);
	event_base_free(base);
}

TEST_SECONDS(240);

TEST_RANGE(evhttp__serves_whatever_fails, 0, LVN_HAVE_ACCEPT4 ? backends_under_test_count() : 0)
{
	struct configuration configuration = {.backend = backend_under_test(_i)};

	signal(SIGPIPE, SIG_IGN);
	torture(serve, &configuration);
}
